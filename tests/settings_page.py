"""The tables of `docs/settings.md`, made of the settings themselves.

`.venv/bin/python -m tests.settings_page` writes them anew.
"""

from enum import Enum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.allowed import PREFIX, allowed
from core.rule_settings import RuleSettings
from core.settings import Settings

PAGE: Final = Path(__file__).parents[1] / "docs" / "settings.md"
TABLES: Final[dict[str, tuple[type[BaseModel], str, str]]] = {
    "settings": (Settings, "variable", PREFIX),
    "rules": (RuleSettings, "field", ""),
}


def rendered(page: str) -> str:
    """Answer the page with its tables as they must be."""
    for name, (model, heading, prefix) in TABLES.items():
        begin, end = f"<!-- {name}: made by tests/settings_page.py -->\n", f"<!-- end of {name} -->\n"
        rows = [f"| {heading} | default | what it takes | what it says |", "| --- | --- | --- | --- |"]
        rows += [_row(f"{prefix}{field}", of, is_variable=bool(prefix)) for field, of in model.model_fields.items()]
        assert page.count(begin) == page.count(end) == 1, f"the page has no place for the table of {name}"
        before, _, rest = page.partition(begin)
        page = before + begin + "".join(f"{row}\n" for row in rows) + end + rest.partition(end)[2]
    return page


def _row(name: str, field: FieldInfo, *, is_variable: bool) -> str:
    shown = name.upper() if is_variable else name
    default = "**must be set**" if field.is_required() else _default(field.get_default())
    return f"| `{shown}` | {default} | {allowed(field)} | {field.description} |"


def _default(value: Any) -> str:
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if isinstance(value, frozenset):
        return f"`{','.join(sorted(value))}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float | int):
        return f"{value:g}"
    return f"`{value}`" if value else ""


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
