"""How a command answers: one JSON object for a program, a table for a person."""

import sys
from typing import Any

import msgspec


def told(document: dict[str, Any], *, as_json: bool) -> bool:
    """Print the document as JSON, if that was asked for or nobody watches. Answers whether it was printed."""
    if not as_json and sys.stdout.isatty():
        return False
    sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    return True
