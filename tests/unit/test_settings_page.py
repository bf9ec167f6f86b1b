"""The page that lists all settings."""

from tests.settings_page import PAGE, rendered


def test_the_page_lists_the_settings_as_they_are() -> None:
    """`.venv/bin/python -m tests.settings_page` writes its tables anew."""
    page = PAGE.read_text(encoding="utf-8")

    assert page == rendered(page)
