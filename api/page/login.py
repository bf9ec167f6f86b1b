"""Logging in and out: a form for the token, and the cookie that it earns."""

import asyncio
from typing import Final
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.page.html import Html
from api.page.session import Sessions, is_from_here
from core.limits import KIB

WRONG_TOKEN_S: Final = 1.0  # what a guess costs
FORM_B_MAX: Final = 16 * KIB
SEE_OTHER: Final = 303
WRONG_TOKEN: Final = "That is not a token of this logtally. Its operator has it, as LOGTALLY_API_TOKEN."  # noqa: S105 - words
FROM_ELSEWHERE: Final = "That form was sent by another site. Log in here."


def login(sessions: Sessions, html: Html) -> APIRouter:
    """Answer the routes `/login` and `/logout`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def log_in_form(request: Request, next: str = "/") -> Response:  # noqa: A002 - as it stands in the address
        if sessions.may_look(request):
            return RedirectResponse(_ours(next), SEE_OTHER)
        return html.answer("login.html", next=_ours(next), trouble=None)

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        form = await _form(request)
        shown, after = form.get("token", ""), _ours(form.get("next", "/"))
        if not is_from_here(request):
            return html.answer("login.html", status=403, next=after, trouble=FROM_ELSEWHERE)
        if (token := sessions.token(shown.strip())) is None:
            return await _refused(html, after)
        response = RedirectResponse(after, SEE_OTHER)
        sessions.begin(response, token=token, https=request.url.scheme == "https")
        return response

    @router.post("/logout")
    async def log_out(request: Request) -> Response:
        if not is_from_here(request):
            raise HTTPException(403, "That form was sent by another site.")
        response = RedirectResponse("/login", SEE_OTHER)
        sessions.end(response, https=request.url.scheme == "https")
        return response

    return router


def to_login(request: Request) -> Response:
    """Answer the way to the form, and from there back to what was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = {} if asked == "/" else {"next": asked}
    return RedirectResponse(f"/login{'?' if after else ''}{urlencode(after)}", SEE_OTHER)


def _ours(after: str) -> str:
    """Answer where to go after logging in: to a page of ours, whatever somebody wrote into a link."""
    return after if after.startswith(("/?", "/file?")) else "/"


async def _refused(html: Html, after: str) -> HTMLResponse:
    await asyncio.sleep(WRONG_TOKEN_S)
    return html.answer("login.html", status=401, next=after, trouble=WRONG_TOKEN)


async def _form(request: Request) -> dict[str, str]:
    """Answer the fields of a form, the first of each name. No stranger makes us hold a large one."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_B_MAX:
            raise HTTPException(413, "That form is too large.")
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
