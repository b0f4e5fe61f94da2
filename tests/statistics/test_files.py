"""Files of an answer: metadata keeps the rules of Frictionless, a workbook holds no formula."""

from __future__ import annotations

import io
import json
import zipfile
from copy import deepcopy
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ayni.statistics import api as statistics
from ayni.statistics.pages import files, xlsx
from tests.statistics.data_packages import problems_of, problems_of_table
from tests.statistics.glotip_world import load_glotip
from tests.statistics.workbooks import BY

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def _made(indicator: str, kind: str, *over: str) -> tuple[dict[str, Any], bytes]:
    question = statistics.Question(indicator, "glotip", statistics.area_of(), None, over)
    answer = statistics.ask_indicator(by=BY, question=question)
    with zipfile.ZipFile(io.BytesIO(files.packed(answer, kind, now=NOW, node="ar"))) as archive:
        package = json.loads(archive.read("datapackage.json"))
        return package, archive.read(package["resources"][0]["path"])


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(files.FORMATS))
def test_the_metadata_of_every_indicator_keeps_the_rules_of_frictionless(
    tmp_path: Path, kind: str
) -> None:
    if kind == "parquet" and find_spec("pyarrow") is None:
        pytest.skip("pyarrow is not installed: pip install ayni[observatory]")
    load_glotip(tmp_path, small=True)
    told = 0
    for indicator, each in statistics.indicators().items():
        if "glotip" not in each.sources:
            continue
        try:
            package, data = _made(indicator, kind)
        except statistics.NothingCounted:  # the small workbook does not hold everything
            continue
        told += 1
        assert problems_of(package) == [], indicator
        if kind == "csv":
            schema = package["resources"][0]["schema"]
            assert problems_of_table(data, schema) == [], indicator
    assert told >= 5


@pytest.mark.django_db
def test_the_rules_refuse_what_frictionless_refuses(tmp_path: Path) -> None:
    load_glotip(tmp_path, small=True)
    package, data = _made("flows", "csv")

    def refused(value: Any, *where: Any) -> bool:
        other = deepcopy(package)
        place = other
        for step in where[:-1]:
            place = place[step]
        place[where[-1]] = value
        return problems_of(other) != []

    assert refused("", "homepage")
    assert refused("", "sources", 0, "path")
    assert refused("Con Mayúsculas", "name")
    assert refused("yesterday", "created")
    assert refused("../flows.csv", "resources", 0, "path")
    assert refused("sha256:", "resources", 0, "hash")
    assert refused(["nothing"], "resources", 0, "schema", "primaryKey")
    assert refused("text", "resources", 0, "schema", "fields", 0, "type")
    assert refused("none", "licence")

    schema = package["resources"][0]["schema"]
    lines = data.decode().splitlines(keepends=True)
    assert problems_of_table("".join([*lines, lines[1]]).encode(), schema)
    assert problems_of_table("".join(lines).replace(",0,", ",zero,", 1).encode(), schema)


_CELLS = st.one_of(
    st.none(), st.text(max_size=30), st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9),
    st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "{=A1}", "http://x.invalid", "1e5", "007"]),
)  # fmt: skip


@given(st.lists(st.lists(_CELLS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_what_a_workbook_holds_is_text_and_numbers_whatever_it_begins_with(
    rows: list[list[xlsx.Cell]],
) -> None:
    made = xlsx.workbook([("Números: 2018/2020", rows)])
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    for none in ("<f>", "<f ", "hyperlink"):
        assert none not in sheet
    read = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0)
    found = {
        (at, column): value
        for at, row in enumerate(read.to_python(skip_empty_area=False))
        for column, value in enumerate(row)
    }
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                assert isinstance(found.get((at, column), ""), str), value
            elif value is not None:
                assert found[at, column] == pytest.approx(value, rel=1e-12)
    assert made == xlsx.workbook([("Números: 2018/2020", rows)])


def test_a_text_that_looks_like_a_formula_is_read_back_as_it_is() -> None:
    row = ["=1+1", "+2", "-3", "@x", "=HYPERLINK(0)", "NA", " sp ", "7"]
    made = xlsx.workbook([("One", [row]), ("Two", [["a\x00b"]])])
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    assert book.get_sheet_by_index(0).to_python() == [row]
    assert book.get_sheet_by_index(1).to_python() == [["a\ufffdb"]]


@given(st.lists(st.lists(st.sampled_from(["", "AR", "1"]), min_size=3, max_size=3), max_size=9))
def test_an_empty_text_takes_no_cell_and_every_other_stays_in_its_place(
    rows: list[list[str]],
) -> None:
    head = ["a", "b", "c"]
    made = xlsx.workbook([("Records", [head, *rows])])
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<c ") == sum(each != "" for row in [head, *rows] for each in row)
    read = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    while rows and not any(rows[-1]):
        rows = rows[:-1]  # nothing is written of them
    assert read == [head, *rows]
