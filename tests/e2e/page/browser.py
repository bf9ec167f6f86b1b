"""Somebody with a browser that has no scripts: requests, and what the page says without its markup."""

import html
import http.client
import re
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from msgspec import Struct


class Answer(Struct, frozen=True):
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def text(self) -> str:
        """Answer the words of the page, in one line."""
        plain = re.sub(r"<[^>]*>", " ", self.body)
        return " ".join(html.unescape(plain).split())

    def section(self, name: str) -> str:
        """Answer the words of one section."""
        found = re.search(rf'<section id="{name}".*?</section>', self.body, flags=re.DOTALL)
        assert found, f"there is no section {name}"
        return Answer(self.status, self.headers, found[0]).text


class Browser(Struct):
    """Somebody who looks, and keeps cookies."""

    url: str
    cookie: str | None = None

    def get(self, path: str = "/", **headers: str) -> Answer:
        """Ask for a page; a redirection is not followed."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> Answer:
        """Send a form."""
        body = urlencode(form or {})
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"} | headers)

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent | ({"Cookie": self.cookie} if self.cookie else {}))
        response = connection.getresponse()
        answer = Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read().decode(),
        )
        connection.close()
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer
