"""What became of one PutMetricData request. No errors: each is an answer with one consequence, in `core.push.carry`."""

from enum import StrEnum

from msgspec import Struct


class Accepted(Struct, frozen=True):
    """CloudWatch has it: the answer came, with a request id of AWS."""


class NotSent(Struct, frozen=True):
    """Nothing left this machine: no connection, no name, no credentials."""

    why: str


class TooLate(Struct, frozen=True):
    """Signed after the fence's margin, and therefore not sent."""


class Cause(StrEnum):
    """Why CloudWatch refused."""

    INVALID = "invalid"  # for what the data say: other data may pass
    DENIED = "denied"  # credentials or permission
    THROTTLED = "throttled"
    OTHER = "other"  # what all requests share


class Refused(Struct, frozen=True):
    """CloudWatch certainly has not taken it, none of it."""

    cause: Cause
    why: str


class InDoubt(Struct, frozen=True):
    """It left this machine, and nobody can say yet whether it took effect."""

    why: str


Outcome = Accepted | NotSent | TooLate | Refused | InDoubt
