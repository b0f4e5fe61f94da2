"""What tables and editions give away when one is taken from the other."""

from __future__ import annotations

import pytest

from ayni.statistics.disclosure import checking, linked
from ayni.statistics.disclosure.cell_key import CellKey
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.rounding import Rounding
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
from tests.statistics.attacks.people import crossed, records
from tests.statistics.attacks.reader import Reader

RULES = Suppression(threshold=10, full=Full.SHOWN)
GROUPS = Suppression(threshold=10, secret=("form",))
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


def test_all_who_are_new_since_last_year_share_one_form_and_it_is_hidden() -> None:
    over = domain(Variable("form", FORMS), linked.edition_variable(("2023", "2024")))
    numbers = {("labour", "2023"): 65, ("sexual", "2023"): 52, ("sexual", "2024"): 12}
    counts = records(over, numbers)
    table = (Table("forms", ("form",)),)
    last = {(): 117, cell(form="labour"): 65, cell(form="sexual"): 52}
    release = Release(over, table, (Published(last, "2023"),))
    bare = {place: counts.of(place) for place in release.cells()}
    found = checking.suppressed(release, bare, GROUPS, counts)
    assert ("group_worked_out", "edition=2024, form=sexual") in {
        (each.code, each.where) for each in found
    }
    done = suppress(release, counts, GROUPS)
    assert checking.check_tables(release, done, GROUPS, counts).allowed
    known = {tuple(sorted([*each, ("edition", "2023")])): value for each, value in last.items()}
    low, high = Reader(over, {**done.values, **known}).interval(cell(form="labour", edition="2024"))
    assert (low, high >= 1) == (0, True)


def test_the_children_who_are_everybody_less_the_adults_share_one_form_and_it_is_hidden() -> None:
    over = domain(Variable("age", ("0-17", "18+"), {"adult": ("18+",)}), Variable("form", FORMS))
    counts = records(over, {("0-17", "sexual"): 12, ("18+", "labour"): 40, ("18+", "sexual"): 52})
    tables = (Table("all", ("form",)), Table("adults", ("form",), universe=cell(age="adult")))
    release = Release(over, tables)
    bare = {place: counts.of(place) for place in release.cells()}
    found = checking.suppressed(release, bare, GROUPS, counts)
    assert {(each.code, each.where) for each in found} == {
        ("group_worked_out", "age=0-17, form=sexual")
    }
    done = suppress(release, counts, GROUPS)
    assert checking.check_tables(release, done, GROUPS, counts).allowed
    low, high = Reader(over, done.values).interval(cell(age="0-17", form="labour"))
    assert (low, high >= 1) == (0, True)


def test_a_part_that_is_the_whole_of_a_group_of_labels_is_hidden() -> None:
    forms = ("domestic", "farm", "sexual")
    over = domain(Variable("form", forms, {"labour": forms[:2]}), Variable("sex", SEXES))
    counts = records(
        over,
        {("domestic", "female"): 40, ("sexual", "female"): 70, ("domestic", "male"): 20,
         ("farm", "male"): 25, ("sexual", "male"): 30},
    )  # fmt: skip
    shown = {"form": ("labour", *forms)}
    release = Release(over, (Table("forms", ("form", "sex"), labels=shown),))
    bare = {place: counts.of(place) for place in release.cells()}
    found = checking.suppressed(release, bare, GROUPS, counts)
    assert ("full_cell_shown", "form=domestic, sex=female") in {
        (each.code, each.where) for each in found
    }
    done = suppress(release, counts, GROUPS)
    assert done.hidden[cell(form="domestic", sex="female")] is Why.FULL
    assert checking.check_tables(release, done, GROUPS, counts).allowed
    assert Reader(over, done.values).interval(cell(form="farm", sex="female"))[1] >= 1


def test_a_second_edition_with_more_in_one_cell_does_not_undo_what_the_first_hid() -> None:
    over = crossed(2, 3)
    rows = [(a, b) for a in over["a"].categories for b in over["b"].categories]
    first = records(over, dict(zip(rows, [20, 3, 15, 20, 30, 11], strict=True)))
    second = records(over, dict(zip(rows, [20, 3, 15, 20, 30, 51], strict=True)))
    table = (Table("t", ("a", "b")),)
    before = suppress(Release(over, table), first, RULES)
    edition = Published(before.values, "first", revised=True)
    release = Release(over, table, (edition,))
    alone = suppress(Release(over, table), second, RULES)
    same = {
        place: value
        for place, value in before.values.items()
        if value is not None and value == second.of(place)
    }
    together = Reader(over, {**alone.values, **same}).interval(cell(a="a1", b="b2"))
    verdict = checking.check_tables(release, alone, RULES, second)
    assert verdict.allowed is (together[1] - together[0] >= 10)
    done = suppress(release, second, RULES)
    assert checking.check_tables(release, done, RULES, second).allowed
    low, high = Reader(over, {**done.values, **same}).interval(cell(a="a1", b="b2"))
    assert high - low >= 10


def test_what_was_shown_and_is_small_now_is_not_hidden_by_calling_the_edition_revised() -> None:
    over, _counts = growing()
    table = (Table("forms", ("form",)),)
    counts = records(over, {("labour", "female", "2024"): 8, ("sexual", "male", "2024"): 90})
    before = {(): 102, cell(form="labour"): 12, cell(form="sexual"): 90}
    release = Release(over, table, (Published(before, "first", revised=True),))
    hidden = {place: None for place in release.cells()}
    found = checking.suppressed(release, hidden, RULES, counts)
    assert ("edition_shows_hidden", "refuses") in {(each.code, each.weight) for each in found}
    with pytest.raises(NotDisclosable, match="cannot be hidden"):
        suppress(release, counts, RULES)


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
    found = checking.suppressed(release, values, RULES, counts)
    differs = [each for each in found if each.code == "edition_differs"]
    assert differs
    assert all(set(each.figures) == {"edition", "shown"} for each in differs)


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


@pytest.mark.parametrize("method", ["suppression", "rounding", "cell_key"])
def test_a_value_that_stands_in_no_proposed_table_refuses(method: str) -> None:
    over, counts = growing()
    release = Release(over, (Table("forms", ("form",)),))
    values = {place: counts.of(place) for place in release.cells()}
    smuggled = {**values, cell(form="labour", edition="2024", sex="female"): 3}
    if method == "suppression":
        found = checking.suppressed(release, smuggled, RULES, counts)
    elif method == "rounding":
        found = checking.rounded(release, smuggled, Rounding(5), counts)
    else:
        found = checking.perturbed(release, smuggled, CellKey(full=Full.SHOWN), counts)
    assert ("not_proposed", "edition=2024, form=labour, sex=female") in {
        (each.code, each.where) for each in found
    }
    unknown = {**values, cell(planet="Mars"): 3}
    assert "not_proposed" in {
        each.code for each in checking.suppressed(release, unknown, RULES, counts)
    }
