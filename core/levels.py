"""The levels of a rule, and those that lines have → why it may be that none of the lines is an error."""

from collections.abc import Collection, Iterable
from typing import Final

from core.model import Shape
from core.presets import SHAPES

# What loggers call an error and worse, whatever its case.
_ERRORS: Final = frozenset({"err", "severe"}).union(
    level.casefold() for shape in SHAPES.values() for level in shape.levels
)
NO_COMMAS: Final = frozenset(";|")  # which somebody may take for commas between levels
_PLAIN_ERRORS: Final = frozenset({"error", "err", "severe", "50"})


def why_no_error(seen: Collection[str], shape: Shape) -> str | None:
    """Answer what to know of lines of which none is an error. `seen`: their levels. None: they may well have none."""
    if not seen:
        return f"no line has the field {shape.level_field}, so none can be an error"
    wanted = {level.casefold() for level in shape.levels}
    # Whoever asks for FATAL alone does not miss errors.
    missed = wanted if wanted.isdisjoint(_PLAIN_ERRORS) else wanted | _ERRORS
    instead = [level for level in seen if level not in shape.levels and level.casefold() in missed]
    if not instead:
        return None
    return f"no error: levels are matched exactly, and here stands {_or(instead)} instead of {_or(shape.levels)}"


def _or(levels: Iterable[str]) -> str:
    return " or ".join(sorted(levels))
