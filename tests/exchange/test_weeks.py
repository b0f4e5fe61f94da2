"""Which prepared key sheets come into force, and which never will: judged without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ayni.exchange import documents
from ayni.exchange.weeks import Gone, Standing, judge
from tests.exchange.peer import Peer

BEGUN = datetime(2026, 11, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
Json = dict[str, Any]
OURS, OTHERS = Peer(node="ar"), Peer(node="ar")


def _line(peer: Peer, length: int) -> list[Json]:
    """Sheets 1 to `length`, one a week."""
    made: list[Json] = []
    for week in range(length):
        previous = documents.digest(made[-1]["body"]) if made else ""
        made.append(peer.key_sheet(BEGUN + week * WEEK, number=week + 1, previous=previous))
    return made


def _directory(peer: Peer | None) -> Json:
    named = OTHERS if peer is None else peer
    key = documents.encode(documents.public_of(named.identity))
    return {"members": [{"identity_key": key, "node": "bo" if peer is None else "ar"}]}


LINE = _line(OURS, 9)
HELD = {sheet["body"]["number"]: documents.digest(sheet["body"]) for sheet in LINE}


def _judged(prepared: list[Json], held: dict[int, str], **changed: Any) -> Standing:
    usual = {"directory": _directory(OURS), "foreign": (), "now": BEGUN}
    return judge(prepared, held=held, **{**usual, **changed})


@given(known=st.integers(0, 9), first=st.integers(1, 9), weeks=st.integers(0, 12))
def test_each_comes_in_its_week_after_the_one_before_and_never_twice(
    known: int, first: int, weeks: int
) -> None:
    """Reference: number n begins n - 1 weeks after the first; what is known here is taken."""
    prepared = LINE[first - 1 :]
    held = {number: digest for number, digest in HELD.items() if number <= known}

    found = _judged(prepared, held, now=BEGUN + weeks * WEEK)

    numbers = range(first, 10)
    left = [n for n in numbers if n > known]
    begun = [n for n in left if n - 1 <= weeks] if left and left[0] == known + 1 else []
    assert found.gone is None
    assert found.taken == tuple(n for n in numbers if n <= known)
    assert found.due == tuple(begun)
    assert found.later == tuple(n for n in left if n not in begun)


@given(known=st.integers(1, 8), other=st.integers(1, 9))
def test_none_follows_a_line_that_went_on_otherwise(known: int, other: int) -> None:
    """From the number on at which the line holds another sheet than was prepared."""
    held = {n: HELD[n] if n < other else f"{n:064}" for n in range(1, known + 1)}

    found = _judged(LINE[1:], held, now=BEGUN + 20 * WEEK)

    assert found.gone == (Gone.FOLLOWED if other <= known else None)
    assert found.taken == tuple(n for n in range(2, known + 1) if n < other)
    assert bool(found.due) == (other > known)


def test_the_former_identity_key_publishes_nothing() -> None:
    held = {1: HELD[1]}

    assert _judged(LINE[1:], held, directory=_directory(OTHERS)).gone is Gone.IDENTITY


def test_while_the_node_is_no_member_they_wait() -> None:
    found = _judged(LINE[1:], {1: HELD[1]}, directory=_directory(None), now=BEGUN + 20 * WEEK)

    assert (found.due, found.gone) == ((), None)
    assert found.later == tuple(range(2, 10))


def test_one_that_somebody_else_has_shown_is_not_taken_and_ends_the_rest() -> None:
    held = {1: HELD[1], 2: HELD[2]}

    found = _judged(LINE[1:], held, foreign=[2], now=BEGUN + 20 * WEEK)

    assert found == Standing((), gone=Gone.FOREIGN)
