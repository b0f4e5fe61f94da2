"""What the answer about a legal basis never says, for any question (pure)."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.norms.answers import of_legal_basis
from ayni.norms.in_force import Force, in_force
from ayni.norms.legal_basis import LegalBasis, Purpose, legal_basis
from ayni.norms.load import framework
from ayni.norms.model import Crime, Mark
from ayni.norms.resolver import Status
from ayni.norms.wording import MARKS

STATES = ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve")
two = st.lists(st.sampled_from(STATES), min_size=2, max_size=2, unique=True)
crimes = st.sampled_from(list(Crime))
some = st.lists(st.sampled_from(list(Purpose)), min_size=1, unique=True).map(tuple)
days = st.dates(date(1950, 1, 1), date(2035, 12, 31))


def _ask(states: list[str], crime: Crime, purposes: tuple[Purpose, ...], on: date) -> LegalBasis:
    return legal_basis(
        framework(),
        requesting=states[0],
        requested=states[1],
        crime=crime,
        purposes=purposes,
        on=on,
    )


@given(two, crimes, some, days)
@settings(max_examples=200, deadline=None)
def test_never_an_instrument_that_is_not_in_force_for_either(
    states: list[str], crime: Crime, purposes: tuple[Purpose, ...], on: date
) -> None:
    found = _ask(states, crime, purposes, on)

    for named in found.instruments:
        answers = [in_force(named.instrument, state, on) for state in states]
        assert all(each.force is Force.IN_FORCE for each in answers)
        assert all(each.evidence.mark is Mark.VERIFIED for each in answers)
        assert named.since <= on
        assert set(named.purposes) | set(named.to_check) <= set(purposes)


@given(two, crimes, some, days)
@settings(max_examples=200, deadline=None)
def test_what_is_in_force_is_the_same_both_ways(
    states: list[str], crime: Crime, purposes: tuple[Purpose, ...], on: date
) -> None:
    one, other = (_ask(each, crime, purposes, on) for each in (states, states[::-1]))

    assert [each.instrument.id for each in one.instruments] == [
        each.instrument.id for each in other.instruments
    ]
    assert [each.instrument.id for each in one.missing] == [
        each.instrument.id for each in other.missing
    ]


@given(two, crimes, st.permutations(list(Purpose)), st.permutations(list(Purpose)), days)
@settings(max_examples=100, deadline=None)
def test_the_order_does_not_depend_on_the_order_of_the_question(
    states: list[str], crime: Crime, one: list[Purpose], other: list[Purpose], on: date
) -> None:
    first, second = (_ask(states, crime, tuple(each), on) for each in (one, other))

    assert [each.instrument.id for each in first.instruments] == [
        each.instrument.id for each in second.instruments
    ]


@given(two, crimes, some, days)
@settings(max_examples=200, deadline=None)
def test_whatever_is_not_verified_is_marked_and_never_a_ground(
    states: list[str], crime: Crime, purposes: tuple[Purpose, ...], on: date
) -> None:
    found = _ask(states, crime, purposes, on)

    for missing in found.missing:
        forces = {answer.force for _state, answer in missing.force}
        assert forces != {Force.IN_FORCE}
        if not missing.known:
            assert any(each.status is Status.CANDIDATE for each in missing.reasons)
    for named in found.instruments:
        if named.to_check:
            assert any(each.status is Status.CANDIDATE for each in named.reasons)
    named_ids = {each.instrument.id for each in found.instruments}
    assert not named_ids & {each.instrument.id for each in found.missing}


@given(two, crimes, days, days)
@settings(max_examples=100, deadline=None)
def test_what_was_in_force_stays_so(
    states: list[str], crime: Crime, one: date, other: date
) -> None:
    early, late = sorted((one, other))
    purposes = (Purpose.ASSISTANCE, Purpose.RETURN)

    before = {each.instrument.id for each in _ask(states, crime, purposes, early).instruments}
    assert before <= {
        each.instrument.id for each in _ask(states, crime, purposes, late).instruments
    }


@given(two, crimes, some, days)
@settings(max_examples=100, deadline=None)
def test_every_value_of_the_answer_says_how_it_is_known(
    states: list[str], crime: Crime, purposes: tuple[Purpose, ...], on: date
) -> None:
    known = framework()
    told = of_legal_basis(known, _ask(states, crime, purposes, on))

    articles = [one for each in told["instruments"] for one in each["provisions"]]
    grounds = [one for rows in told["data_protection"].values() for one in rows]
    answers = [one for each in told["missing"] for one in each["states"].values()]
    rows = [*told["instruments"], *told["missing"], *told["national"]]
    for row in [*rows, *articles, *grounds, *answers]:
        assert row["verified"] is (row["mark"] == Mark.VERIFIED.value)
        assert row["how_known"] == MARKS[Mark(row["mark"])]
        assert row["source"] or not row["verified"]
    for row in [*told["instruments"], *told["missing"]]:
        assert row["mark"] == known.instruments[row["id"]].evidence.mark.value
    for row in [*told["national"], *articles]:
        assert row["mark"] == known.provisions[row["id"]].evidence.mark.value
