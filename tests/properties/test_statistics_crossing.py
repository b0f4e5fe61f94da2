"""A published table crossed against a plain reference: every number stands where its codes say; a
total is the published one or, where nothing is hidden, the sum; of what is hidden nothing is made.
"""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics import crossing
from ayni.statistics.crossing import Code
from ayni.statistics.releasing.content import Content, Line, Shown

NAMES = ("a", "b", "c")
Values = dict[tuple[Code, ...], int | None]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Shown, Values]:
    """A table of one to three columns: with every margin, or with none; some numbers hidden."""
    by = NAMES[: draw(st.integers(1, 3))]
    axes: list[list[Code]] = [[f"{name}{n}" for n in range(draw(st.integers(1, 4)))] for name in by]
    if draw(st.booleans()):
        axes = [[None, *axis] for axis in axes]
    number = st.none() | st.integers(0, 50) if draw(st.booleans()) else st.integers(0, 50)
    values: Values = {codes: draw(number) for codes in product(*axes)}
    lines = tuple(Line(codes, value) for codes, value in values.items())
    return Shown("t", by, {}, lines), values


@given(tables())
def test_every_number_stands_where_its_codes_say(told: tuple[Shown, Values]) -> None:
    table, values = told
    seen = set()
    for part in crossing.parts(table):
        found = crossing.cross(table, part)
        for (row, column), line in found.cells.items():
            codes = dict(zip(part.by, part.codes, strict=True))
            codes |= {name: c for name, c in ((found.row, row), (found.column, column)) if name}
            place = tuple(codes[name] for name in table.by)
            if place in values:
                assert line.value == values[place]
                seen.add(place)
    assert seen == set(values)


@given(tables())
def test_a_total_that_was_not_published_is_the_sum_and_needs_every_part(
    told: tuple[Shown, Values],
) -> None:
    table, values = told
    for part in crossing.parts(table):
        found = crossing.cross(table, part)
        places = list(product(found.rows, found.columns or (None,)))
        cells = {place: line.value for place, line in found.cells.items()}
        if not found.added:
            continue
        assert not any(None in codes for codes in values)
        parts = [cells[place] for place in places]
        assert None not in parts
        assert cells[None, None] == sum(each or 0 for each in parts)
        for row in found.rows if found.column else ():
            assert cells[row, None] == sum(cells[row, c] or 0 for c in found.columns)


@given(tables(), st.sampled_from(["a0", "a1", "other"]))
def test_how_many_stand_under_a_code_is_what_the_lines_say_and_no_more(
    told: tuple[Shown, Values], code: str
) -> None:
    table, values = told
    content = Content("classical", "tables", {}, {}, (table,))
    found = crossing.under(content, "a", code)
    here = [v for codes, v in values.items() if codes[0] == code]
    if not here:
        assert found is None
        return
    assert found is not None
    if any(None in codes for codes in values):
        (published,) = (v for codes, v in values.items() if codes[0] == code and not any(codes[1:]))
        assert found.count == published
    elif len(table.by) == 1:
        assert [found.count] == here
    else:
        hidden = None in values.values()
        assert found.count == (None if hidden else sum(v or 0 for v in here))


@given(tables())
def test_what_is_not_told_is_never_more_than_the_whole_nor_made_of_what_is_hidden(
    told: tuple[Shown, Values],
) -> None:
    table, values = told
    renamed = tuple(
        Line(tuple("unknown" if c == "a0" else c for c in line.codes), line.value)
        for line in table.lines
    )
    content = Content("classical", "tables", {}, {}, (Shown("t", table.by, {}, renamed),))
    for each in crossing.untold(content):
        assert each.column == "a"
        here = [v for codes, v in values.items() if codes[0] == "a0"]
        margin = [v for codes, v in values.items()
                  if codes[0] == "a0" and not any(codes[1:])]  # fmt: skip
        if any(None in codes for codes in values):
            assert [each.count] == margin
        else:
            assert each.count == (None if None in here else sum(v or 0 for v in here))
        assert each.share is None or 0 <= each.share <= 1
