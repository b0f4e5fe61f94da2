"""Proposing the same again shows the same numbers: there is nothing to average."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Method, Release
from ayni.statistics.disclosure.rounding import Margins
from ayni.statistics.releasing import kept, making
from ayni.statistics.releasing.declared import declared_of
from ayni.statistics.releasing.errors import (
    EarlierProgram,
    OtherBase,
    OtherMethod,
    OtherMode,
    OtherTable,
)
from ayni.statistics.releasing.joint import Joint
from ayni.statistics.releasing.making import Inputs
from ayni.statistics.releasing.populations import population, shared
from ayni.statistics.releasing.tables import ReleaseKey
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    COUNTED,
    VICTIMS,
    Office,
    an_office,
    proposed,
    published,
    tallied,
)

pytest.importorskip("scipy", reason="releases need the extra observatory")
ROUNDED = Declared(method=Method.ROUNDING, tables=(("sex",),), years=(2022, 2023))
PROPOSALS = 50


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    """The office, with counts."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    found = an_office()
    tallied()
    yield found
    peer.stop()


Numbers = dict[tuple[object, ...], int | None]


def numbers(row: Release, office: Office) -> Numbers:
    content = statistics.open_release(by=office.eva, release_id=row.id).content
    assert content is not None
    return {
        (*sorted(table.where.items()), *sorted(zip(table.by, line.codes, strict=True), key=str)):
        line.value
        for table in content.tables
        for line in table.lines
    }  # fmt: skip


def true_counts() -> Counter[str]:
    found: Counter[str] = Counter()
    for cells in COUNTED.values():
        for (sex, _age, _nationality), number in cells.items():
            found[sex] += number
    return found


def test_fifty_proposals_averaged_tell_what_one_tells(office: Office) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    for _again in range(PROPOSALS):
        row = proposed(office.eva, ROUNDED)
        for place, value in numbers(row, office).items():
            for name, sex in place[1:]:  # type: ignore[misc]
                if name == "sex" and sex in true_counts():
                    assert value is not None
                    seen[sex].append(value)
    assert {sex: len(each) for sex, each in seen.items()} == dict.fromkeys(seen, PROPOSALS)
    off = []
    for sex, values in seen.items():
        assert set(values) == {values[0]}
        assert values[0] % 5 == 0
        off.append(abs(sum(values) / PROPOSALS - true_counts()[sex]))
    assert max(off) >= 1  # 136 and 141 are no multiples of five, and the mean tells neither
    assert ReleaseKey.objects.count() == 1


@pytest.mark.parametrize("margins", list(Margins))
def test_other_tables_years_and_thresholds_around_a_number_draw_it_no_second_time(
    office: Office, margins: Margins
) -> None:
    row = proposed(office.eva, ROUNDED)
    inputs = kept.inputs_of(row, [], [])
    found: dict[object, set[int | None]] = defaultdict(set)
    for told in _declared(margins):
        made = making.make(
            Inputs(
                columns=inputs.columns, year=inputs.year, tables=told.tables, declared=told,
                joint=inputs.joint, secret=inputs.secret, about={},
            )
        )  # fmt: skip
        assert made.content is not None
        for place, value in making.cells(made.content):
            found[place].add(value)
    assert len(found) > 10
    # Which of them are withheld depends on what stands around them; the number does not.
    assert max(len(values - {None}) for values in found.values()) == 1


def _declared(margins: Margins) -> Iterator[Declared]:
    tables: list[tuple[tuple[str, ...], ...]] = [(("sex",),)]
    if margins is Margins.INDEPENDENT:
        tables += [(("sex", "age"),), (("age",), ("sex",)), (("sex", "nationality"),)]
    else:
        tables = [(("sex", "age"),)]
    for each in tables:
        for threshold in (10, 20):
            for per_year in (False, True) if margins is Margins.INDEPENDENT else (False,):
                yield Declared(
                    method=Method.ROUNDING, tables=each, years=(2022, 2023), per_year=per_year,
                    threshold=threshold, margins=margins,
                )  # fmt: skip


HIDDEN = Declared(tables=(("sex", "age"),), years=(2022, 2023))
CHANGED = replace(HIDDEN, method=Method.CELL_KEY)


