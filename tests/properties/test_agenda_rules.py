"""Presidencies, mandates, the checklist and which version stands, against simple references."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.agenda import checklist, mandates, meetings, standing, terms
from ayni.agenda.checklist import Mandate, Situation
from ayni.agenda.mandates import Office
from ayni.agenda.office_text import names_a_person
from ayni.agenda.standing import Version
from ayni.agenda.terms import End, Term

# The first draw of a run reads the constants of all code, which takes long on a busy machine.
calm = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
START = date(2024, 1, 1)
LENGTH = 40
offsets = st.integers(0, LENGTH)


def _day(offset: int) -> date:
    return START + timedelta(days=offset)


@st.composite
def a_term(draw: st.DrawFn) -> Term:
    begins, end = draw(offsets), draw(st.sampled_from(End))
    until = _day(begins + draw(st.integers(1, 15))) if end is End.DAY else None
    seen = None
    if end is End.UNKNOWN and draw(st.booleans()):
        seen = _day(begins + draw(st.integers(0, 15)))
    state = draw(st.sampled_from(["ar", "bo", "pe", "uy"]))
    return Term(state, _day(begins), end, until, seen, False, False, "", "V")


def _days(term: Term) -> set[int]:
    """Every day on which a term certainly presides, one by one."""
    found = set()
    for offset in range(2 * LENGTH):
        day = _day(offset)
        if day < term.begins:
            continue
        if term.end is End.DAY and term.until is not None and day >= term.until:
            continue
        if term.end is End.UNKNOWN and day > (term.seen or term.begins):
            continue
        found.add(offset)
    return found


@calm
@given(st.lists(a_term(), max_size=5))
def test_two_terms_overlap_exactly_if_they_share_a_day(found: list[Term]) -> None:
    shared = any(
        _days(one) & _days(other) for n, one in enumerate(found) for other in found[n + 1 :]
    )
    assert (terms.overlapping(found) is not None) == shared


@calm
@given(st.lists(a_term(), max_size=5), st.integers(0, 2 * LENGTH - 1))
def test_of_terms_that_do_not_overlap_one_presides_or_nobody_knows(
    found: list[Term], offset: int
) -> None:
    if terms.overlapping(found) is not None:
        return
    covering = [each for each in found if offset in _days(each)]
    who = terms.presiding(found, _day(offset))

    assert [who.term] == (covering or [None])
    begun = [each.begins for each in found if each.begins <= _day(offset)]
    assert (None if who.last is None else who.last.begins) == max(begun, default=None)


@calm
@given(st.lists(a_term(), max_size=5), a_term())
def test_a_handing_over_adds_one_term_and_shortens_at_most_the_one_before(
    found: list[Term], new: Term
) -> None:
    after = terms.handed_over(found, new)

    assert len(after) == len(found) + 1
    changed = [each for each in found if each not in after]
    assert len(changed) <= 1
    for each in changed:
        assert each.end is End.OPEN
        assert each.begins < new.begins


@calm
@given(a_term())
def test_a_term_reads_back_as_it_was_written(term: Term) -> None:
    assert terms.of_json(terms.as_json(term)) == term
    assert not terms.ends_too_early(term)


@calm
@given(
    st.lists(st.tuples(offsets, st.none() | st.integers(0, 20)), max_size=6),
    st.integers(0, LENGTH),
)
def test_the_latest_version_that_has_begun_says_which_office_it_is(
    rows: list[tuple[int, int | None]], offset: int
) -> None:
    versions = [
        Office(n, f"o{n}", "", "", _day(begins), None if length is None else _day(begins + length))
        for n, (begins, length) in enumerate(rows, start=1)
    ]
    expected = None
    for each in versions:  # in the order in which they were published
        if each.begins <= _day(offset):
            expected = None if each.until and each.until < _day(offset) else each
    assert mandates.on_day(versions, _day(offset)) == expected
    begun = [each for each in versions if each.begins <= _day(offset)]
    gone = mandates.ended(versions, _day(offset))
    assert gone == (begun[-1] if begun and expected is None else None)


states = st.sampled_from(["ar", "bo", "pe"])
functions = st.sampled_from(["main", "alternate"])


@calm
@given(
    st.sets(st.tuples(states, functions)),
    st.dictionaries(st.tuples(states, functions), st.integers(-5, 200), max_size=6),
    st.booleans(),
)
def test_the_checklist_leaves_out_nothing_and_lists_nothing_of_which_there_is_none(
    open_ended: set[tuple[str, str]], ending: dict[tuple[str, str], int], groups: bool
) -> None:
    held = {key: None for key in open_ended} | {k: _day(n) for k, n in ending.items()}
    items = checklist.open_items(
        Situation(
            START, ("ar", "bo", "pe"), ("main", "alternate"),
            tuple(Mandate(state, function, until) for (state, function), until in held.items()),
            (), ("g",) if groups else (), (),
        )
    )  # fmt: skip
    found = {each.code: set(each.about) for each in items}

    missing = {s for s in ("ar", "bo", "pe") for f in ("main", "alternate") if (s, f) not in held}
    soon = {s for (s, _f), until in held.items() if until and until <= START + checklist.SOON}
    assert found.get("functions_without_office", set()) == missing
    assert found.get("mandates_ending", set()) == soon
    assert ("groups" in found) == groups
    assert set(checklist.ALWAYS) <= set(found)
    assert all(each.about or each.code in checklist.ALWAYS for each in items)
    assert checklist.unanswered(items, dict.fromkeys(found, "handed")) == ()
    assert set(checklist.unanswered(items, dict.fromkeys(found, "later"))) == set(found)


def _version(owner: str, number: int, after: str, *, at: int = 0, usable: bool = True) -> Version:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=at)
    return Version(owner, number, after, moment, None, None, {}, usable)


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    """Versions of the secretariat and two states, each on one that came before, or on nothing."""
    refs, found = [""], []
    counts = {"secretariat": 0, "ar": 0, "bo": 0}
    for at in range(draw(st.integers(0, 8))):
        owner = draw(st.sampled_from(sorted(counts)))
        counts[owner] += 1
        each = _version(
            owner, counts[owner], draw(st.sampled_from(refs)), at=at, usable=draw(st.booleans())
        )
        found.append(each)
        refs.append(each.ref)
    return found


@calm
@given(histories().flatmap(lambda each: st.tuples(st.just(each), st.permutations(each))))
def test_which_version_stands_does_not_depend_on_the_order_in_which_they_came(
    both: tuple[list[Version], list[Version]],
) -> None:
    def may(_on: Version | None, each: Version) -> bool:
        return each.owner == "ar"

    found, mixed = both
    first = standing.stands(found, secretariat="secretariat", may=may)
    again = standing.stands(mixed, secretariat="secretariat", may=may)
    assert (first.version, first.broken) == (again.version, again.broken)
    assert {each.ref for each in first.passed_over} == {each.ref for each in again.passed_over}
    if first.version is not None:
        assert first.version.usable
        assert first.version.owner != "bo"
    own = [each for each in found if each.owner == "secretariat"]
    assert first.broken == bool(own and not own[-1].usable)


@calm
@given(histories())
def test_without_a_state_that_presides_the_secretariats_latest_version_stands(
    found: list[Version],
) -> None:
    stands = standing.stands(found, secretariat="secretariat", may=lambda _on, _each: False)
    own = [each for each in found if each.owner == "secretariat"]

    assert stands.version == (own[-1] if own and own[-1].usable else None)


def test_versions_that_name_each_other_do_not_turn_in_a_circle() -> None:
    circle = [_version("ar", 1, "ar:2"), _version("ar", 2, "ar:1"), _version("ar", 3, "ar:3")]
    stands = standing.stands(circle, secretariat="secretariat", may=lambda _on, _each: True)

    assert stands.version is None
    assert len(stands.passed_over) == 3


members_of_ten = st.sets(st.sampled_from([f"s{n}" for n in range(10)]))


@calm
@given(members_of_ten, members_of_ten, members_of_ten, st.none() | st.integers(1, 12))
def test_a_decision_stands_only_with_quorum_and_of_states_that_were_present(
    present: set[str], objections: set[str], reservations: set[str], rule: int | None
) -> None:
    quorum = meetings.needed("" if rule is None else str(rule), 10)
    decision = meetings.Decision("x", tuple(objections), tuple(reservations), "")
    found = meetings.problem(decision, present=present, quorum=quorum)

    enough = len(present) >= (10 if rule is None else rule)
    fits = objections <= present and reservations <= present and not objections & reservations
    assert (found is None) == (enough and fits)
    assert (found is meetings.Problem.NO_QUORUM) == (not enough)
    assert decision.adopted == (not objections)
    assert meetings.of_json(meetings.as_json([decision])) == (decision,)


@pytest.mark.parametrize(
    "text",
    [
        "Sra. Inventada Mamani", "dr Inventado", "Lic. Inventada", "persona@ejemplo.example",
        "+591 2 555 0000", "llamar al 011 5555-0000", "Señora Inventada",
    ],
)  # fmt: skip
def test_what_looks_like_a_person_is_seen(text: str) -> None:
    assert names_a_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dirección General de Lucha contra la Trata", "Resolución 12/2026 de 2026-03-01",
        "Ley 263 de 31/07/2012, art. 7", "DS 007-2023-IN", "Línea 145",
        "rutadigital.info 16/08/2024",
        "Secretaria Nacional de Justiça", "Viceministerio de Justicia y Derechos Fundamentales",
    ],
)  # fmt: skip
def test_offices_acts_and_sources_are_not_taken_for_persons(text: str) -> None:
    assert not names_a_person(text)
