"""`/analyze`, `/notify`, `/health`, `/ready`."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.answers import Analyzed, Health, Notified, Readiness
from api.asked import Ask
from api.guard import Guard
from api.notices import Notices
from api.problems import NoAnswer, responses
from api.readers import Readers
from api.ready import OK, Ready
from api.reports import Reports
from core.limits import NOTICE_KEY_LENGTH_MAX
from core.model import NoticeKey

FAILURES: Final = (400, 401, 403, 404, 413, 422, 429, 503, 504)

Key = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=NOTICE_KEY_LENGTH_MAX,
        pattern=r"^[\x21-\x7e]+$",
        description="A text of your own for this request: once it has rung, a repeat with it does nothing again.",
    ),
]


def analyze(*, reports: Reports, readers: Readers, guard: Guard) -> APIRouter:
    """Answer the routes that look at a file."""
    router = APIRouter(dependencies=[Depends(guard)], responses=responses(*FAILURES))

    @router.get("/analyze/", include_in_schema=False)
    @router.get("/analyze")
    async def analyze(request: Request, ask: Annotated[Ask, Query()]) -> Analyzed:
        """Report the newest file under a prefix. It changes nothing, and counts nothing."""
        reports.may_ask(ask)
        examined = await readers.run(request, lambda patience: reports.examine(ask, watch=patience))
        return examined.answer

    return router


def notify(
    *, reports: Reports, readers: Readers, notices: Notices, guard: Guard, new_key: Callable[[], str]
) -> APIRouter:
    """Answer the routes that alert somebody about a file."""
    router = APIRouter(dependencies=[Depends(guard)], responses=responses(*FAILURES, 409))

    async def notify(request: Request, ask: Annotated[Ask, Query()], idempotency_key: Key = None) -> Notified:
        """Report the newest file under a prefix, and publish an alert if it has too many errors.

        Each request that rings counts 1 in `alertTriggered` {Environment, Source=`notify`}. With an `Idempotency-Key`,
        a repeat within a day is answered as before: nothing is published or counted again.
        """
        reports.may_ask(ask)
        key = NoticeKey(idempotency_key or new_key())
        try:
            return await readers.run(request, lambda patience: notices.notify(key, ask, watch=patience))
        except NoAnswer as exc:
            again = f"with -H 'Idempotency-Key: {key}', since its alert may be published meanwhile"
            raise NoAnswer(f"{exc}, {again}") from exc

    for path in ("/notify", "/notify/"):
        in_schema = not path.endswith("/")
        router.add_api_route(path, notify, methods=["POST"], operation_id="notify", include_in_schema=in_schema)
        router.add_api_route(path, notify, methods=["GET"], operation_id="notify_by_get", include_in_schema=in_schema)
    return router


def health(*, version: str, commit: str | None, ready: Ready) -> APIRouter:
    """Answer the routes that say how we are."""
    router = APIRouter()

    @router.get("/health")
    async def health() -> Health:
        """Say that the process answers. It asks nobody."""
        return Health(version=version, commit=commit)

    @router.get("/ready", responses={503: {"model": Readiness, "description": "Some part of AWS does not answer."}})
    async def readiness(response: Response) -> Readiness:
        """Say whether each part of AWS answers: each is asked once in five seconds at most."""
        parts = await ready.look()
        is_ready = all(found == OK for found in parts.values())
        response.status_code = 200 if is_ready else 503
        return Readiness(ready=is_ready, parts=parts)

    return router