@pytest.mark.parametrize("ended", ["checked", "sent_back", "discarded"])
def test_another_method_is_refused_once_the_office_has_seen_one(office: Office, ended: str) -> None:
    """Who proposes sees no count from 1 to 9 elsewhere: two methods would tell her which it is."""
    row = proposed(office.eva, HIDDEN)
    if ended == "sent_back":
        statistics.review_release(
            by=office.mario, release_id=row.id, decision="send_back", reasons="Rounded, please.",
            sha256=row.sha256,
        )  # fmt: skip
    elif ended == "discarded":
        statistics.discard_release(by=office.eva, release_id=row.id)
    for other in (ROUNDED, CHANGED):
        with pytest.raises(OtherMethod):
            proposed(office.eva, other)
    assert proposed(office.eva, HIDDEN).method == Method.SUPPRESSION


def _of_an_earlier_program(row: Release, **told: object) -> Release:
    """The same persons, seen by another method, which an earlier program allowed."""
    names = ("population", "source", "origin", "mode", "method", "state", "about", "declared",
             "proposed_by", "proposed_at", "phase", "phase_at", "checked_at", "sha256")  # fmt: skip
    return Release.objects.create(**{**{name: getattr(row, name) for name in names}, **told})


def test_of_two_methods_that_an_earlier_program_let_be_seen_the_first_stays_open(
    office: Office,
) -> None:
    row = proposed(office.eva, HIDDEN)
    assert row.checked_at is not None
    _of_an_earlier_program(
        row, method=Method.CELL_KEY, declared=CHANGED.as_data(),
        checked_at=row.checked_at + timedelta(days=1),
    )  # fmt: skip
    assert proposed(office.eva, HIDDEN).method == Method.SUPPRESSION
    for other in (ROUNDED, CHANGED):
        with pytest.raises(OtherMethod):
            proposed(office.eva, other)


def test_what_was_published_decides_before_what_the_office_saw_first(office: Office) -> None:
    first = published(office, HIDDEN)
    assert first.checked_at is not None
    _of_an_earlier_program(
        first, method=Method.CELL_KEY, declared=CHANGED.as_data(), state="sent_back",
        checked_at=first.checked_at - timedelta(days=1),
    )  # fmt: skip
    corrected = proposed(office.eva, HIDDEN, corrects=first.id, reason="late_records")
    assert corrected.corrects_id == first.id
    with pytest.raises(OtherMode):
        proposed(office.eva, CHANGED)


def test_of_two_roundings_that_an_earlier_program_let_be_seen_the_first_stays_open(
    office: Office,
) -> None:
    row = proposed(office.eva, ROUNDED)
    assert row.checked_at is not None
    _of_an_earlier_program(
        row, declared={**row.declared, "base": 3}, checked_at=row.checked_at + timedelta(days=1)
    )
    assert proposed(office.eva, ROUNDED).declared["base"] == 5
    with pytest.raises(OtherBase):
        proposed(office.eva, replace(ROUNDED, base=3))


def test_another_method_may_follow_what_nobody_has_seen(office: Office) -> None:
    def propose(declared: Declared) -> Release:
        return statistics.propose_release(
            by=office.eva, source="linea145", population=VICTIMS, declared=declared
        )

    waits = propose(HIDDEN)
    with pytest.raises(OtherMethod):
        propose(CHANGED)
    statistics.discard_release(by=office.eva, release_id=waits.id)
    assert propose(CHANGED).method == Method.CELL_KEY


def test_another_base_of_the_same_numbers_is_refused_once_one_was_seen(office: Office) -> None:
    proposed(office.eva, ROUNDED)
    for other in ({"base": 3}, {"margins": Margins.CONTROLLED}):
        with pytest.raises(OtherBase):
            proposed(office.eva, declared_of({**ROUNDED.as_data(), **other}))


def test_another_base_is_refused_while_the_first_waits_for_the_check(office: Office) -> None:
    def propose(base: int) -> Release:
        return statistics.propose_release(
            by=office.eva, source="linea145", population=VICTIMS,
            declared=declared_of({**ROUNDED.as_data(), "base": base}),
        )  # fmt: skip

    waits = propose(5)
    with pytest.raises(OtherBase):
        propose(3)
    statistics.discard_release(by=office.eva, release_id=waits.id)  # nobody has seen its numbers
    assert propose(3).declared["base"] == 3


def test_totals_that_add_up_are_drawn_once_whatever_the_period_is_called(office: Office) -> None:
    """Nobody was named in the years before: each of these periods holds the same persons."""
    row = proposed(office.eva, ROUNDED)
    inputs = kept.inputs_of(row, [], [])
    found = set()
    for first in range(2010, 2023):
        told = Declared(
            method=Method.ROUNDING, tables=(("sex", "age"),), years=(first, 2023),
            margins=Margins.CONTROLLED,
        )  # fmt: skip
        made = making.make(replace(inputs, tables=told.tables, declared=told))
        assert made.content is not None
        found.add(tuple(value for _place, value in making.cells(made.content)))
    assert len(found) == 1


