"""`analyze` as a user runs it: a process, in an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

BIN = Path(sys.executable).parent
LOG = b"".join(
    b'{"ts":"2025-09-15T12:00:%02dZ","service":"%s","level":"%s","msg":"m"}\n' % entry
    for entry in [
        (1, b"orders", b"INFO"),
        (3, b"orders", b"ERROR"),
        (5, b"billing", b"WARN"),
        (7, b"billing", b"ERROR"),
        (9, b"api", b"INFO"),
    ]
)
AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def environment(more: Mapping[str, str] = AWS) -> dict[str, str]:
    """Answer what a process sees of the world: credentials and a region, and no files of AWS."""
    return {"PATH": os.environ["PATH"], **more}


def analyze(
    *options: str, stdin: bytes = b"", tool: tuple[str, ...] = ("analyze",), aws: Mapping[str, str] = AWS
) -> subprocess.CompletedProcess[bytes]:
    """Run it, or `logtally analyze`."""
    command = [str(BIN / tool[0]), *tool[1:], *options]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60, env=environment(aws))
