"""Templates → answers. Everything that is shown is escaped, and can't steer a reader's screen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.page import words
from api.page.assets import Asset
from api.page.parts import Failed

FOLDER: Final = Path(__file__).parent / "templates"
# Nothing from elsewhere, and nothing that is written into a page is carried out.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # else a form of ours comes from nowhere, where there is no HTTPS
}


class Html:
    """Renders the templates."""

    def __init__(self, assets: Mapping[str, Asset], **everywhere: object) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            finalize=words.safe,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"age": words.age, "at": words.at, "count": words.count, "full": words.full}
        self._environment.filters |= {"plural": words.plural, "short": words.short}
        self._environment.tests["failed"] = lambda part: isinstance(part, Failed)
        self._environment.globals |= {
            "asset": lambda name: f"/static/{name}?v={assets[name].version}",
            "file_url": lambda bucket, key: f"/file?{urlencode({'bucket': bucket, 'key': key})}",
            **everywhere,
        }

    def answer(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Answer a page. It is nobody's to keep."""
        text = self._environment.get_template(template).render(context)
        return HTMLResponse(text, status_code=status, headers=HEADERS)