def test_totals_that_add_up_are_refused_in_another_table_or_in_years_that_meet(
    office: Office,
) -> None:
    first = Declared(
        method=Method.ROUNDING, tables=(("sex", "age"),), years=(2022, 2022),
        margins=Margins.CONTROLLED,
    )  # fmt: skip
    assert proposed(office.eva, first).sha256
    for other in ({"tables": (("sex",),)}, {"years": (2022, 2023)}, {"years": (2021, 2022)}):
        with pytest.raises(OtherTable):
            proposed(office.eva, replace(first, **other))
    assert proposed(office.eva, first).sha256
    assert proposed(office.eva, replace(first, years=(2023, 2023))).sha256


def test_who_counts_otherwise_draws_otherwise(office: Office) -> None:
    """The key is of a group of persons: what another group shows says nothing of this one."""
    one = proposed(office.eva, ROUNDED)
    secret = kept.opened(one.id).secret
    assert len(secret) == kept.SECRET_BYTES
    other = proposed(office.eva, replace(ROUNDED, tables=(("age",),)))
    assert kept.opened(other.id).secret == secret
    assert ReleaseKey.objects.get().population == one.population


def test_the_mark_of_the_counts_cannot_be_made_without_the_secret(office: Office) -> None:
    """Whoever tries every number of the few hidden persons would find a plain hash."""
    row, again = proposed(office.eva), proposed(office.eva)
    mark = kept.counts_mark(row)
    assert mark == kept.counts_mark(row)
    assert len(mark) == 64
    counts = kept.opened(row.id).joint
    assert counts is not None
    plain = json.dumps(counts.as_data(), sort_keys=True).encode()
    assert mark != hashlib.sha256(plain).hexdigest()
    assert counts == kept.opened(again.id).joint
    assert mark != kept.counts_mark(again)  # nor by proposing what they might be


def test_two_tables_of_the_same_persons_draw_the_totals_that_both_show_once() -> None:
    by_age, by_origin = map(population, ("trafficking_cases", "trafficking_cases_origins"))
    assert shared(by_age) == shared(by_origin) == ("sex", "year")
    ages = {("2024", "female", age): number for age, number in (("adult", 31), ("child", 12))}
    origins = {("2024", code, "female"): number for code, number in (("BO", 22), ("PE", 21))}
    found = set()
    for one, cells in ((by_age, ages), (by_origin, origins)):
        told = Declared(method=Method.ROUNDING, tables=(("sex",),), years=(2024, 2024))
        joint = Joint(tuple(each.name for each in one.columns), cells)
        for number in range(20):
            made = making.make(
                Inputs(
                    columns=one.columns, year=one.year, tables=told.tables, declared=told,
                    joint=joint, secret=bytes([number]) * 32, about={}, shared=shared(one),
                )
            )  # fmt: skip
            assert made.content is not None
            found |= {(number, *each) for each in making.cells(made.content)}
    places = [(number, place) for number, place, _value in found]
    assert len(places) == len(set(places))


def test_what_an_earlier_program_drew_otherwise_is_told_when_it_is_made_again(
    office: Office,
) -> None:
    row = proposed(office.eva, ROUNDED)
    assert row.declared["way"] == making.WAY
    assert statistics.rebuild_release(by=office.mario, release_id=row.id).same
    here = kept.opened(row.id)
    assert here.joint is not None
    for way, told in ((None, True), (making.WAY, False)):
        names = ("population", "source", "origin", "mode", "method", "state", "about",
                 "proposed_by", "proposed_at", "phase", "phase_at", "checked_at")  # fmt: skip
        other = Release.objects.create(
            **{name: getattr(row, name) for name in names}, sha256="0" * 64,
            declared={**declared_of(row.declared).as_data(), **({"way": way} if way else {})},
        )  # fmt: skip
        kept.seal_inputs(other, here.joint, here.secret)
        kept.keep_result(other, b"what came out then", {})
        if told:
            with pytest.raises(EarlierProgram):
                statistics.rebuild_release(by=office.mario, release_id=other.id)
        else:
            assert not statistics.rebuild_release(by=office.mario, release_id=other.id).same
