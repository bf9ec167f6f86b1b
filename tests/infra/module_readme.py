"""The tables of the module's README, made of its variables and outputs.

`.venv/bin/python -m tests.infra.module_readme` writes them anew. It reads HCL as `terraform fmt` leaves it: a block
begins and ends at the edge of its line, and what is in it begins two spaces further in.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct

MODULE: Final = Path(__file__).parents[2] / "infra" / "modules" / "ecs_service"
PAGE: Final = MODULE / "README.md"

_BLOCK: Final = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}$', re.DOTALL | re.MULTILINE)
# From its name to the line before the next thing that begins where it does.
_ATTRIBUTE: Final = re.compile(r"^  (\w+) += (.*?)(?=^  [\w#]|^$|\Z)", re.DOTALL | re.MULTILINE)


class Block(Struct, frozen=True):
    """A variable, or an output: its name, and what stands behind each of its attributes."""

    name: str
    attributes: dict[str, str]


def rendered(page: str) -> str:
    """Answer the page with its tables as they must be."""
    tables = {
        "inputs": ["| input | type | default | what it says |", "| --- | --- | --- | --- |", *_inputs()],
        "outputs": ["| output | what it says |", "| --- | --- |", *_outputs()],
    }
    for name, rows in tables.items():
        begin, end = f"<!-- {name}: made by tests/infra/module_readme.py -->\n", f"<!-- end of {name} -->\n"
        assert page.count(begin) == page.count(end) == 1, f"the page has no place for the table of {name}"
        before, _, rest = page.partition(begin)
        page = before + begin + "".join(f"{row}\n" for row in rows) + end + rest.partition(end)[2]
    return page


def blocks(text: str) -> Iterator[Block]:
    """Yield the variables and outputs of a file, in their order."""
    for _, name, body in _BLOCK.findall(text):
        yield Block(name, {key: value.strip() for key, value in _ATTRIBUTE.findall(body)})


def _inputs() -> Iterator[str]:
    for block in blocks((MODULE / "variables.tf").read_text(encoding="utf-8")):
        default = block.attributes.get("default")
        shown = "**must be given**" if default is None else f"`{_one_line(default)}`"
        yield f"| `{block.name}` | `{_one_line(block.attributes['type'])}` | {shown} | {_text(block)} |"


def _outputs() -> Iterator[str]:
    for block in blocks((MODULE / "outputs.tf").read_text(encoding="utf-8")):
        yield f"| `{block.name}` | {_text(block)} |"


def _text(block: Block) -> str:
    return block.attributes["description"].strip('"').replace("|", "\\|")


def _one_line(hcl: str) -> str:
    """Answer a type or a value in one line: what stood in lines of its own has commas between it."""
    lines = [re.sub(r" {2,}", " ", line.strip()) for line in hcl.splitlines()]
    joined = lines[0]
    for before, line in pairwise(lines):
        opens, closes = before.endswith(("{", "(", "[")), line.startswith(("}", ")", "]"))
        joined += f" {line}" if opens or closes else f", {line}"
    return joined


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
