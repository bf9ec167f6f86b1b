"""The pages: links that lead somewhere, and permissions that are those of the code."""

import pkgutil
import re
from pathlib import Path

import pytest

import core
from tests.account_page import FREE, ROOT, UNSEEN_OF_A_WORKER, called, permitted

PAGES = (*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "bench" / "README.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_to_a_page_that_is_there(page: Path) -> None:
    """And to a heading in it, if it names one."""
    links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8"))

    lost = [link for link in links if not _leads_somewhere(page.parent / link[0] if link[0] else page, link[1])]

    assert not lost


def test_the_map_of_core_names_each_of_its_modules_once() -> None:
    """A new one finds its subject, and one that is gone leaves no name behind."""
    there = sorted(module.name for module in pkgutil.iter_modules(core.__path__))

    rows = re.findall(r"^ {4}\S.*?\s{2,}(.*)$", core.__doc__ or "", re.MULTILINE)

    assert sorted(name for row in rows for name in row.split(", ")) == there


def test_the_policies_permit_exactly_what_the_code_calls() -> None:
    """Whoever adds a call to AWS adds its action to docs/account.md; whoever removes one, too."""
    policies = permitted()

    all_of_them = (
        policies.worker
        | policies.reader
        | policies.forget
        | policies.letters
        | policies.doctor
        | policies.analyze
        | policies.api
    )

    assert all_of_them - UNSEEN_OF_A_WORKER == called() - FREE - UNSEEN_OF_A_WORKER


def _leads_somewhere(target: Path, heading: str) -> bool:
    if not target.exists():
        return False
    titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8") if heading else "", flags=re.MULTILINE)
    return not heading or heading in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
