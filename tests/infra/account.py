"""An AWS account to apply to: moto with its gaps filled, in a process of its own, over real HTTP on the loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import botocore.session
import msgspec
import urllib3
from msgspec import Struct

ROOT: Final = Path(__file__).parents[2]
HOST: Final = "127.0.0.1"
CALLS: Final = "/calls-of/"  # and an access key: what was called with it
MISSING: Final = "/missing"  # what was asked for, and is nowhere
REGION: Final = "eu-west-1"
SECRET: Final = "fake-and-good-for-nothing"
SETTINGS: Final = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # AWS's own policies are there
    "MOTO_ECS_SERVICE_RUNNING": "1",  # a service is steady at once
}


class Account(Struct, frozen=True):
    """A running account. Whoever has the endpoint uses it, with any credentials."""

    endpoint: str

    def environment(self, access_key_id: str) -> dict[str, str]:
        """Answer the variables of a process that shall use it, and nobody's own files. `access_key_id`: who it is."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """Answer a client of the test's own."""
        nobodys = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
                "ca_bundle": (None, None, None, None),
            }
        )
        session: Any = boto3.Session(
            botocore_session=nobodys,
            aws_access_key_id="TEST",
            aws_secret_access_key=SECRET,
            region_name=REGION,
        )
        return session.client(service, endpoint_url=self.endpoint)

    def calls_of(self, access_key_id: str) -> set[tuple[str, str]]:
        """Answer what somebody has called: services and operations."""
        return msgspec.json.decode(self._told(f"{CALLS}{access_key_id}"), type=set[tuple[str, str]])

    def missing(self) -> list[str]:
        """Answer what was asked for that neither moto has, nor a gap's filling."""
        return msgspec.json.decode(self._told(MISSING), type=list[str])

    def _told(self, path: str) -> bytes:
        return urllib3.request("GET", self.endpoint + path).data


@contextmanager
def running(log: Path) -> Iterator[Account]:
    """Run an empty account while the block runs. What moto has to say goes to `log`."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.infra.account_process"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **SETTINGS, **_of_nobody()},
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            port = process.stdout.readline().decode().strip()
            assert port, log.read_text(errors="replace")
            yield Account(f"http://{HOST}:{port}")
        finally:
            process.kill()


def _of_nobody() -> dict[str, str]:
    """moto asks itself with boto3 now and then, which shall not find anybody's credentials."""
    return {
        "AWS_ACCESS_KEY_ID": "MOTO",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
