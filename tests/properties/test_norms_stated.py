"""The register with what states say of themselves, against the register alone."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.norms.in_force import Because, in_force
from ayni.norms.joined import contradictions, joined
from ayni.norms.load import framework
from ayni.norms.model import Evidence, Force, Mark, Stated

SEED = framework()
STATES = ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve")
_IDENTS = st.sampled_from(sorted(SEED.instruments))
_CODES = st.sampled_from(STATES)
_DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2030, 12, 31))
_SAID = st.builds(
    Stated,
    force=st.sampled_from(Force),
    on=_DAYS,
    seen=st.booleans(),
    evidence=st.just(Evidence("official journal", Mark.VERIFIED, "2026-11-29")),
    contested=st.booleans(),
)


@given(_IDENTS, _CODES, _CODES, _DAYS, _SAID)
def test_a_statement_changes_nothing_for_another_state_or_instrument(
    ident: str, state: str, other: str, day: date, said: Stated
) -> None:
    both = joined(SEED, [(ident, state, said)])
    for each, instrument in both.instruments.items():
        if each != ident or other != state:
            assert in_force(instrument, other, day) == in_force(SEED.instruments[each], other, day)


@given(_IDENTS, _CODES, _DAYS, _SAID)
def test_a_statement_says_of_a_day_what_it_says_and_of_others_what_the_register_says(
    ident: str, state: str, day: date, said: Stated
) -> None:
    instrument = SEED.instruments[ident]
    register = in_force(instrument, state, day)
    found = in_force(joined(SEED, [(ident, state, said)]).instruments[ident], state, day)

    if register.because is Because.NOT_AMONG_BOUND and instrument.kind == "bilateral":
        assert found == register, "nobody joins an agreement between two others by saying so"
    elif said.contested:
        assert found.force is Force.NOT_KNOWN
    elif day >= said.on and said.force is not Force.IN_FORCE:
        assert found.force is said.force
    elif day >= said.on:
        read = instrument.evidence.mark is Mark.VERIFIED
        assert found.force is (Force.IN_FORCE if read else Force.NOT_KNOWN)
        assert not read or (found.since, found.seen) == (said.on, said.seen)
    elif said.force is Force.IN_FORCE and not said.seen:
        assert found.force is Force.NOT_IN_FORCE
    else:
        assert found == register


@given(_IDENTS, _CODES, _SAID)
def test_a_contradiction_is_named_exactly_where_register_and_state_say_another_thing(
    ident: str, state: str, said: Stated
) -> None:
    instrument = joined(SEED, [(ident, state, said)]).instruments[ident]
    days = (said.on, said.on - timedelta(days=1))
    differ = [
        day
        for day in days
        if in_force(SEED.instruments[ident], state, day).force
        not in (Force.NOT_KNOWN, in_force(instrument, state, day).force)
    ]
    found = contradictions(instrument)

    assert bool(found) == (bool(differ) and not said.contested)
    for each in found:
        assert (each.state, each.stated) == (state, said)
        assert each.answer == in_force(SEED.instruments[ident], state, differ[0])


def test_without_statements_it_is_the_register_itself() -> None:
    assert joined(SEED, []) is SEED
    said = Stated(Force.IN_FORCE, date(2020, 1, 1), False, Evidence("x", Mark.VERIFIED))
    assert joined(SEED, [("no-such-instrument", "ar", said)]).instruments == SEED.instruments


@given(_CODES, _SAID, _SAID)
def test_a_statement_under_a_former_id_never_stands_above_one_under_the_id_of_today(
    state: str, former: Stated, current: Stated
) -> None:
    old, new = next(iter(sorted(SEED.former.items())))
    for both in ([(old, state, former), (new, state, current)],
                 [(new, state, current), (old, state, former)]):  # fmt: skip
        assert joined(SEED, both).instruments[new].stated[state] == current


def test_the_day_of_entry_of_the_ilo_protocol_is_no_day_of_deposit() -> None:
    """AR: in force 9 November 2017 (Ley 27.252, INFOLEG). PE: deposited 18 June 2021, in force a
    year later (ilo.org, 21 June 2021)."""
    ident = next(each for each in SEED.instruments if "p29" in each)
    instrument = SEED.instruments[ident]

    for state, day in (("ar", date(2017, 11, 9)), ("pe", date(2022, 6, 18))):
        assert in_force(instrument, state, day).force is Force.IN_FORCE
        assert in_force(instrument, state, day - timedelta(days=1)).force is Force.NOT_IN_FORCE
    assert instrument.standing["pe"].on == "2021-06-18"
    assert instrument.standing["ar"].on == ""
