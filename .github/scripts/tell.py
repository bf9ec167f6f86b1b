"""Says how a deployment ended: on the page of the run, and to WEBHOOK_URL if there is one, as Slack takes it.

It takes from the environment: NEEDS, what the jobs before came to, as `toJSON(needs)` has it; COMMIT, BRANCH, RUN_URL.
"""

import json
import os
import urllib.request
from http.client import HTTPException
from typing import Final

from step import Failed, run, summarise, variable

ANSWER_S_MAX: Final = 10.0


def main() -> None:
    """Say it. Raises Failed if the webhook does not take it."""
    results = {job: told["result"] for job, told in json.loads(variable("NEEDS")).items()}
    unwell = [f"{job} {result}" for job, result in results.items() if result not in {"success", "skipped"}]
    if "failure" in results.values():
        outcome = "failed"
    else:
        outcome = "was cancelled, or a newer one took its place" if unwell else "succeeded"
    line = f"Deployment of {variable('COMMIT')[:12]} from {variable('BRANCH')} {outcome}"
    if unwell:
        line += f": {', '.join(unwell)}"
    summarise(f"**{line}**")
    if url := os.environ.get("WEBHOOK_URL"):
        _send(url, f"{line} {variable('RUN_URL')}")


def _send(url: str, text: str) -> None:
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise Failed("WEBHOOK_URL is no https:// address")
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - looked at above
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S_MAX):  # noqa: S310 - as above
            pass
    except (OSError, HTTPException) as exc:
        # Its address is a secret: who knows it may write there.
        raise Failed(f"WEBHOOK_URL does not take the message: {getattr(exc, 'code', type(exc).__name__)}") from exc


if __name__ == "__main__":
    run(main)
