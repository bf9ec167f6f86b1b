"""STS: whom AWS takes us for. It is the one question that needs no permission."""

from collections.abc import Mapping
from typing import Any, Protocol

from core.aws.errors import FAILED, translate
from core.facts import Identity


class STSClient(Protocol):
    """What is used of boto3's client, whose stubs are not among ours."""

    def get_caller_identity(self) -> Mapping[str, Any]:
        """Answer `Account` and `Arn`."""


class Caller:
    """Who calls AWS. It raises NoCredentials, Denied, Throttled or Transient."""

    def __init__(self, client: STSClient) -> None:
        self._sts = client

    def identity(self) -> Identity:
        """Answer whom AWS takes us for."""
        try:
            told = self._sts.get_caller_identity()
        except FAILED as exc:
            raise translate(exc, what="AWS") from exc
        return Identity(account=told["Account"], arn=told["Arn"])
