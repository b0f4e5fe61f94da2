"""The calendar of a post: only of countries whose public holidays are known."""

from __future__ import annotations

import re
from datetime import date

import pytest

from ayni.protocol.calendar import HolidaysUnknown, post_calendar


@pytest.mark.parametrize("country", ["XX", "QQQ", "Argentina", "?"])
def test_a_country_whose_holidays_nobody_knows_is_refused(country: str) -> None:
    with pytest.raises(HolidaysUnknown, match=re.escape(country)):
        post_calendar(country, "UTC")


def test_every_state_has_its_holidays_and_no_country_has_none() -> None:
    new_year = date(2027, 1, 1)
    for country in ("AR", "BO", "BR", "CL", "CO", "EC", "PE", "PY", "UY", "VE"):
        assert not post_calendar(country, "UTC").is_working_day(new_year), country
    assert post_calendar("", "UTC").is_working_day(new_year)
