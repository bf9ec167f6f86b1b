"""The page's routes."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from api.page.assets import assets
from api.page.chart import drawn
from api.page.html import Html
from api.page.login import login, to_login
from api.page.looks import DAYS_BACK, DEAD_DAYS_BACK, Looks, Span
from api.page.overview import Watch
from api.page.parts import Failed
from api.page.session import Sessions
from core.aws.graph import Graph
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.queues import Queues
from core.limits import BUCKET_LENGTH_MAX, KEY_B_MAX
from core.model import Bucket, ObjectKey


def page(
    *,
    history: History,
    ledger: Ledger,
    graph: Graph,
    queues: Queues,
    environment: str,
    tokens: tuple[str, ...],
    clock: Callable[[], float],
    monotonic: Callable[[], float],
) -> APIRouter:
    """Answer the page's routes: `/`, `/file`, `/login`, `/logout` and `/static/…`.

    `tokens`: whoever shows one of them may look; none: everybody may. `clock`: seconds since the epoch.
    """
    sessions, files = Sessions(tokens, clock=clock), assets()
    html = Html(files, environment=environment, open=sessions.open, days=DAYS_BACK, dead_days=DEAD_DAYS_BACK)
    looks = Looks(history=history, ledger=ledger, graph=graph, queues=queues, clock=clock)
    watch = Watch(looks, monotonic=monotonic)
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def overview(request: Request, span: Annotated[str, Query(alias="range")] = Span.HOURS) -> Response:
        if not sessions.may_look(request):
            return to_login(request)
        chosen = Span(span) if span in set(Span) else Span.HOURS
        seen = await watch.overview(chosen)
        chart = None if isinstance(seen.errors, Failed) else drawn(seen.errors)
        return html.answer("overview.html", seen=seen, chart=chart, span=chosen, spans=list(Span))

    @router.get("/file")
    async def file(
        request: Request,
        bucket: Annotated[str, Query(max_length=BUCKET_LENGTH_MAX)] = "",
        key: Annotated[str, Query(max_length=KEY_B_MAX)] = "",
    ) -> Response:
        if not sessions.may_look(request):
            return to_login(request)
        known = await watch.known(Bucket(bucket), ObjectKey(key))
        status = 503 if isinstance(known, Failed) else 200 if known.versions else 404
        return html.answer("file.html", status=status, bucket=bucket, key=key, known=known, now=clock())

    @router.get("/static/{name}")
    async def static(name: str, request: Request) -> Response:
        if name not in files:
            raise HTTPException(404, "There is no such file.")
        return files[name].answer(request)

    router.include_router(login(sessions, html))
    return router
