"""The engine of indicators against a reference that lists every person, and what masks may hide."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.lib.errors import Misconfigured
from ayni.statistics.indicators import asking, definition, engine
from ayni.statistics.indicators.definition import Counting, Indicator
from ayni.statistics.indicators.engine import Cell, Mask
from ayni.statistics.indicators.result import Unit
from ayni.statistics.sources import citizenships

SEXES, AGES, YEARS = ("female", "male", "other"), ("child", "adult"), ("2019", "2020")
MASK = Mask(most=4)
OWN = Mask(most=0, absent_is_zero=True)  # tallies of our own: every count is told


def _indicator(**told: Any) -> Indicator:
    words = {"en": "a", "es": "a", "pt": "a"}
    texts = dict.fromkeys(("title", "numerator", "denominator", "excluded"), words)
    return definition.build_indicator(
        {"code": "x", "unit": "share", "crime": "trafficking", **texts, "sources": told}
    )


SHARE = _indicator(
    glotip={
        "rows": {"sex": ["female", "male"], "age": ["child", "adult"]},
        "by": ["sex"],
        "part": {"sex": ["female"]},
        "missing": {"rows": {"sex": ["other"]}, "of": {"age": ["child", "adult"]}},
    }
).sources["glotip"]
RATIO = _indicator(
    glotip={
        "by": ["stage"],
        "each": ["year"],
        "lines": [{"code": "a", "rows": {"sex": ["female"]}, "of": {"sex": ["male"]}}],
    }
).sources["glotip"]

cells = st.lists(
    st.tuples(
        st.sampled_from(SEXES),
        st.sampled_from(AGES),
        st.sampled_from(YEARS),
        st.integers(0, 40),
        st.booleans(),
    ),
    max_size=25,
)
Row = tuple[str, str, str, int, bool]


def _cells(rows: list[Row]) -> list[Cell]:
    """A cell hides its number where it is below five and says so."""
    return [
        Cell({"sex": sex, "age": age, "year": year}, 0 if _hides(row) else n,
             told=int(not _hides(row)), masked=int(_hides(row)))
        for row in rows
        for sex, age, year, n, _masked in [row]
    ]  # fmt: skip


def _hides(row: Row) -> bool:
    return row[4] and row[3] < 5


def _answer(counting: Counting, rows: list[Row], over: tuple[str, ...] = ()) -> engine.Computed:
    return engine.compute(counting, {"": _cells(rows)}, over=over, mask=MASK)


@given(cells)
def test_counts_are_those_of_listing_every_person(rows: list[Row]) -> None:
    people = [
        row[0] for row in rows if row[0] != "other" and not _hides(row) for _ in range(row[3])
    ]
    found = _answer(SHARE, rows)

    told = {line.codes[0]: line.count or 0 for line in found.lines}
    for sex in ("female", "male"):
        assert told.get(sex, 0) == people.count(sex)
    assert found.headline is not None
    if people and found.headline.count is not None:
        assert found.headline.share == people.count("female") / len(people)
    assert found.total.masked_cells == sum(_hides(r) for r in rows if r[0] != "other")


@given(cells)
def test_the_truth_lies_within_the_bounds(rows: list[Row]) -> None:
    true = {sex: sum(row[3] for row in rows if row[0] == sex) for sex in ("female", "male")}
    found = _answer(SHARE, rows)

    for line in found.lines:
        assert line.most is not None
        assert line.least <= true[line.codes[0]] <= line.most
    head = found.headline
    assert head is not None
    women = [row for row in rows if row[0] == "female"]
    if not sum(true.values()) or not women:
        return
    share = true["female"] / sum(true.values())
    assert head.share_most is not None
    assert share <= head.share_most + 1e-12
    # The least has no denominator only where no number is told but masks of women.
    of_women = sum(row[3] for row in women if not _hides(row))
    of_men = sum(4 if _hides(row) else row[3] for row in rows if row[0] == "male")
    assert (head.share_least is None) == (of_women + of_men == 0)
    assert head.share_least is None or head.share_least - 1e-12 <= share


@given(cells)
def test_a_line_has_either_a_number_or_a_mask(rows: list[Row]) -> None:
    for line in _answer(SHARE, rows, ("year",)).lines:
        assert (line.count is None) == bool(line.mask)
        assert line.count is not None or line.masked_cells


@given(cells)
def test_told_by_year_the_parts_add_up_to_the_whole(rows: list[Row]) -> None:
    whole, by_year = _answer(SHARE, rows), _answer(SHARE, rows, ("year",))

    for sex in ("female", "male"):
        parts = [line.count or 0 for line in by_year.lines if line.codes[1] == sex]
        (one,) = [line.count or 0 for line in whole.lines if line.codes == (sex,)] or [0]
        assert sum(parts) == one
    for line in by_year.lines:
        ofs = [b for b in by_year.lines if b.codes[0] == line.codes[0]]
        if line.denominator is not None:
            assert line.denominator == sum(b.count or 0 for b in ofs)
    assert [line.codes for line in by_year.series] == sorted(
        {(row[2],) for row in rows if row[0] != "other"}
    )


@given(cells)
def test_a_ratio_sets_only_what_is_told_on_both_sides_against_each_other(rows: list[Row]) -> None:
    lines = _answer(RATIO, rows).lines
    if not any(row[0] == "female" for row in rows):
        assert lines == ()
        return
    (line,) = lines
    count = of = 0
    for year in YEARS:
        here = [row for row in rows if row[2] == year]
        both = [[r for r in here if r[0] == sex] for sex in ("female", "male")]
        if all(side and not any(map(_hides, side)) for side in both):
            count += sum(r[3] for r in both[0])
            of += sum(r[3] for r in both[1])

    assert (line.count or 0, line.denominator or 0) == (count, of)


@given(cells, st.permutations(range(25)))
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], order: list[int]) -> None:
    mixed = [rows[n] for n in order if n < len(rows)]

    assert _answer(SHARE, mixed, ("year",)) == _answer(SHARE, rows, ("year",))


def test_a_cell_without_any_number_leaves_the_bounds_open() -> None:
    rows = [
        Cell({"sex": "female", "age": "adult", "year": "2020"}, 0, told=0, without=1),
        Cell({"sex": "male", "age": "adult", "year": "2020"}, 9),
    ]
    found = engine.compute(SHARE, {"": rows}, mask=MASK)

    assert (found.without, found.total.most, found.lines[0].count) == (1, None, None)


@pytest.mark.parametrize(("cells", "text"), [(1, "<5"), (2, "<9"), (10, "<41")])
def test_a_sum_of_masks_says_below_what_it_is(cells: int, text: str) -> None:
    rows = [Cell({"sex": "female", "age": "adult", "year": "2020"}, 0, told=0, masked=cells)]
    (line,) = engine.compute(SHARE, {"": rows}, mask=MASK).lines

    assert (line.count, line.mask) == (None, text)


@pytest.mark.parametrize(
    "rows",
    [
        {"sex": ["all", "female"], "age": ["all"]},
        {"citizenship": ["total", "AR"]},
        {"crime": ["trafficking", "smuggling"]},
    ],
)
def test_a_definition_that_adds_what_must_not_be_added_is_refused(rows: Any) -> None:
    with pytest.raises(Misconfigured, match="never added"):
        _indicator(glotip={"rows": rows, "by": ["sex"]})


@pytest.mark.parametrize("rows", [{"sex": ["female"]}, {"crime": ["smuggling"]}])
def test_own_records_are_counted_of_the_crime_that_the_indicator_names(rows: Any) -> None:
    with pytest.raises(Misconfigured, match="say which crime is counted, trafficking"):
        _indicator(cases={"table": "persons", "rows": rows, "by": ["sex"]})


def test_the_indicators_that_are_shipped_are_whole() -> None:
    shipped = definition.indicators()

    assert {
        "share_female", "age_by_sex", "forms", "flows", "triage", "first_referral",
        "answered_on_time", "outcomes", "missing_values",
    } <= set(shipped)  # fmt: skip
    for each in shipped.values():
        assert set(each.sources) <= set(definition.sources())
        for counting in each.sources.values():
            assert (each.unit is Unit.SHARE) <= bool(counting.part or counting.lines)


NAMES = sorted(
    {name for lists in [citizenships._lists()] for name in (*lists.names, *lists.spellings)}
)


@given(st.sampled_from(NAMES), st.data())
def test_a_lost_letter_never_makes_another_country(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    spoiled = name[:place] + citizenships.LOST + name[place + 1 :]
    meant, found = (citizenships.read(text, reporting="AR").code for text in (name, spoiled))

    assert found in (meant, citizenships.Kind.UNCLEAR.value)


@given(st.text(max_size=30))
def test_whatever_is_written_becomes_a_code_or_unclear(text: str) -> None:
    found = citizenships.read(text, reporting="NA").code
    kinds = {kind.value for kind in citizenships.Kind}

    assert found in kinds or citizenships.alpha2(found) == found


def test_every_way_of_writing_namibia_is_namibia() -> None:
    for text in ("NA", "Namibia", "namibia", " NAMIBIA "):
        assert citizenships.read(text, reporting="AR").code == "NA"
    assert [citizenships.alpha2(code) for code in ("NA", "NAM", "")] == ["NA", "NA", ""]
    assert citizenships.alpha2("ZZ") == ""


# -- what is left out


SMALL = [  # sex, age, count: 20 persons, of whom 9 are counted
    ("female", "adult", 4), ("female", "child", 2), ("male", "adult", 3), ("female", "unknown", 5),
    ("male", "unknown", 1), ("other", "adult", 2), ("unknown", "adult", 1),
    ("unknown", "unknown", 2),
]  # fmt: skip


def _persons(rows: list[tuple[str, str, int]]) -> list[Cell]:
    told = {"crime": "trafficking", "form_told": "no", "side": "host"}
    return [Cell({**told, "sex": sex, "age": age}, n) for sex, age, n in rows]


def test_the_share_missing_counts_everybody_who_is_not_counted() -> None:
    counting = definition.indicators()["share_female"].sources["cases"]
    found = engine.compute(counting, {"persons": _persons(SMALL)}, mask=OWN)

    assert (found.total.count, found.missing.count, found.missing.of) == (9, 11, 20)
    assert found.missing.share == 11 / 20


def test_of_a_source_that_tells_totals_and_parts_all_that_no_part_tells_is_missing() -> None:
    """GLOTIP has no row for an unknown age: the total of a sex is more than its two ages."""
    told = [("all", "all", 100), ("female", "all", 60), ("female", "adult", 30),
            ("female", "child", 20), ("male", "all", 30), ("male", "adult", 25),
            ("other", "all", 4), ("unknown", "unknown", 6)]  # fmt: skip
    cells = [
        Cell({"measure": "detected", "split": "total", "sex": sex, "age": age}, n)
        for sex, age, n in told
    ]
    counting = definition.indicators()["share_female"].sources["glotip"]
    found = engine.compute(counting, {"": cells}, mask=MASK)
    assert (found.total.count, found.missing.count, found.missing.of) == (75, 25, 100)

    more = [*cells, Cell({**cells[2].codes}, 60)]  # the parts are more than the whole
    found = engine.compute(counting, {"": more}, mask=MASK)
    assert (found.missing.count, found.missing.share) == (None, None)


def test_by_age_and_sex_only_whose_age_or_sex_is_not_known_is_left_out() -> None:
    counting = definition.indicators()["age_by_sex"].sources["cases"]
    found = engine.compute(counting, {"persons": _persons(SMALL)}, mask=OWN)

    assert (found.total.count, found.missing.count, found.missing.of) == (11, 9, 20)


_VALUES = {
    "sex": ["female", "male", "other", "unknown"], "age": ["adult", "child", "unknown"],
    "form_told": ["yes", "no"], "side": ["host", "nationality"], "role": ["victim", "other"],
    "citizenship": ["BO", "unknown", "elsewhere"], "exploited_in": ["unknown", "PE"],
    "detected_in": ["AR"], "situation": ["emergency", "unknown"], "anonymous": ["yes", "unknown"],
    "wait": ["none", "undated", "before", "next_day", "later"], "nationality": ["BO", "missing"],
    "crime": ["trafficking", "smuggling"],
}  # fmt: skip
_WITH_MISSING = [
    (code, source)
    for code, indicator in definition.indicators().items()
    for source, counting in indicator.sources.items()
    if source in ("cases", "linea145", "htcds")
    and counting.missing is not None
    and counting.whole is None
    and counting.missing.table == counting.table
]


@pytest.mark.parametrize(("code", "source"), _WITH_MISSING)
@given(dice=st.data())
def test_who_is_counted_and_who_is_left_out_are_everybody(
    code: str, source: str, dice: st.DataObject
) -> None:
    indicator = definition.indicators()[code]
    counting = indicator.sources[source]
    assert counting.missing is not None
    rows = dice.draw(st.lists(st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in _VALUES.items()}
    ), max_size=12))  # fmt: skip
    tables = {counting.table: [Cell(codes, n) for n, codes in enumerate(rows, start=1)]}
    found = engine.compute(counting, tables, mask=OWN)

    everybody = sum(
        n for n, codes in enumerate(rows, start=1)
        if codes["crime"] == indicator.crime
        and ("role" not in counting.missing.of.only or codes["role"] == "victim")
    )  # fmt: skip
    assert found.missing.of == everybody
    assert (found.total.count or 0) + (found.missing.count or 0) == everybody


_OF_OWN_RECORDS = [
    (code, source)
    for code, indicator in definition.indicators().items()
    for source in ("cases", "linea145", "htcds")
    if source in indicator.sources
]
_ALL_VALUES = {**_VALUES, "form": ["ForcedLabour", "Other"], "year": ["2023", "2024"]}


@pytest.mark.parametrize(("code", "source"), _OF_OWN_RECORDS)
@given(dice=st.data())
def test_summed_over_what_nobody_asks_the_cells_answer_the_same(
    code: str, source: str, dice: st.DataObject
) -> None:
    counting = definition.indicators()[code].sources[source]
    over = dice.draw(st.sampled_from([(), ("year",)]))
    whole: dict[str, list[Cell]] = {}
    few: dict[str, list[Cell]] = {}
    for table in sorted({name for name, _selection in counting.selections()}):
        rows = dice.draw(st.lists(st.tuples(
            *map(st.sampled_from, _ALL_VALUES.values()), st.integers(1, 30)
        ), max_size=10))  # fmt: skip
        names = list(_ALL_VALUES)
        whole[table] = [Cell(dict(zip(names, row, strict=False)), row[-1]) for row in rows]
        few[table] = engine.summed(names, rows, asking.dimensions_of(counting, over, table))
        assert len(few[table]) <= len(rows)

    assert engine.compute(counting, few, over=over, mask=OWN) == engine.compute(
        counting, whole, over=over, mask=OWN
    )
