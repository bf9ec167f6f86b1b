"""The page of the documentation. Nothing of it comes from elsewhere, and nothing of it is written into the page."""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse

SWAGGER: Final = Path(str(files("fastapi_swagger.resources")))
OUR_OWN: Final = Path(__file__).parent / "static"
# Swagger UI draws its icons from data URLs, and sets styles of elements.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
FILES: Final = {
    "swagger-ui-bundle.js": SWAGGER,
    "swagger-ui.css": SWAGGER,
    "favicon-32x32.png": SWAGGER,
    "begin.js": OUR_OWN,
}


def docs() -> APIRouter:
    """Answer the routes of the documentation."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def page() -> FileResponse:
        return FileResponse(OUR_OWN / "docs.html", headers={"Content-Security-Policy": POLICY})

    for name, folder in FILES.items():
        router.add_api_route(f"/docs/{name}", _file(folder / name), methods=["GET"])
    return router


def _file(path: Path) -> Callable[[], Awaitable[FileResponse]]:
    async def answer() -> FileResponse:
        return FileResponse(path, headers={"Cache-Control": "public, max-age=3600"})

    return answer
