"""What one request or one round of sending asks again and again is asked once.

Directory and key sheets do not change while a second passes; what is remembered here is forgotten
with the block. Outside a block everything is asked anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_known: ContextVar[dict[Any, Any] | None] = ContextVar("ayni_exchange_remembered", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Until the block ends; one inside another is the outer one."""
    if _known.get() is not None:
        yield
        return
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def is_remembering() -> bool:
    """Whether this is within such a block."""
    return _known.get() is not None


def forget() -> None:
    """Something has changed: ask anew."""
    known = _known.get()
    if known is not None:
        known.clear()


def remembered(asked: Callable[P, T]) -> Callable[P, T]:
    """The function, asked once for the same arguments within a block. What it raises is not
    remembered; what it answers is shared and must not be changed."""

    @wraps(asked)
    def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        known = _known.get()
        if known is None:
            return asked(*args, **kwargs)
        key = (asked, args, tuple(kwargs.items()))
        if key not in known:
            known[key] = asked(*args, **kwargs)
        found: T = known[key]
        return found

    return ask
