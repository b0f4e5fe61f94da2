"""Which help lines are shown (promise 8). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from ayni.help import lines
from ayni.lib.errors import Misconfigured

FILE = Path(lines.__file__).parent / "data" / "lines.yaml"
ALL = lines.load(FILE)
TODAY = date(2026, 11, 24)


def numbers(country: str, today: date = TODAY) -> set[str]:
    return {n for line in lines.shown(ALL, country, today) for n in line.numbers}


def test_argentina_shows_its_line_against_trafficking() -> None:
    assert numbers("ar") == {"145"}


@pytest.mark.parametrize("country", ["bo", "ve"])
def test_a_country_without_a_verified_number_shows_none(country: str) -> None:
    assert numbers(country) == set()


def test_numbers_seen_only_in_secondary_sources_are_never_shown() -> None:
    hidden = {n for line in ALL if line.mark != "V" for n in line.numbers}
    shown = {n for line in ALL for n in numbers(line.country)}
    assert {"114", "122", "*4242", "123", "190", "110"} <= hidden
    assert not {"114", "122", "*4242", "123", "190", "110"} & shown


def test_emergency_comes_first() -> None:
    assert [line.kind for line in lines.shown(ALL, "py", TODAY)][0] == "emergency"


def test_a_line_disappears_on_the_day_it_expires() -> None:
    (line,) = lines.shown(ALL, "ar", TODAY)
    assert line.expires is not None
    assert numbers("ar", line.expires - timedelta(days=1)) == {"145"}
    assert numbers("ar", line.expires) == set()


def test_a_line_is_not_shown_before_it_was_verified() -> None:
    assert numbers("ar", TODAY - timedelta(days=1)) == set()


def test_every_shown_line_has_source_and_date_of_verification() -> None:
    for line in ALL:
        if line.shown_on(TODAY):
            assert line.source
            assert line.verified_on
            assert line.verified_by


def test_only_lines_made_for_it_are_called_lines_against_trafficking() -> None:
    for line in ALL:
        says = line.purpose["es"].startswith("Línea contra la trata")
        assert says == (line.kind == "trafficking")


def test_a_source_without_a_date_counts_as_old() -> None:
    (line,) = lines.shown(ALL, "ar", TODAY)
    assert not line.source_is_old
    assert replace(line, source_date=None).source_is_old
    assert replace(line, source_date="2013-03-21").source_is_old


GOOD = """lines:
  - id: xx-1
    country: ar
    kind: police
    numbers: ["1"]
    purpose: {es: a, pt: b, en: c}
    hours: null
    body: null
    source: s
    source_date: 2026-06
    mark: V
    verified_on: 2026-11-24
    verified_by: somebody
    expires: 2027-02-22
"""


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        ("expires: 2027-02-22", "expires: 2027-02-23", "at most 90 days"),
        ("verified_by: somebody", "verified_by: null", "needs verified_on"),
        ("mark: V", 'mark: "2"', "only a line marked V"),
        ("source: s", "source: null", "a number and a source"),
        ("kind: police", "kind: anything", "unknown kind"),
        ("{es: a, pt: b, en: c}", "{es: a, en: c}", "no text in pt"),
        ("source_date: 2026-06", "source_date: June", "year-month"),
        ("    source: s\n", "", "source"),
    ],
)
def test_a_broken_row_is_refused_with_file_and_line(
    tmp_path: Path, was: str, becomes: str, reason: str
) -> None:
    path = tmp_path / "lines.yaml"
    path.write_text(GOOD)
    assert len(lines.load(path)) == 1
    path.write_text(GOOD.replace(was, becomes))
    with pytest.raises(Misconfigured, match=rf"lines\.yaml:2: .*{reason}"):
        lines.load(path)


def test_a_file_that_is_no_list_of_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines.yaml"
    path.write_text("lines: [a, a: b: c")
    with pytest.raises(Misconfigured, match=r"lines\.yaml"):
        lines.load(path)
