"""A secretariat that lies and cuts lines shows each state what it likes: no two sums are made of
which the difference tells what some of their honest states have."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from faker import Faker
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.lib.errors import Refused
from ayni.statistics.masked import rounds
from ayni.statistics.masked.errors import (
    AlreadyAdded,
    NotConfirmed,
    NotNamed,
    RoundEnded,
    StillRunning,
    TooLate,
)
from ayni.statistics.masked.rounds import Declared, Round, Standing

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVERY = ("AR", "BO", "CL", "CO")
Word = tuple[int, str, str]  # which round, whose word, "gave" or "withdrew"
Step = tuple[str, int, str, str]


def minutes(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def a_round(number: int, states: Sequence[str], due: int) -> Declared:
    """One of two sums of the same persons; `due`: the last minute to give."""
    return Declared(
        bytes([number]) * 32, "victims", f"table {number}", date(2025, 1, 1), date(2025, 12, 31),
        tuple(sorted(states)), minutes(due - 50), minutes(due),
    )  # fmt: skip


@dataclass(frozen=True)
class World:
    """Two sums, who colludes with the secretariat, and how far each clock is ahead (minutes)."""

    about: tuple[Declared, Declared]
    colludes: frozenset[str]
    ahead: tuple[int, int, int, int]


@dataclass
class Platform:
    """What has happened. `waits`: shares wait for the others' receipts; without, they leave with
    their announcement, as they did once. `seen`: words that an honest state has; `receipts`: who
    has receipted a word; `left`: shares on their way to the secretariat."""

    world: World
    waits: bool
    at: int = 0
    said: set[Word] = field(default_factory=set)
    seen: dict[str, set[Word]] = field(default_factory=lambda: defaultdict(set))
    receipts: dict[Word, set[str]] = field(default_factory=lambda: defaultdict(set))
    left: set[tuple[int, str]] = field(default_factory=set)

    def view(self, state: str, number: int) -> Round:
        """A round as one state sees it. That all take part is shown to everybody."""
        about = self.world.about[number]
        words = {(who, what) for n, who, what in self.seen[state] if n == number}
        return Round(
            about,
            dict.fromkeys(about.states, True),
            {who: "" for who, what in words if what == "gave"},
            frozenset(who for who, what in words if what == "withdrew"),
        )

    def clock(self, state: str) -> datetime:
        return minutes(self.at + self.world.ahead[EVERY.index(state)])

    def do(self, step: Step) -> None:
        """One step; what an honest state refuses does not happen."""
        what, number, state, other = step
        honest = state not in self.world.colludes
        try:
            if what == "wait":
                self.at += number * 40 + 10
            elif what == "give":
                self.give(number, state, honest=honest)
            elif what == "withdraw":
                self.withdraw(number, state, honest=honest)
            elif what in ("tell", "tell, without a receipt"):
                self.tell(number, state, other, receipt=what == "tell")
            elif honest:
                self.send(number, state)
        except Refused:
            return

    def give(self, number: int, state: str, *, honest: bool) -> None:
        word = (number, state, "gave")
        if honest and word not in self.said:
            rounds.check_may_give(
                self.view(state, number), state=state, earlier=[self.view(state, 1 - number)],
                now=self.clock(state),
            )  # fmt: skip
        self.said.add(word)
        self.seen[state].add(word)
        if honest and not self.waits:
            self.left.add((number, state))

    def withdraw(self, number: int, state: str, *, honest: bool) -> None:
        if honest:
            rounds.check_may_withdraw(self.view(state, number), state=state)
        if (number, state, "gave") in self.said:
            self.said.add((number, state, "withdrew"))
            self.seen[state].add((number, state, "withdrew"))

    def tell(self, number: int, state: str, other: str, *, receipt: bool) -> None:
        """The secretariat lets all words of a state about a round through to another one."""
        for word in [(number, state, "gave"), (number, state, "withdrew")]:
            if word in self.said:
                self.seen[other].add(word)
                if receipt:
                    self.receipts[word].add(other)

    def send(self, number: int, state: str) -> None:
        if (number, state, "gave") not in self.said:
            return
        rounds.check_may_send(
            self.view(state, number),
            state=state,
            holders=self.receipts[number, state, "gave"] | self.world.colludes,
            earlier=[self.view(state, 1 - number)],
            now=self.clock(state),
        )
        self.left.add((number, state))

    def tells_of_some(self) -> bool:
        """Whether both sums are made, with an honest state in both, and of others."""
        one, two = (set(each.states) - self.world.colludes for each in self.world.about)
        made = all(
            {(n, state) for state in honest} <= self.left for n, honest in enumerate((one, two))
        )
        return made and bool(one & two) and one != two


def attacked(world: World, steps: Iterable[Step], *, waits: bool) -> bool:
    found = Platform(world, waits)
    for step in steps:
        found.do(step)
    return found.tells_of_some()


_STATES = [EVERY, EVERY, *itertools.combinations(EVERY, 3)]


def a_story(chance: Any) -> tuple[World, list[Step]]:
    """A platform and three stretches of time: before the last day of one sum, about it, and after
    it. In each some do what they can, in any order, and some lines are open."""
    clocks = [chance.choice([-25, 0, 25]) for _ in EVERY]
    world = World(
        (a_round(0, chance.choice([EVERY, *_STATES]), 100),
         a_round(1, chance.choice(_STATES), chance.choice([100, 300]))),
        frozenset(chance.sample(EVERY, chance.choice([0, 1, 2, 2]))),
        (clocks[0], clocks[1], clocks[2], clocks[3]),
    )  # fmt: skip
    steps: list[Step] = []
    for often in ((1.0, 0.1), (0.5, 0.5), (0.1, 1.0)):
        open_lines, stretch = chance.choice([0.1, 0.5, 0.9]), []
        for number, state in itertools.product((0, 1), EVERY):
            stretch += [
                (what, number, state, "")
                for what, less in (("give", 1.0), ("send", 1.0), ("send", 1.0), ("withdraw", 0.05))
                if chance.random() < often[number] * less
            ]
            stretch += [
                (chance.choice(["tell", "tell", "tell, without a receipt"]), number, state, other)
                for other in EVERY
                if chance.random() < open_lines
            ]
        chance.shuffle(stretch)
        steps += [*stretch, ("wait", chance.choice([1, 1, 2, 3]), "", "")]
    return world, steps


@settings(max_examples=400)
@given(st.randoms(use_true_random=False))
def test_no_story_ends_with_two_sums_whose_difference_tells_of_some(chance: Any) -> None:
    assert not attacked(*a_story(chance), waits=True)


def test_of_the_same_stories_some_do_where_shares_leave_with_their_announcement() -> None:
    chance = Faker()
    chance.seed_instance(1)
    stories = [a_story(chance.random) for _ in range(3000)]
    assert sum(attacked(*story, waits=False) for story in stories) > 10
    assert not any(attacked(*story, waits=True) for story in stories)


CUT = World(
    (a_round(0, EVERY, 100), a_round(1, EVERY[:3], 300)), frozenset({"AR"}), (0, 0, 0, 0)
)  # fmt: skip
# Colombia's word reaches nobody; after the last day the secretariat begins without it.
CUT_OFF: list[Step] = [
    *(("give", 0, state, "") for state in EVERY),
    *(("tell", 0, one, other) for one, other in itertools.product(EVERY[:3], EVERY)),
    *(("send", 0, state, "") for state in EVERY),
    *[("wait", 1, "", "")] * 4,
    *(("give", 1, state, "") for state in EVERY[:3]),
    *(("tell", 1, one, other) for one, other in itertools.product(EVERY[:3], EVERY)),
    *(("send", 1, state, "") for state in EVERY[:3]),
]


def test_a_state_whose_line_was_cut_is_told_apart_no_more() -> None:
    assert attacked(CUT, CUT_OFF, waits=False)
    assert not attacked(CUT, CUT_OFF, waits=True)


def both(what: str, number: int) -> list[Step]:
    """Bolivia and Chile do it, and tell each other and Colombia."""
    told = [("tell", number, one, other) for one in ("BO", "CL") for other in ("BO", "CL", "CO")]
    return [(what, number, "BO", ""), (what, number, "CL", ""), *(told if what == "give" else ())]


# Their shares leave; then Colombia, of which they have heard nothing, gives as well.
FIRST = [*both("give", 0), *both("send", 0), ("give", 0, "CO", "")]
# They begin the other sum, and the secretariat sees to it that Colombia hears nothing of that.
SECOND = [("give", 1, "BO", ""), ("give", 1, "CL", "")]
SECOND += [("tell", 1, "BO", "CL"), ("tell", 1, "CL", "BO"), *both("send", 1)]
AT_LAST = [("tell", 0, "CO", "BO"), ("tell", 0, "CO", "CL"), ("send", 0, "CO", "")]


def test_who_colludes_and_withdraws_does_not_let_the_others_go_on_too_early() -> None:
    leaves = [("give", 0, "AR", ""), ("tell", 0, "AR", "BO"), ("tell", 0, "AR", "CL")]
    withdraws = [("withdraw", 0, "AR", ""), *leaves[1:]]
    assert not attacked(CUT, [*leaves, *FIRST, *withdraws, *SECOND, *AT_LAST], waits=True)


def test_a_day_that_is_over_sooner_on_one_clock_than_on_another_tells_nothing() -> None:
    clocks = World(CUT.about, CUT.colludes, (0, 25, 25, -25))
    later: list[Step] = [("wait", 1, "", ""), ("wait", 0, "", ""), ("wait", 0, "", "")]
    later += [("wait", 0, "", "")]  # minute 80: theirs is 105, Colombia's is 55
    assert not attacked(clocks, [*FIRST, *later, *SECOND, *AT_LAST], waits=True)


def test_all_lines_open_a_sum_is_made() -> None:
    told = [("tell", 0, one, other) for one, other in itertools.product(EVERY, EVERY)]
    steps = [*(("give", 0, each, "") for each in EVERY), *told]
    found = Platform(CUT, waits=True)
    for step in [*steps, *(("send", 0, each, "") for each in EVERY)]:
        found.do(step)
    assert found.left == {(0, "BO"), (0, "CL"), (0, "CO")}


@given(st.sampled_from(_STATES), st.data())
def test_a_share_waits_for_all_other_states_of_its_round_and_for_nobody_else(
    names: tuple[str, ...], data: st.DataObject
) -> None:
    state = data.draw(st.sampled_from(names))
    holders = data.draw(st.sets(st.sampled_from([*EVERY, "secretariat"])))
    about = a_round(0, names, 100)
    round_ = Round(about, dict.fromkeys(names, True), {state: "x"})
    waits = [each for each in names if each != state and each not in holders]
    assert rounds.unconfirmed(round_, state=state, holders=holders) == waits
    if waits:
        with pytest.raises(NotConfirmed):
            rounds.check_may_send(round_, state=state, holders=holders, earlier=[], now=NOW)
    else:
        rounds.check_may_send(round_, state=state, holders=holders, earlier=[], now=NOW)


ALL = dict.fromkeys(EVERY, True)
GIVEN = dict.fromkeys(EVERY, "x")


def test_no_share_leaves_after_the_last_day_or_of_what_has_ended_or_was_not_announced() -> None:
    about = a_round(0, EVERY, 100)
    for round_, at, refusal in (
        (Round(about, ALL, GIVEN), 101, TooLate),
        (Round(about, ALL, {"AR": "x", "BO": "x"}, frozenset({"BO"})), 0, RoundEnded),
        (Round(about, ALL, {"AR": "x"}, frozenset({"AR"})), 0, NotNamed),
        (Round(about, ALL, GIVEN, unsent={"AR": ()}), 0, NotNamed),
        (Round(about, ALL, {"BO": "x"}), 0, NotNamed),
    ):
        with pytest.raises(refusal):
            rounds.check_may_send(
                round_, state="AR", holders=EVERY, earlier=[], now=minutes(at)
            )  # fmt: skip


def test_a_round_of_which_a_share_never_left_has_ended_and_may_be_declared_again_with_all() -> None:
    unsent = Round(a_round(0, EVERY, 100), ALL, GIVEN, unsent={"CO": ("AR",)})
    assert rounds.standing(unsent, now=NOW) is Standing.ENDED
    again = Declared(
        b"9" * 32, "victims", "table 0", date(2025, 1, 1), date(2025, 12, 31), EVERY,
        minutes(500), minutes(600),
    )  # fmt: skip
    with pytest.raises(StillRunning):
        rounds.check_may_declare(again, earlier=[unsent], now=minutes(100))
    later = minutes(100) + rounds.APART + timedelta(seconds=1)
    rounds.check_may_declare(again, earlier=[unsent], now=later)
    with pytest.raises(AlreadyAdded):
        rounds.check_may_declare(again, earlier=[Round(unsent.declared, ALL, GIVEN)], now=later)


def test_a_round_from_which_somebody_withdrew_bars_another_until_its_last_day_has_passed() -> None:
    # Else she who withdrew would let the others go on while a share waits for a receipt that comes.
    left = Round(a_round(0, EVERY, 100), ALL, {"AR": "x"}, frozenset({"AR"}))
    with pytest.raises(StillRunning):
        rounds.check_may_declare(a_round(1, EVERY, 300), earlier=[left], now=minutes(100))
