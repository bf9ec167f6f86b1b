"""How a gap is filled: by a function that takes the place of one of moto's, and is given it."""

from collections.abc import Callable
from functools import wraps
from typing import Any


def around(owner: Any, name: str, new: Callable[..., Any]) -> None:
    """Put `new` in the place of a method. It is called with the method, the object, and what that was called with."""
    old = getattr(owner, name)

    @wraps(old)
    def method(self: Any, *args: Any, **named: Any) -> Any:
        return new(old, self, *args, **named)

    setattr(owner, name, method)


def around_property(owner: Any, name: str, new: Callable[[Any, Any], Any]) -> None:
    """Put `new` in the place of a property. It is called with what that said, and the object."""
    old = getattr(owner, name).fget
    setattr(owner, name, property(lambda self: new(old(self), self)))


def lacking(owner: Any, name: str, new: Callable[..., Any]) -> None:
    """Give a class a method that it does not have. One that it has by now needs no filling, and is an error."""
    assert not hasattr(owner, name), f"moto has {name} by now"
    setattr(owner, name, new)
