"""Where something stands in a text of settings."""

from collections.abc import Mapping

Path = tuple[str | int, ...]  # the keys, and the places in lists, that lead to a value
Lines = Mapping[Path, int]  # from 1 on
