"""What writes says on whose behalf: keyword-only `by`."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from tests.architecture.rooms import AYNI, rooms

_WRITES = re.compile(
    r"\baudit\.act\(|\.save\(|\.objects\.(create|bulk_create|update_or_create|get_or_create)\("
    r"|\.bulk_create\(|\.bulk_update\(|\.delete\(\)|\.update\("
)
# room.function -> (why it needs no `by`, since when). This list may only shrink.
_DRAFT = "a form in progress is kept for its author, who is an argument; it is nobody's act yet"
_CLICK = "one click or two of the same person; what the form does is recorded by its own verb"
_JOB = "only the job of this node calls it; what it settles is recorded by the verb that queued it"
_SINCE = date(2026, 11, 24)
WITHOUT_ACTOR: dict[str, tuple[str, date]] = {
    "cases.begin_form": (_CLICK, date(2026, 11, 25)),
    "cases.drop_draft": (_DRAFT, _SINCE),
    "cases.drop_expired": (_DRAFT, _SINCE),
    "cases.end_form": (_CLICK, date(2026, 11, 25)),
    "cases.save_draft": (_DRAFT, _SINCE),
    "exchange.retry": (_JOB, _SINCE),
}


def _offered() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function that a door offers."""
    for room in rooms():
        if not (AYNI / room / "api.py").is_file():
            continue
        api = importlib.import_module(f"ayni.{room}.api")
        for name in getattr(api, "__all__", []):
            thing = getattr(api, name)
            if inspect.isfunction(thing) and thing.__module__.startswith(f"ayni.{room}."):
                yield f"{room}.{name}", thing


def _writes(function: Callable[..., Any]) -> bool:
    return bool(_WRITES.search(inspect.getsource(inspect.unwrap(function))))


def _says_by_whom(function: Callable[..., Any]) -> bool:
    by = inspect.signature(function).parameters.get("by")
    return by is not None and by.kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize(
    ("name", "function"), list(_offered()), ids=[name for name, _ in _offered()]
)
def test_a_function_that_writes_takes_by_as_a_keyword(
    name: str, function: Callable[..., Any]
) -> None:
    if _writes(function) and name not in WITHOUT_ACTOR:
        assert _says_by_whom(function), f"{name} writes: who does it?"


@pytest.mark.parametrize(
    ("name", "function"), list(_offered()), ids=[name for name, _ in _offered()]
)
def test_by_is_never_positional(name: str, function: Callable[..., Any]) -> None:
    if "by" in inspect.signature(function).parameters and name not in PURE_QUESTIONS:
        assert _says_by_whom(function)


# Questions about an actor take it first: `may(by, permission)`.
PURE_QUESTIONS = {"members.may", "members.check_may"}


def test_the_exceptions_are_still_needed() -> None:
    offered = dict(_offered())

    for name in set(WITHOUT_ACTOR) & set(offered):
        assert _writes(offered[name]), f"{name} writes no more: remove it from the list"
    assert set(offered) >= PURE_QUESTIONS


def test_the_pattern_finds_a_write() -> None:
    def writes(thing: Any) -> None:
        thing.save()

    def reads(thing: Any) -> Any:
        return thing.objects.filter(id=1)

    assert _writes(writes)
    assert not _writes(reads)
