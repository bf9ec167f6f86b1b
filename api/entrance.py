"""Who is let in, as the settings say it: decided once, before anything starts."""

from msgspec import Struct

from api import guard
from api.guard import THIS_MACHINE, Guard
from core.errors import Usage
from core.settings import Access, Settings


class Entrance(Struct, frozen=True, kw_only=True):
    """What stands before what is asked for."""

    everywhere: tuple[Guard, ...]  # before all there is
    reports: Guard  # before reports and alerts, too
    tokens: tuple[str, ...]  # whoever shows one of them may look at the page; none: whoever is let in may


def entrance(chosen: Settings) -> Entrance:
    """Answer who is let in. Raises Usage if that would be everybody, and nobody has said so."""
    tokens = tuple(token.get_secret_value() for token in chosen.api_token)
    if chosen.api_access is Access.OPEN:
        if tokens:
            raise Usage("LOGTALLY_API_ACCESS=open lets everybody in, LOGTALLY_API_TOKEN does not: unset one of them")
        return Entrance(everywhere=(), reports=guard.anybody, tokens=())
    if tokens:
        return Entrance(everywhere=(), reports=guard.by_token(tokens), tokens=tokens)
    if chosen.api_host not in THIS_MACHINE:
        raise Usage(
            f"LOGTALLY_API_HOST={chosen.api_host} is open to others: set LOGTALLY_API_TOKEN, to what"
            " `openssl rand -hex 32` makes, or LOGTALLY_API_ACCESS=open if everybody who reaches it may use it"
        )
    # For this machine alone, whatever is asked.
    return Entrance(everywhere=(guard.by_its_own_name,), reports=guard.anybody, tokens=())
