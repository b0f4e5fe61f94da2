"""A file of records is measured, refused with reasons, and never half read."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ayni.node import command as node_command
from ayni.statistics import disclosure_words
from ayni.statistics.disclosure import records, records_file
from ayni.statistics.disclosure.findings import Check, Finding, NotDisclosable
from ayni.statistics.management.commands.disclosure import Command

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "ctdc"
REAL = SHARED / "ctdc_global_kanon11_20200414_subset.csv.gz"
QI = "yearOfRegistration,gender,ageBroad,citizenship,CountryOfExploitation"
SENSITIVE = "isSexualExploit"

# Three groups of eleven, each of one value: 11-anonymous, and whoever knows the group knows all.
FOIL = "\n".join(
    [
        f"{QI},{SENSITIVE}",
        *["2019,Female,18--20,NA,AR,1.0"] * 11,
        *["2019,Male,30--38,BO,AR,0.0"] * 11,
        *["2019,Female,,PE,,"] * 11,
    ]
)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def told(what: str, file: Path, *options: str) -> dict[str, object]:
    """The JSON that the command writes, also when it refuses."""
    out = io.StringIO()
    try:
        call_command("disclosure", what, str(file), "--json", *options, stdout=out)
    except CommandError:
        assert what == "release"
    answer: dict[str, object] = json.loads(out.getvalue())
    return answer


def asked(qi: str = QI, sensitive: str = SENSITIVE) -> tuple[str, ...]:
    return ("--qi", qi, "--sensitive", sensitive)


@pytest.fixture
def foil(tmp_path: Path) -> Path:
    file = tmp_path / "foil.csv.gz"
    file.write_bytes(gzip.compress(FOIL.encode()))
    return file


def test_the_published_file_is_eleven_anonymous_and_gives_793_groups_away() -> None:
    if not REAL.exists():
        pytest.skip("the shared file of CTDC is not here; the same path runs on a small foil")
    found = told("audit", REAL, *asked())
    assert {name: found[name] for name in ("k", "l", "t", "classes", "homogeneous")} == {
        "k": 11, "l": 1, "t": 0.84, "classes": 844, "homogeneous": 793,
    }  # fmt: skip
    refused = told("release", REAL, *asked())
    assert refused["allowed"] is False
    assert [each["code"] for each in refused["reasons"]] == [  # type: ignore[attr-defined]
        "columns_undeclared", "l_too_low", "homogeneous_classes", "t_too_high",
    ]  # fmt: skip


def test_a_file_that_is_eleven_anonymous_with_l_of_one_is_refused(foil: Path) -> None:
    found = told("audit", foil, *asked())
    assert (found["k"], found["l"], found["classes"], found["homogeneous"]) == (11, 1, 3, 3)
    assert found["t"] == 0.67
    with pytest.raises(CommandError, match="may not be released"):
        call_command("disclosure", "release", str(foil), *asked(), stdout=io.StringIO())


def test_an_empty_value_is_a_value_and_namibia_is_no_gap(foil: Path) -> None:
    found = told("audit", foil, *asked())
    held = found["sensitive"][SENSITIVE]["homogeneous_records"]  # type: ignore[index]
    assert held == {"": 11, "0.0": 11, "1.0": 11}
    with foil.open("rb") as file:
        assert b"NA,AR" in gzip.decompress(file.read())
    assert told("audit", foil, *asked(qi="citizenship"))["classes"] == 3


def test_a_mixed_file_is_allowed_by_the_machine_and_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text("sex,form\n" + "f,a\nf,b\nm,a\nm,b\n" * 6, "utf-8")
    before = sorted(tmp_path.iterdir())
    answer = told("release", file, *asked("sex", "form"))
    assert (answer["allowed"], answer["reasons"], answer["mode"]) == (True, [], "classical")
    assert answer["parameters"] == {
        "method": "k_l_t", "k": 10, "l": 2, "t": 0.5, "distance": "equal",
        "known": ["sex"], "sensitive": ["form"], "left_out": [], "undeclared": [],
    }  # fmt: skip
    assert sorted(tmp_path.iterdir()) == before


NAMED = "sex,form,name,passport\n" + "f,a,Ana,A1\nf,b,Eva,A2\nm,a,Leo,A3\nm,b,Max,A4\n" * 6


def test_a_column_that_nobody_declared_refuses_the_release_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_text(NAMED, "utf-8")
    assert told("audit", file, *asked("sex", "form"))["undeclared"] == ["name", "passport"]
    answer = told("release", file, *asked("sex", "form"))
    assert answer["allowed"] is False
    found = [(each["code"], each["where"]) for each in answer["reasons"]]  # type: ignore[attr-defined]
    assert found == [("columns_undeclared", "name, passport")]
    half = told("release", file, *asked("sex", "form"), "--drop", "name")
    assert half["allowed"] is False


def test_what_is_left_out_is_declared_and_must_be_taken_out_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_text(NAMED, "utf-8")
    answer = told("release", file, *asked("sex", "form"), "--drop", "name,passport")
    assert answer["allowed"] is True
    assert answer["parameters"]["left_out"] == ["name", "passport"]  # type: ignore[index]
    heard = [(each["code"], each["where"]) for each in answer["told"]]  # type: ignore[attr-defined]
    assert heard == [("columns_left_out", "name, passport")]
    out = io.StringIO()
    left_out = ("--drop", "name,passport")
    call_command("disclosure", "release", str(file), *asked("sex", "form"), *left_out, stdout=out)
    assert "Take them out of the file" in out.getvalue()


@pytest.mark.parametrize(("left_out", "words"), [("pasport", "no column"), ("sex", "named twice")])
def test_a_column_left_out_is_one_of_the_file_and_of_no_other_kind(
    tmp_path: Path, left_out: str, words: str
) -> None:
    file = tmp_path / "names.csv"
    file.write_text(NAMED, "utf-8")
    with pytest.raises(CommandError, match=words):
        call_command("disclosure", "release", str(file), *asked("sex", "form"), "--drop", left_out)


def test_a_row_with_more_columns_than_are_measured_is_no_row() -> None:
    with pytest.raises(ValueError, match="other columns"):
        records.audit([("f", "a", "Ana")], ["sex"], ["form"])


def test_the_command_needs_no_node() -> None:
    assert "disclosure" in node_command._WITHOUT_NODE


@pytest.mark.parametrize(("name", "value"), [("--k", "4"), ("--l", "1"), ("--t", "0.6")])
def test_a_release_below_the_platforms_floor_is_refused(foil: Path, name: str, value: str) -> None:
    with pytest.raises(CommandError, match=r"never be below|must be from"):
        call_command("disclosure", "release", str(foil), *asked(), name, value)


LONG = "x" * (records_file.LONGEST_VALUE + 1)
BAD: list[tuple[bytes, Sequence[str]]] = [
    (b"", ["no header"]),
    (b"sex,form\n", ["no record"]),
    (b"sex,form\nf,a\nf\n", ["Line 3", "1 values", "2 columns"]),
    (b"sex,other\nf,a\n", ["no column form", "sex, other"]),
    (b"sex,form,form\nf,a,b\n", ["form", "twice"]),
    (b"sex,form\nf,a\nf,Per\xfa\n", ["Line 3", "0xfa", "UTF-8"]),
    ("sex,form\nf,PerÃº\n".encode(), ["Line 2", "column form", "PerÃº"]),
    ("sex,form\nf,Per\ufffd\n".encode(), ["Line 2", "column form"]),
    (b"sex,form\nf,a\x07\n", ["Line 2", "column form"]),
    (b"sex,form\nf,a\0\n", ["Line 2", "0x00"]),
    (f"sex,form\nf,{LONG}\n".encode(), ["Line 2", "column form", "longer than 200"]),
    (b'sex,form\nf,"a\n', ["cannot be read as CSV"]),
    (b"PK\x03\x04and more", ["spreadsheet"]),
    (gzip.compress(b"sex,form\nf,a\n" * 9_000, mtime=0)[:-20], ["breaks off"]),
    (b"\x1f\x8b\x08nothing that was packed", ["breaks off"]),
]


@pytest.mark.parametrize(("content", "words"), BAD)
def test_a_bad_file_is_refused_with_line_column_and_value(
    tmp_path: Path, content: bytes, words: Sequence[str]
) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("disclosure", "audit", str(file), *asked("sex", "form"), stdout=out)
    for word in words:
        assert word in str(refused.value)
    assert out.getvalue() == ""


def test_portuguese_words_are_not_taken_for_a_wrong_encoding(tmp_path: Path) -> None:
    file = tmp_path / "good.csv"
    file.write_bytes("\ufeffsexo,país\nf,São Tomé\nf,Perú\nm,Côte d’Ivoire\n".encode())
    assert told("audit", file, *asked("sexo", "país"))["records"] == 3


def test_a_file_larger_than_the_limit_is_refused_while_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_file, "LARGEST", 10_000)
    file = tmp_path / "bomb.csv.gz"
    file.write_bytes(gzip.compress(b"sex,form\n" + b"f,a\n" * 50_000))
    with pytest.raises(CommandError, match="larger than 10000 bytes"):
        call_command("disclosure", "audit", str(file), *asked("sex", "form"))


def test_a_plain_file_larger_than_the_limit_is_refused_before_its_first_line(
    tmp_path: Path,
) -> None:
    file = tmp_path / "large.csv"
    file.write_bytes(b"no such column\n")
    with file.open("ab") as opened:
        opened.truncate(records_file.LARGEST + 1)  # a hole: nothing of it is on the disk
    with pytest.raises(CommandError, match="larger than 2000000000 bytes"):
        call_command("disclosure", "audit", str(file), *asked("sex", "form"))


@pytest.mark.parametrize("limit", ["MOST_RECORDS", "MOST_COLUMNS", "LONGEST_LINE"])
def test_each_limit_of_size_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(records_file, limit, 1)
    file = tmp_path / "small.csv"
    file.write_bytes(b"sex,form\nf,a\nm,b\n")
    with pytest.raises(CommandError):
        call_command("disclosure", "audit", str(file), *asked("sex", "form"))


def test_a_column_named_twice_and_a_file_that_is_not_there_are_refused(foil: Path) -> None:
    with pytest.raises(CommandError, match="named twice"):
        call_command("disclosure", "audit", str(foil), *asked("gender", "gender"))
    with pytest.raises(CommandError, match="no such file"):
        call_command("disclosure", "audit", str(foil.parent), *asked())


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "793 de 844 grupos"), ("pt-br", "793 de 844 grupos"), ("en", "793 of 844 groups")],
)
def test_the_reasons_are_said_in_the_readers_language(language: str, words: str) -> None:
    figures = {"homogeneous": 793, "classes": 844, "records": 31470}
    found = Finding("homogeneous_classes", Check.DIVERSITY, "isSexualExploit", figures)
    with translation.override(language):
        assert words in disclosure_words.reason(found)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("k, l and t of a file", "must not be learned", "least size of a group")),
        ("es", ("k, l y t de un archivo", "no deben conocerse", "tamaño mínimo de un grupo")),
        ("pt-br", ("k, l e t de um arquivo", "não devem ser conhecidas", "tamanho mínimo")),
    ],
)
def test_the_help_is_said_in_the_readers_language(language: str, words: tuple[str, ...]) -> None:
    with translation.override(language):
        said = " ".join(Command().create_parser("ayni", "disclosure").format_help().split())
    for told in words:
        assert told in said


def test_a_sensitive_column_is_needed() -> None:
    with pytest.raises(NotDisclosable):
        records.audit([("a",)], ["sex"], [])


rows_of_three = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from(("", "0", "1"))),
    min_size=1, max_size=40,
)  # fmt: skip


@given(rows_of_three)
def test_the_measures_are_those_of_their_definitions(rows: list[tuple[str, str, str]]) -> None:
    found = records.audit(rows, ["p", "q"], ["s"])
    groups = {row[:2]: [other[2] for other in rows if other[:2] == row[:2]] for row in rows}
    whole = [row[2] for row in rows]
    distances = [
        sum(abs(held.count(v) / len(held) - whole.count(v) / len(whole)) for v in set(whole)) / 2
        for held in groups.values()
    ]
    assert found.k == min(map(len, groups.values()))
    assert found.l == min(len(set(held)) for held in groups.values())
    assert float(found.t) == pytest.approx(max(distances))
    assert found.classes == len(groups)
    assert found.homogeneous == sum(len(set(held)) == 1 for held in groups.values())
