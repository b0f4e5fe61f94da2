"""A time zone is named by a city, in the reader's language."""

from __future__ import annotations

import pytest

from ayni.lib.zones import city


@pytest.mark.parametrize(
    ("zone", "language", "name"),
    [
        ("America/Argentina/Buenos_Aires", "es", "Buenos Aires"),
        ("America/Asuncion", "pt-br", "Assunção"),
        ("America/Bogota", "es", "Bogotá"),
        ("America/Montevideo", "pt-br", "Montevidéu"),
        ("America/La_Paz", "en", "La Paz"),
        ("UTC", "es", "UTC"),
    ],
)
def test_a_zone_is_named_by_its_city(zone: str, language: str, name: str) -> None:
    assert city(zone, language) == name


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(LookupError):
        city("America/Nowhere", "es")
