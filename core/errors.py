"""Named failures: each is named for what happens next.

    LogtallyError          everything that has a clear line for the user
    ├── Transient          nothing happened; the same call may succeed later
    │   ├── Throttled      refused because of rate: slow down
    │   ├── Busy           somebody is at it right now: ask again in a moment
    │   └── Denied         a permission: somebody must act, then it works again
    │       └── NoCredentials  nobody knows who we are: nothing works until somebody has acted
    ├── Permanent          this input can never be processed
    ├── SlotLost           the slot has moved on without us; write nothing
    └── Usage              wrong words, settings or names: exit 2, HTTP 4xx
        ├── WrongSettings  some settings, with a line for each
        ├── Misspelt       a text of settings that is no TOML, YAML or JSON, with the place
        ├── KeyReused      a request's key that names another request already
        ├── NotFound       no such bucket, key, file, queue, or nothing under the prefix
        └── TooMuch        more than whoever asked wants to wait or pay for

What may have taken effect is no error but an outcome (`core.outcomes`), and the end of an object that is
not there any more is an end (`core.model.End`), not an error.
"""

from collections.abc import Sequence


class LogtallyError(Exception):
    """A failure with one clear line that says what is wrong and what to do."""


class Transient(LogtallyError):
    """Nothing happened, as far as it matters. The same call may succeed later."""


class Throttled(Transient):
    """Refused because of rate."""


class Busy(Transient):
    """The same request is being worked on. Its outcome is known when it is asked for again."""


class Denied(Transient):
    """Refused for credentials or permissions. It works again once somebody has mended them."""


class NoCredentials(Denied):
    """Refused because credentials are missing, wrong or expired. No call works until they are there again."""


class Permanent(LogtallyError):
    """The input can never be processed. Its reason goes into the ledger or to the dead-letter queue."""


class SlotLost(LogtallyError):
    """Somebody else has moved the slot on. Leaving it is always safe."""


class Usage(LogtallyError):
    """Somebody asked for something that can't be: a wrong option, setting or name."""


class WrongSettings(Usage):
    """Some settings are wrong, or missing: all of them are named at once, each in a line of its own."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class Misspelt(Usage):
    """A text of settings can't be read as what it should be. It knows no name: whoever opened it does."""

    def __init__(self, words: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.line = line  # from 1 on, as are columns; None: nobody can tell
        self.column = column


class KeyReused(Usage):
    """The key of a request names another request already."""


class NotFound(Usage):
    """There is no such thing."""


class TooMuch(Usage):
    """Answering takes more reading than whoever asked has allowed."""
