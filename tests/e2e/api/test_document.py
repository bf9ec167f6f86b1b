"""The OpenAPI document, held against what is answered: whatever is asked, the answer is one of those it names."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.wiring import Wired
from tests.e2e.api.conftest import Files, Serve
from tests.http_server import Client

pytestmark = pytest.mark.slow

TOKEN = "a-token-for-the-document"
CHOICES = """
[parameters]
"query.bucket" = "{bucket}"  # of one that nobody may ask about little would be seen

[[operations]]
include-path = "/notify"
# A key that was used for another request is right by itself.
checks.positive_data_acceptance.expected-statuses = [200, 404, 409, 422]
"""


@pytest.fixture(scope="module")
def guarded(serve: Serve) -> Client:
    return serve(api_token=(TOKEN,))


def test_every_answer_is_one_that_the_document_names(
    guarded: Client, files: Files, wired: Wired, tmp_path: Path
) -> None:
    """Whatever is sent, and with whatever token: never a 5xx, never what the document does not say."""
    files.put("app/2025-09-15T12-00.jsonl", b'{"ts":"2025-09-15T12:00:00Z","service":"orders","level":"ERROR"}\n')
    (tmp_path / "schemathesis.toml").write_text(CHOICES.format(bucket=wired.bucket))
    schemathesis = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            schemathesis,
            "run",
            f"{guarded.url}/openapi.json",
            *("--header", f"Authorization: Bearer {TOKEN}"),
            *("--checks", "all"),
            *("--max-examples", "60"),
            *("--seed", "1"),
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
