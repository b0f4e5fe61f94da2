"""Properties of pauses: one side alone never stops a clock, and both nodes reach the same time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cooperation import pauses
from ayni.cooperation.pauses import Span, Standing, Terms
from ayni.cooperation.states import Side
from ayni.lib.errors import WrongState
from ayni.protocol import events as protocol
from ayni.protocol.events import Event, EventKind
from ayni.protocol.model import Side as CaseSide

ZERO = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIDES = st.sampled_from([Side.SENDER, Side.RECEIVER])
HOURS = st.integers(0, 900)
ACTS = st.lists(
    st.tuples(st.sampled_from(["ask", "agree", "refuse"]), SIDES, HOURS, st.integers(0, 4)),
    max_size=20,
)
SPANS = st.lists(st.tuples(HOURS, st.integers(1, 700)), min_size=1, max_size=4)


@dataclass
class Story:
    """What two sides do, in any order, and what the rules make of it."""

    asked: list[Terms] = field(default_factory=list)

    def act(self, what: str, by: Side, hour: int, which: int) -> None:
        """Do it if the rules let it."""
        at = ZERO + hour * HOUR
        if what == "ask":
            if pauses.fits(at, at + (which + 1) * 24 * HOUR):
                self.asked.append(Terms(by, at, at + (which + 1) * 24 * HOUR))
        elif self.asked:
            place = which % len(self.asked)
            known = self.asked[place]
            try:
                if what == "agree":
                    self.asked[place] = pauses.agree(known, by=by, since=at)
                else:
                    self.asked[place] = pauses.refuse(known, by=by)
            except WrongState:
                return

    def still(self) -> timedelta:
        """How long the time stands still in all."""
        return pauses.total(span for one in self.asked if (span := one.span()) is not None)


@given(ACTS, SIDES)
def test_one_side_alone_never_stops_the_time(
    acts: list[tuple[str, Side, int, int]], side: Side
) -> None:
    story = Story()
    for what, _by, hour, which in acts:
        story.act(what, side, hour, which)

    assert story.still() == timedelta()


@given(ACTS)
def test_what_stands_still_was_asked_by_one_side_and_agreed_by_the_other(
    acts: list[tuple[str, Side, int, int]],
) -> None:
    story, asked, said = Story(), [], []
    for what, by, hour, which in acts:
        before = list(story.asked)
        story.act(what, by, hour, which)
        if len(story.asked) > len(before):
            asked.append(by)
        elif story.asked != before:
            (place,) = [i for i, one in enumerate(before) if one != story.asked[i]]
            said.append((place, what, by))

    for place, one in enumerate(story.asked):
        answers = [(what, by) for where, what, by in said if where == place]
        assert len(answers) <= 1
        if one.span() is not None:
            assert answers == [("agree", Side.SENDER if asked[place] is Side.RECEIVER
                                else Side.RECEIVER)]  # fmt: skip
        assert (one.standing is Standing.AGREED) == (one.span() is not None)


def test_the_story_agrees_where_both_do() -> None:
    """The properties above would hold for rules that let nothing pass."""
    story = Story()
    story.act("ask", Side.SENDER, 10, 1)
    story.act("agree", Side.RECEIVER, 12, 0)
    story.act("refuse", Side.RECEIVER, 13, 0)

    assert story.still() == 46 * HOUR


def _spans(told: list[tuple[int, int]]) -> list[Span]:
    return [(ZERO + b * HOUR, ZERO + (b + length) * HOUR) for b, length in told]


@given(SPANS)
def test_in_whatever_order_pauses_are_heard_of_the_due_time_is_the_same(
    told: list[tuple[int, int]],
) -> None:
    spans, due = _spans(told), ZERO + 100 * HOUR
    found = set()
    for order in permutations(spans):
        reached, known = due, list[Span]()
        for span in order:
            reached = pauses.moved(reached, before=known, added=span)
            known.append(span)
        found.add(reached)

    hours = {b + i for b, length in told for i in range(length)}
    assert found == {due + len(hours) * HOUR}


@pytest.mark.parametrize(
    ("until", "may"),
    [
        (ZERO, False),
        (ZERO + HOUR, True),
        (ZERO + HOUR + timedelta(minutes=1), False),
        (ZERO + pauses.LONGEST, True),
        (ZERO + pauses.LONGEST + HOUR, False),
    ],
)
def test_a_pause_ends_at_a_full_hour_and_not_too_far_ahead(until: datetime, may: bool) -> None:
    assert pauses.fits(ZERO, until) is may


WISHES = st.lists(
    st.tuples(
        st.sampled_from([CaseSide.HOST, CaseSide.NATIONALITY]),
        st.integers(0, 40),
        st.one_of(st.none(), st.integers(1, 40)),
    ),
    max_size=6,
)


@given(WISHES, st.integers(0, 100))
def test_the_clock_of_a_step_stands_still_while_two_sides_want_it_to(
    told: list[tuple[CaseSide, int, int | None]], hour: int
) -> None:
    wishes = [
        Event(
            EventKind.PAUSED, ZERO + b * HOUR, side=side, reason="awaiting_documents",
            due_at=None if length is None else ZERO + (b + length) * HOUR,
        )
        for side, b, length in told if b <= hour
    ]  # fmt: skip
    wishes.sort(key=lambda event: event.at)
    now = ZERO + hour * HOUR

    state = protocol._pauses(wishes, None, CaseSide.HOST, now)

    wanting = {
        side for side, b, length in told
        if b <= hour and (length is None or hour < b + length)
    }  # fmt: skip
    assert state.running is (len(wanting) == 2)
    assert state.asked_by == (wanting.pop() if len(wanting) == 1 else None)


def _agreed(since: int, until: int) -> Terms:
    asked = Terms(Side.SENDER, ZERO, ZERO + until * HOUR)
    return pauses.agree(asked, by=Side.RECEIVER, since=ZERO + since * HOUR)


@dataclass
class Node:
    """What one of two nodes knows of the pauses of one due time."""

    due: datetime
    known: list[Terms]
    inbox: list[tuple[int, datetime]] = field(default_factory=list)

    def spans(self) -> list[Span]:
        """When the time stands still, as far as this node knows."""
        return [span for one in self.known if (span := one.span()) is not None]

    def end(self, which: int, at: datetime) -> bool:
        """End a pause as this node knows it; False if the rules do not let it."""
        before = self.spans()
        try:
            self.known[which] = pauses.end(self.known[which], at=at)
        except WrongState:
            return False
        self.due = pauses.shifted(self.due, before=before, after=self.spans())
        return True


# Two agreed pauses; who ends which when, or how many messages arrive at whom (some twice).
AGREED = st.lists(st.tuples(st.integers(0, 50), st.integers(51, 700)), min_size=1, max_size=3)
ENDS = st.lists(
    st.one_of(
        st.tuples(st.just("end"), st.integers(0, 1), st.integers(0, 2), st.integers(0, 800)),
        st.tuples(st.just("hear"), st.integers(0, 1), st.integers(0, 9), st.integers(0, 1)),
    ),
    max_size=16,
)


@given(AGREED, ENDS)
def test_in_whatever_order_both_sides_end_pauses_both_nodes_reach_the_same_time(
    agreed: list[tuple[int, int]], told: list[tuple[str, int, int, int]]
) -> None:
    terms = [_agreed(since, until) for since, until in agreed]
    whole = pauses.total(span for one in terms if (span := one.span()) is not None)
    due = ZERO + 100 * HOUR
    nodes = [Node(due + whole, list(terms)), Node(due + whole, list(terms))]
    ended: dict[int, set[datetime]] = {}

    def hear(node: Node, place: int, *, again: bool) -> None:
        which, at = node.inbox[place] if again else node.inbox.pop(place)
        node.end(which, at)

    for what, side, which, number in told:
        node = nodes[side]
        if what == "end":
            at = ZERO + number * HOUR
            if node.end(which % len(terms), at):
                nodes[1 - side].inbox.append((which % len(terms), at))
                ended.setdefault(which % len(terms), set()).add(at)
        elif node.inbox:
            hear(node, which % len(node.inbox), again=bool(number))
    for node in nodes:
        while node.inbox:
            hear(node, len(node.inbox) - 1, again=False)

    assert nodes[0].due == nodes[1].due
    assert nodes[0].known == nodes[1].known
    # Reference: hour by hour, whatever was agreed on and not ended by then.
    still = {
        hour
        for place, (since, until) in enumerate(agreed)
        for hour in range(since, until)
        if all(ZERO + hour * HOUR < at for at in ended.get(place, ()))
    }
    assert nodes[0].due == due + len(still) * HOUR


@given(AGREED, st.integers(0, 800))
def test_ending_a_pause_only_ever_brings_the_due_time_nearer_and_twice_is_once(
    agreed: list[tuple[int, int]], hour: int
) -> None:
    node = Node(ZERO, [_agreed(since, until) for since, until in agreed])
    before = node.due
    node.end(0, ZERO + hour * HOUR)
    once = node.due
    assert once <= before
    node.end(0, ZERO + hour * HOUR)
    assert node.due == once


@pytest.mark.parametrize(
    "terms",
    [
        Terms(Side.SENDER, ZERO, ZERO + 9 * HOUR),
        pauses.refuse(Terms(Side.SENDER, ZERO, ZERO + 9 * HOUR), by=Side.RECEIVER),
    ],
)
def test_what_was_not_agreed_on_is_not_ended(terms: Terms) -> None:
    with pytest.raises(WrongState):
        pauses.end(terms, at=ZERO + HOUR)


@pytest.mark.parametrize("at", [ZERO + 9 * HOUR, ZERO + timedelta(minutes=90)])
def test_a_pause_is_ended_at_a_full_hour_before_it_is_over(at: datetime) -> None:
    with pytest.raises(WrongState):
        pauses.end(_agreed(1, 9), at=at)
