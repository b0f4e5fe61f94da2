"""Who may take part in which sum over states, how a round stands, what its sum must be. Pure.

A round names its states and what is counted before anybody gives anything, and never loses one:
either all of them give their share, or the round ends without a sum and a new one begins. Nobody
ever tells the secrets of a state that has dropped out: who adds could say of anybody that she has.

A share leaves its state only when all others of the round are known to hold its announcement
(`check_may_send`), and never after the last day; another round of the same persons begins only
`APART` after that day. So whoever gives to the other round knows of every share that has left. It
needs clocks that are less than `APART` away from one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from ayni.statistics.masked.errors import (
    AlreadyAdded,
    AlreadyGiven,
    NotAgreed,
    NotConfirmed,
    NotNamed,
    NotWholeYears,
    PeriodReversed,
    RoundEnded,
    ShareNotCommitted,
    SomebodyLeftOut,
    StillRunning,
    SumImplausible,
    TooFarOff,
    TooFewStates,
    TooLate,
)
from ayni.statistics.masked.layout import Layout
from ayni.statistics.masked.masks import LARGEST_COUNT, commitment

LEAST_STATES = 3
LONGEST = timedelta(days=180)  # from now to the last day; who gives is bound so long at most
APART = timedelta(hours=1)  # how far two clocks may be from each other; far above AHEAD of messages


class Standing(StrEnum):
    """How a round stands, by what its states have said."""

    ASKED = "asked"  # somebody has not said yet whether she takes part
    AGREED = "agreed"  # all take part; not all shares are announced
    GIVEN = "given"  # every share is announced: the sum exists or is on its way
    ENDED = "ended"  # without a sum: somebody did not take part, withdrew, or let the day pass


@dataclass(frozen=True, slots=True)
class Declared:
    """What the secretariat has declared: `digest` is SHA-256 of the very words, 32 bytes.

    `population`: who is counted; the same persons are counted in every table of a population.
    `first`, `last`: days, both within the period.
    """

    digest: bytes
    population: str
    table: str
    first: date
    last: date
    states: tuple[str, ...]
    answer_due: datetime
    share_due: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """A declared round and what its states have published, each for itself.

    `takes_part`: state -> whether it does; absent: not said yet. `announced`: state -> commitment
    to its share. `withdrew`: states that took back what they gave, which ends the round;
    given it stays. `reasons`: state -> why it does not take part, where it has said so. `unsent`:
    state whose announced share has never left it, as it says -> states that had not confirmed the
    announcement by the last day; it ends the round.
    """

    declared: Declared
    takes_part: Mapping[str, bool] = field(default_factory=dict)
    announced: Mapping[str, str] = field(default_factory=dict)
    withdrew: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)
    unsent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def whole_years(about: Declared) -> tuple[int, int]:
    """First and last year of a round. Raises `NotWholeYears`: nodes count cases by years."""
    first, last = about.first, about.last
    if (first.month, first.day, last.month, last.day) != (1, 1, 12, 31):
        raise NotWholeYears
    return first.year, last.year


def standing(round_: Round, *, now: datetime) -> Standing:
    """How a round stands at a moment."""
    states = round_.declared.states
    if round_.unsent:
        return Standing.ENDED
    if all(state in round_.announced for state in states):
        return Standing.GIVEN  # whoever withdraws after that: the sum may have been made
    if round_.withdrew or any(round_.takes_part.get(state) is False for state in states):
        return Standing.ENDED
    if all(round_.takes_part.get(state) for state in states):
        return Standing.ENDED if now > round_.declared.share_due else Standing.AGREED
    return Standing.ENDED if now > round_.declared.answer_due else Standing.ASKED


def missing(round_: Round) -> list[str]:
    """States that have given nothing yet, in order: what a new round would have to do without."""
    return [state for state in round_.declared.states if state not in round_.announced]


def check_may_declare(declared: Declared, *, earlier: Iterable[Round], now: datetime) -> None:
    """Refuse a round whose sum could tell of one state, beside another one.

    `earlier`: every other round that is known. Raises `TooFewStates`, `PeriodReversed`,
    `TooFarOff`, `AlreadyAdded`, `SomebodyLeftOut`, `StillRunning`.
    """
    if len(set(declared.states)) < LEAST_STATES:
        raise TooFewStates()
    if declared.last < declared.first:
        raise PeriodReversed()
    if declared.share_due > now + LONGEST:
        raise TooFarOff()
    for other in earlier:
        if other.declared.digest != declared.digest and _meet(other.declared, declared):
            _check_beside(declared, other, now)


def _meet(one: Declared, other: Declared) -> bool:
    """Whether somebody may be counted in both."""
    return (
        one.population == other.population and one.first <= other.last and other.first <= one.last
    )


def _check_beside(declared: Declared, other: Round, now: datetime) -> None:
    # Every table of a population has the same total: with other states, or other days, the
    # difference of two totals is what one state, or one month, has.
    about = other.declared
    if not other.announced or about.share_due > now + LONGEST:
        return  # no honest state has given anything to it
    same_period = (about.first, about.last) == (declared.first, declared.last)
    complete = all(state in other.announced for state in about.states)
    added = complete and not other.unsent
    if not same_period or (added and about.table == declared.table):
        raise AlreadyAdded(round=about.digest.hex())
    # Also where somebody took part and withdrew: another state's share may be about to leave, and
    # its announcement on its way here.
    if not added and now <= about.share_due + APART:
        raise StillRunning(round=about.digest.hex())
    # Who colludes may have given without announcing it: so the sum may exist. Then every honest
    # state of it has announced, all of them know it, and must be in this one; nobody new may join.
    least = set(about.states) if complete else set(other.announced)
    if not least <= set(declared.states) <= set(about.states):
        raise SomebodyLeftOut(states=sorted(set(about.states) ^ set(declared.states)))


def check_may_take_part(
    round_: Round, *, state: str, earlier: Iterable[Round], now: datetime
) -> None:
    """Refuse taking part. Raises what `check_may_declare` does, `NotNamed` and `TooLate`."""
    if state not in round_.declared.states:
        raise NotNamed()
    if standing(round_, now=now) is not Standing.ASKED:
        raise TooLate()
    check_may_declare(round_.declared, earlier=earlier, now=now)


def check_not_given(round_: Round, *, state: str) -> None:
    """Refuse giving twice. Raises `NotNamed`, `AlreadyGiven`."""
    if state not in round_.declared.states:
        raise NotNamed()
    if state in round_.announced:
        raise AlreadyGiven()


def check_may_give(round_: Round, *, state: str, earlier: Iterable[Round], now: datetime) -> None:
    """Refuse giving a share twice, before all have said that they take part, or after the last day.

    Raises `NotNamed`, `AlreadyGiven`, `NotAgreed`, `TooLate`, what `check_may_declare` does.
    """
    check_not_given(round_, state=state)
    if standing(round_, now=now) is not Standing.AGREED:
        raise NotAgreed() if now <= round_.declared.share_due else TooLate()
    check_may_declare(round_.declared, earlier=earlier, now=now)


def unconfirmed(round_: Round, *, state: str, holders: Iterable[str]) -> list[str]:
    """States for which the share of `state` still waits, in order: all others of the round that
    are not among the `holders` of its announcement."""
    there = {state, *holders}
    return [each for each in round_.declared.states if each not in there]


def check_may_send(
    round_: Round, *, state: str, holders: Iterable[str], earlier: Iterable[Round], now: datetime
) -> None:
    """Refuse letting a share leave its state.

    `holders`: nodes that are known to hold the state's announcement. Raises `NotNamed` (nothing is
    announced, or it was taken back), `TooLate` after the last day, which is for good,
    `NotConfirmed` while one of the others is not known to hold it, `RoundEnded` where it has
    ended, and what `check_may_declare` does beside what is known of other rounds by now.
    """
    if state not in round_.announced or state in round_.withdrew or state in round_.unsent:
        raise NotNamed()
    if now > round_.declared.share_due:
        raise TooLate()
    if standing(round_, now=now) not in (Standing.AGREED, Standing.GIVEN):
        raise RoundEnded()
    if waits := unconfirmed(round_, state=state, holders=holders):
        raise NotConfirmed(states=waits)
    check_may_declare(round_.declared, earlier=earlier, now=now)


def check_may_decline(round_: Round, *, state: str, now: datetime) -> None:
    """Refuse saying no to what has ended, or after the own part was announced (that is taken back
    by withdrawing). Raises `NotNamed`, `TooLate`."""
    if state not in round_.declared.states:
        raise NotNamed()
    if standing(round_, now=now) in (Standing.ENDED, Standing.GIVEN) or state in round_.announced:
        raise TooLate()


def check_may_withdraw(round_: Round, *, state: str) -> None:
    """Refuse withdrawing what was not given, or when every part is given and the sum may be made.
    Raises `NotNamed`, `TooLate`."""
    if state not in round_.announced or state in round_.withdrew:
        raise NotNamed()
    if round_.unsent or all(each in round_.announced for each in round_.declared.states):
        raise TooLate()


def check_share(round_: Round, *, state: str, share: bytes) -> None:
    """Refuse a share that its state has not announced. Raises `NotNamed`, `ShareNotCommitted`."""
    if state not in round_.declared.states:
        raise NotNamed()
    digest = round_.declared.digest
    if round_.announced.get(state) != commitment(share, state=state, round_digest=digest):
        raise ShareNotCommitted(state=state)


def check_sum(row: Sequence[int], *, layout: Layout, states: int) -> None:
    """Refuse a sum that no true shares could give. Raises `SumImplausible`.

    A share under wrong masks leaves random cells: that they pass has a chance below 2**-20 for
    each cell. A state that lies with a table that adds up is not noticed (ADR 0079).
    """
    if any(not 0 <= cell <= states * LARGEST_COUNT for cell in row) or not layout.adds_up(row):
        raise SumImplausible()
