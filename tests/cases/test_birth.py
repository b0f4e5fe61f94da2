"""Age, and that unknown counts as child."""

from __future__ import annotations

from datetime import date

import pytest

from ayni.cases.birth import (
    UNKNOWN,
    AgeStatus,
    Birth,
    Precision,
    Quality,
    age_status,
    check_possible,
    from_json,
)

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        (Birth(Precision.DATE, "2008-11-24"), AgeStatus.ADULT),
        (Birth(Precision.DATE, "2008-11-25"), AgeStatus.CHILD),
        (Birth(Precision.YEAR_MONTH, "2008-11"), AgeStatus.UNKNOWN),
        (Birth(Precision.YEAR_MONTH, "2008-10"), AgeStatus.ADULT),
        (Birth(Precision.YEAR, "2008"), AgeStatus.UNKNOWN),
        (Birth(Precision.YEAR, "2007"), AgeStatus.ADULT),
        (Birth(Precision.YEAR, "2009"), AgeStatus.CHILD),
        (Birth(Precision.AGE_BAND, "18-25", Quality.STATED, "2026-11-24"), AgeStatus.ADULT),
        (Birth(Precision.AGE_BAND, "18-25", Quality.ESTIMATED, "2026-11-24"), AgeStatus.UNKNOWN),
        (Birth(Precision.AGE_BAND, "30-40", Quality.ESTIMATED, "2026-11-24"), AgeStatus.ADULT),
        (Birth(Precision.AGE_BAND, "12-16", Quality.ESTIMATED, "2026-11-24"), AgeStatus.CHILD),
        (UNKNOWN, AgeStatus.UNKNOWN),
    ],
)
def test_age_is_told_only_when_every_possible_birth_agrees(
    birth: Birth, expected: AgeStatus
) -> None:
    assert age_status(birth, TODAY) is expected


def test_unknown_age_counts_as_child() -> None:
    assert AgeStatus.UNKNOWN.counts_as_child
    assert AgeStatus.CHILD.counts_as_child
    assert not AgeStatus.ADULT.counts_as_child


@pytest.mark.parametrize("value", ["25-18", "x", "", "18-200"])
def test_a_malformed_age_band_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json({"precision": "age_band", "value": value, "as_of": "2026-01-01"})


@pytest.mark.parametrize(
    ("precision", "value"),
    [
        ("date", "19980327"), ("date", "1998-W10-1"), ("date", "27/03/1998"),
        ("date", "1998-02-30"),
        ("year", "２０００"), ("year", "98"), ("year", "1998 "), ("year_month", "1998-3"),
        ("year_month", "1998-13"), ("age_band", "٣-٥"), ("age_band", "5-3"), ("age_band", "-1-3"),
    ],
)  # fmt: skip
def test_a_birth_is_written_in_one_way_only(precision: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"written|month|day|age band"):
        from_json({"precision": precision, "value": value, "as_of": "2026-11-24"})


@pytest.mark.parametrize(
    ("birth", "possible"),
    [
        (Birth(Precision.DATE, "2026-11-25"), True),
        (Birth(Precision.DATE, "2026-11-26"), False),
        (Birth(Precision.YEAR, "2026"), True),
        (Birth(Precision.YEAR, "3000"), False),
        (Birth(Precision.YEAR, "0001"), False),
        (Birth(Precision.YEAR, "1896"), True),
        (Birth(Precision.AGE_BAND, "0-0", Quality.STATED, "2026-11-24"), True),
        (UNKNOWN, True),
    ],
)
def test_nobody_is_born_in_the_future_or_older_than_anybody(birth: Birth, possible: bool) -> None:
    if possible:
        check_possible(birth, TODAY)
    else:
        with pytest.raises(ValueError, match="nobody"):
            check_possible(birth, TODAY)
