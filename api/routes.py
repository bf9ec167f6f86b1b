"""`/analyze`, `/notify`, `/health`, `/ready`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.answers import Analyzed, Health, Readiness
from api.asked import Ask
from api.guard import Guard
from api.problems import responses
from api.readers import Readers
from api.ready import OK, Ready
from api.reports import Reports

FAILURES = (400, 401, 403, 404, 413, 422, 429, 503, 504)


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
