"""How long a message stays hidden after a transient fault."""

from core.limits import BACKOFF_S_BASE, BACKOFF_S_MAX


def backoff_s(receive_count: int, *, jitter: float) -> int:
    """Answer the seconds: a share `jitter`, from 0 to 1, of a ceiling that doubles with each receive.

    Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    ceiling = min(BACKOFF_S_MAX, BACKOFF_S_BASE * 2 ** min(receive_count - 1, 16))
    return int(ceiling * jitter)
