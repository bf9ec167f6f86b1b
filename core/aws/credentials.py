"""Whether AWS knows who we are: looked at in every answer, since credentials expire between two calls."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from core.aws.errors import NO_CREDENTIALS, translate
from core.errors import NoCredentials

if TYPE_CHECKING:
    from botocore.client import BaseClient


class Credentials:
    """What the last call of the watched clients said of our credentials. Safe to use from several threads."""

    def __init__(self) -> None:
        self.gone: str | None = None  # why no call can work; None: some call just did, or none was made

    def watch(self, client: "BaseClient") -> None:
        """Look at everything that AWS answers to `client`, and at what keeps it from asking."""
        client.meta.events.register("after-call", self._answered)
        client.meta.events.register("after-call-error", self._failed)

    def _answered(self, parsed: Mapping[str, Any], **_: object) -> None:
        code = parsed.get("Error", {}).get("Code")
        self.gone = f"AWS does not take the credentials ({code})" if code in NO_CREDENTIALS else None

    def _failed(self, exception: Exception, **_: object) -> None:
        if isinstance(exception, BotoCoreError):
            failure = translate(exception, what="AWS")
            if isinstance(failure, NoCredentials):
                self.gone = str(failure)
