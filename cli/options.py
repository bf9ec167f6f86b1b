"""What several commands can be told, in the same words."""

from typing import Annotated, Final

import typer

LIST_MAX: Final = 10_000

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, as it is when stdout is no terminal.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without it, only say what would be done.")]
Limit = Annotated[int, typer.Option(min=1, max=LIST_MAX, help="How many at most.")]
Days = Annotated[int, typer.Option(min=1, max=3650, help="How many days to look back.")]
