"""A day reads the same way in every language: the day before the month, the hour of 24."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import translation
from django.utils.formats import date_format


@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_the_third_of_december_is_not_the_twelfth_of_march(language: str) -> None:
    moment = datetime(2026, 12, 3, 13, 5)  # noqa: DTZ001
    with translation.override(language):
        assert date_format(moment, "SHORT_DATETIME_FORMAT") == "03/12/2026 13:05"


def test_english_as_it_is_read_in_south_america() -> None:
    with translation.override("en"):
        shown = date_format(datetime(2026, 12, 3, 13, 5), "DATETIME_FORMAT")  # noqa: DTZ001
    assert shown == "3 December 2026, 13:05"
