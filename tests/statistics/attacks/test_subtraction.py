"""What tables and editions give away when one is taken from the other."""

from __future__ import annotations

import pytest

from ayni.statistics.disclosure import checking, linked
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.suppressing import Full, Suppression, Why, suppress
from ayni.statistics.disclosure.tables import (
    Counts,
    Domain,
    Published,
    Release,
    Table,
    Variable,
    cell,
    domain,
)
from tests.statistics.attacks.people import records

RULES = Suppression(threshold=10, full=Full.SHOWN)
FORMS, SEXES = ("labour", "sexual"), ("female", "male")


def growing() -> tuple[Domain, Counts]:
    """A register that grew from 2023 to 2024 by 3 women exploited for labour, and by others."""
    over = domain(
        Variable("form", FORMS),
        Variable("sex", SEXES),
        linked.edition_variable(("2023", "2024")),
    )
    numbers = {
        ("labour", "female", "2023"): 40, ("labour", "female", "2024"): 3,
        ("labour", "male", "2023"): 60, ("labour", "male", "2024"): 21,
        ("sexual", "female", "2023"): 80, ("sexual", "female", "2024"): 35,
        ("sexual", "male", "2023"): 25, ("sexual", "male", "2024"): 17,
    }  # fmt: skip
    return over, records(over, numbers)


TABLE = (Table("forms", ("form", "sex")),)


def last_year(over: Domain, counts: Counts) -> Published:
    """Last year's edition, in which every count was large enough."""
    values = {}
    for place in Release(over, TABLE).cells():
        values[place] = counts.of(tuple(sorted([*place, ("edition", "2023")])))
    assert min(values.values()) >= 25
    return Published(values, edition="2023")


def test_a_table_that_is_safe_alone_is_broken_by_last_years_edition() -> None:
    over, counts = growing()
    alone = Release(over, TABLE)
    done = suppress(alone, counts, RULES)
    assert not done.hidden
    assert checking.check_tables(alone, done, RULES, counts).allowed
    beside = Release(over, TABLE, (last_year(over, counts),))
    verdict = checking.check_tables(beside, done, RULES, counts)
    assert not verdict.allowed
    found = {(each.code, each.where, each.figures["high"]) for each in verdict.refusals}
    assert found == {("recoverable", "edition=2024, form=labour, sex=female", 3)}


def test_what_last_years_edition_would_give_away_is_hidden_this_year() -> None:
    over, counts = growing()
    release = Release(over, TABLE, (last_year(over, counts),))
    done = suppress(release, counts, RULES)
    assert cell(form="labour", sex="female") in done.hidden
    assert checking.check_tables(release, done, RULES, counts).allowed


def test_everybody_less_the_adults_are_the_children() -> None:
    over = domain(
        Variable("age", ("0-17", "18-29", "30+"), {"adult": ("18-29", "30+")}),
        Variable("sex", SEXES),
    )
    numbers = {
        ("0-17", "female"): 4, ("0-17", "male"): 30, ("18-29", "female"): 50,
        ("18-29", "male"): 40, ("30+", "female"): 20, ("30+", "male"): 20,
    }  # fmt: skip
    counts = records(over, numbers)
    tables = (
        Table("everybody", ("sex",)),
        Table("adults", ("sex",), universe=cell(age="adult")),
    )
    release = Release(over, tables)
    bare = {place: counts.of(place) for place in release.cells()}
    assert min(bare.values()) >= 10
    found = checking.suppressed(release, bare, RULES, counts)
    assert {(each.code, each.where) for each in found} == {
        ("recoverable", "age=0-17, sex=female"),
    }
    done = suppress(release, counts, RULES)
    assert done.hidden
    assert checking.check_tables(release, done, RULES, counts).allowed


def test_bands_that_overlap_give_their_difference_away() -> None:
    ages = ("0-8", "9-17", "18-20", "21+")
    groups = {"0-17": ages[:2], "0-20": ages[:3]}
    over = domain(Variable("age", ages, groups))
    counts = records(over, {("0-8",): 20, ("9-17",): 30, ("18-20",): 2, ("21+",): 90})
    tables = (
        Table("children", ("age",), labels={"age": ("0-17",)}),
        Table("young", ("age",), labels={"age": ("0-20",)}),
    )
    release = Release(over, tables)
    bare = {place: counts.of(place) for place in release.cells()}
    assert min(bare.values()) >= 50
    found = checking.suppressed(release, bare, RULES, counts)
    assert {(each.code, each.where, each.figures["low"]) for each in found} == {
        ("recoverable", "age=18-20", 2)
    }
    done = suppress(release, counts, RULES)
    assert checking.check_tables(release, done, RULES, counts).allowed


def test_a_correction_of_a_few_is_hidden_and_found() -> None:
    over, counts = growing()
    table = (Table("forms", ("form",)),)
    now = {place: counts.of(place) for place in Release(over, table).cells()}
    before = {**now, cell(form="labour"): now[cell(form="labour")] - 2, (): now[()] - 2}
    release = Release(over, table, (Published(before, "first printing", revised=True),))
    found = checking.suppressed(release, now, RULES, counts)
    assert {each.code for each in found} == {"edition_small_change"}
    done = suppress(release, counts, RULES)
    assert done.hidden[cell(form="labour")] is Why.EDITION
    verdict = checking.check_tables(release, done, RULES, counts)
    assert verdict.allowed
    assert {each.code for each in verdict.findings} == {"edition_shows_hidden"}


def test_a_cell_that_was_published_cannot_be_hidden_afterwards() -> None:
    over, counts = growing()
    small = records(over, {("labour", "female", "2023"): 4, ("sexual", "male", "2023"): 90})
    table = (Table("forms", ("form",)),)
    bare = {place: small.of(place) for place in Release(over, table).cells()}
    release = Release(over, table, (Published(bare),))
    with pytest.raises(NotDisclosable) as refused:
        suppress(release, small, RULES)
    assert refused.value.finding.code == "cannot_protect"
    assert counts.records


def test_an_edition_that_counts_otherwise_is_refused_until_it_is_declared_revised() -> None:
    over, counts = growing()
    edition = last_year(over, counts)
    wrong = Published({**edition.values, cell(form="sexual", sex="male"): 26}, "2023")
    release = Release(over, TABLE, (wrong,))
    values = {place: counts.of(place) for place in release.cells()}
    codes = {each.code for each in checking.suppressed(release, values, RULES, counts)}
    assert "edition_differs" in codes


def test_margins_that_do_not_add_up_are_refused() -> None:
    over, counts = growing()
    release = Release(over, TABLE)
    bare = {place: counts.of(place) for place in release.cells()}
    without = {**bare, (): bare[()] - 3}  # a total of what is shown only, as some tools print
    found = checking.suppressed(release, without, RULES, counts)
    assert {each.code for each in found} == {"margin_wrong"}


def test_a_cell_that_was_forgotten_is_not_checked_and_refuses() -> None:
    over, counts = growing()
    release = Release(over, TABLE)
    bare = {place: counts.of(place) for place in release.cells()[1:]}
    found = checking.suppressed(release, bare, RULES, counts)
    assert "not_checked" in {each.code for each in found}
