"""How the parts of AWS are set up, in our words: what an adapter was told, before anybody judges it."""

from msgspec import Struct


class Identity(Struct, frozen=True, kw_only=True):
    """Whom AWS takes us for."""

    account: str
    arn: str


class Redrive(Struct, frozen=True, kw_only=True, rename="camel"):
    """A queue's redrive policy, as SQS writes it."""

    dead_letter_target_arn: str
    max_receive_count: int  # SQS takes it as a number and as a text


class QueueFacts(Struct, frozen=True, kw_only=True):
    """How a queue is set up."""

    arn: str
    visibility_timeout_s: int
    retention_s: int
    redrive: Redrive | None
    policy: str | None  # JSON, as somebody wrote it


class Announced(Struct, frozen=True, kw_only=True):
    """Where a bucket announces some events of some keys."""

    to: str  # an ARN
    events: tuple[str, ...]
    only: tuple[str, ...] = ()  # which keys, in words; empty: all


class Notification(Struct, frozen=True, kw_only=True):
    """Whom a bucket tells of its objects."""

    queues: tuple[Announced, ...] = ()
    topics: tuple[Announced, ...] = ()
    event_bridge: bool = False


class Expiry(Struct, frozen=True, kw_only=True):
    """Whether a table lets items go, and by which attribute."""

    enabled: bool  # or about to be
    attribute: str | None


class Subscribers(Struct, frozen=True, kw_only=True):
    """How many are subscribed to a topic."""

    confirmed: int
    pending: int
