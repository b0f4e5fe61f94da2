"""What one request or one round of sending asks again and again is asked once.

Directory, key sheets and institutions change a few times a year. What depends on nothing else
(`kept`) is kept by the process for as long as the database's mark of them (`exchange_trusted`) is
the one under which it was read; that is asked once a block. What else is remembered here is
forgotten with the block. Outside a block everything is asked anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from ayni.exchange import prepared

P = ParamSpec("P")
T = TypeVar("T")
MOST_KEPT = 500  # answers; more have been asked for by numbers, one after the other


@dataclass(slots=True)
class _Block:
    """What is known within a block. `kept` is the process's own as long as nothing has changed."""

    known: dict[Any, Any] = field(default_factory=dict)
    kept: dict[Any, Any] = field(default_factory=dict)


_block: ContextVar[_Block | None] = ContextVar("ayni_exchange_remembered", default=None)
_lock = threading.Lock()
_shared: tuple[UUID | None, dict[Any, Any]] = (None, {})


@contextmanager
def remembering(mark: UUID | None = None) -> Iterator[None]:
    """Until the block ends; one inside another is the outer one. `mark`: of `exchange_trusted`, if
    the caller has read it at this moment."""
    if _block.get() is not None:
        yield
        return
    token = _block.set(_Block(kept=_still_kept(mark or trust_mark())))
    try:
        yield
    finally:
        _block.reset(token)


def trust_mark() -> UUID:
    """What changes whenever a directory, a key sheet (so also a revocation) or an institution is
    accepted here: for whoever keeps an answer that rests on them."""
    mark: UUID = prepared.ask("select mark from exchange_trusted", [])[0][0]
    return mark


def _still_kept(mark: UUID) -> dict[Any, Any]:
    """What is kept under the present mark. It is read before anything that is kept under it: what
    changes meanwhile has another mark, and is read anew by the next block."""
    global _shared
    with _lock:
        if _shared[0] != mark or len(_shared[1]) > MOST_KEPT:
            _shared = (mark, {})
        return _shared[1]


def is_remembering() -> bool:
    """Whether this is within such a block."""
    return _block.get() is not None


def forget() -> None:
    """Something has changed, perhaps in a transaction that nobody else sees: ask anew, and keep
    nothing of it for others."""
    block = _block.get()
    if block is not None:
        block.known, block.kept = {}, {}


def remembered(asked: Callable[P, T]) -> Callable[P, T]:
    """The function, asked once for the same arguments within a block. What it raises is not
    remembered; what it answers is shared and must not be changed."""
    return _asked_once(asked, lambda block: block.known)


def kept(asked: Callable[P, T]) -> Callable[P, T]:
    """The same, also for later blocks: for what directory, key sheets and institutions alone say,
    and no clock."""
    return _asked_once(asked, lambda block: block.kept)


def _asked_once(asked: Callable[P, T], among: Callable[[_Block], dict[Any, Any]]) -> Callable[P, T]:
    @wraps(asked)
    def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        block = _block.get()
        if block is None:
            return asked(*args, **kwargs)
        known, key = among(block), (asked, args, tuple(kwargs.items()))
        if key not in known:
            known[key] = asked(*args, **kwargs)
        found: T = known[key]
        return found

    return ask
