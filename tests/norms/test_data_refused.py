"""Broken data is refused with file, line and reason, and none of it is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ayni.norms import load, source
from ayni.norms.errors import DataRefused
from ayni.norms.load import DATA

GOOD = """
provisions:
  - id: untoc.1
    instrument: untoc
    reference: "art. 1"
    text: {es: "a", pt: "b", en: "c"}
    source: UNTC15
    mark: V
"""


def _refusal(text: str, name: str = "changed.yaml") -> str:
    files = [source.read(path) for path in sorted(DATA.rglob("*.yaml"))]
    with pytest.raises(DataRefused) as refused:
        load.from_files([*files, source.parse(text, name)])
    return str(refused.value)


def test_the_example_of_this_file_is_good() -> None:
    files = [source.read(path) for path in sorted(DATA.rglob("*.yaml"))]

    framework = load.from_files([*files, source.parse(GOOD, "good.yaml")])

    assert "untoc.1" in framework.provisions


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("mark: V", "mark: Z", 8, "is not one of"),
        ("instrument: untoc", "instrument: untok", 4, "there is no 'untok'"),
        ('pt: "b", ', "", 6, "'pt' is a required property"),
        ("untoc.1", "untoc", 3, "already in universal.yaml"),
        ("    mark: V", "    mark: V\n    colour: red", 3, "'colour' was unexpected"),
        ("    text: {es: \"a\", pt: \"b\", en: \"c\"}\n", "", 3, "needs its text"),
        ("    source: UNTC15\n", "", 3, "'source' is a required property"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_and_reason(old: str, new: str, line: int, reason: str) -> None:
    assert re.search(rf"changed\.yaml:{line}: .*{reason}", _refusal(GOOD.replace(old, new)))


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataRefused, match=r"changed\.yaml:5: the key 'instrument' stands twice"):
        source.parse(GOOD.replace("    reference", "    instrument: vccr\n    reference"),
                     "changed.yaml")  # fmt: skip


@pytest.mark.parametrize("text", ["", "provisions: [", "provisions:\n  - id: &a x\n", "a: ~"])
def test_what_is_no_plain_yaml_is_refused(text: str) -> None:
    with pytest.raises(DataRefused):
        source.parse(text, "changed.yaml")


def test_a_file_of_another_kind_is_refused() -> None:
    assert "must hold one of" in _refusal("laws: []\nsources: []\n")


def test_a_date_that_does_not_exist_is_refused() -> None:
    text = (DATA / "transfer.yaml").read_text("utf-8").replace("2026-11-30", "2026-11-31")
    files = [
        source.parse(text, path.name) if path.name == "transfer.yaml" else source.read(path)
        for path in sorted(DATA.rglob("*.yaml"))
    ]

    with pytest.raises(DataRefused, match=r"transfer\.yaml:\d+: '2026-11-31' is not a date"):
        load.from_files(files)


def test_a_state_that_says_nothing_about_a_topic_is_refused() -> None:
    text = (DATA / "states" / "ve.yaml").read_text("utf-8")
    without = "\n".join(line for line in text.splitlines() if "ve.reflection.1" not in line)
    files = [
        source.parse(without, path.name) if path.name == "ve.yaml" else source.read(path)
        for path in sorted(DATA.rglob("*.yaml"))
    ]

    with pytest.raises(DataRefused, match=r"ve\.yaml:1: says nothing about reflection"):
        load.from_files(files)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("título: ñ".encode("latin-1"))

    with pytest.raises(DataRefused, match=r"latin\.yaml:1: is not UTF-8"):
        source.read(path)


def test_country_codes_and_marks_stay_text() -> None:
    assert source.parse("a: NO\nb: 2\nc: 2015-03-14", "x.yaml").value == {
        "a": "NO",
        "b": "2",
        "c": "2015-03-14",
    }
