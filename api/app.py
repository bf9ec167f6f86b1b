"""The app: put together of its needs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, Depends, FastAPI

from api import routes
from api.docs.routes import docs
from api.entrance import Entrance
from api.notices import Notices
from api.problems import Problem, handle_in
from api.readers import Readers
from api.ready import Checks, Ready
from api.reports import Reports
from api.requests import Requests

DESCRIPTION: Final = "What an error count says, for somebody with curl. Send a token: `Authorization: Bearer …`."


def create_app(
    *,
    reports: Reports,
    notices: Notices,
    let_in: Entrance,
    https: bool,
    at_once: int,
    checks: Checks,
    version: str,
    commit: str | None,
    monotonic: Callable[[], float],
    new_id: Callable[[], str],
    page: APIRouter,
) -> FastAPI:
    """Answer the app.

    `https`: clients come by it, whatever the scheme says. `at_once`: how many files are read at the same time.
    """
    readers = Readers(at_once, monotonic=monotonic)
    ready = Ready(checks, monotonic=monotonic)

    @asynccontextmanager
    async def closing(_app: FastAPI) -> AsyncIterator[None]:
        yield
        readers.close()
        ready.close()

    app = FastAPI(
        title="logtally",
        version=version,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=closing,
        dependencies=[Depends(one) for one in let_in.everywhere],
    )
    guard = let_in.reports
    app.include_router(routes.analyze(reports=reports, readers=readers, guard=guard))
    app.include_router(routes.notify(reports=reports, readers=readers, notices=notices, guard=guard, new_key=new_id))
    app.include_router(routes.health(version=version, commit=commit, ready=ready))
    app.include_router(docs())
    app.include_router(page)
    handle_in(app)
    app.add_middleware(Requests, https=https, new_id=new_id, monotonic=monotonic)
    _document_problems(app)
    return app


def _document_problems(app: FastAPI) -> None:
    """Put the schema of problems into the OpenAPI document, which FastAPI does for answers alone."""
    made = app.openapi

    def openapi() -> dict[str, object]:
        document = made()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"].update({**schema.pop("$defs"), "Problem": schema})
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to change its document
