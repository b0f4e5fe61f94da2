"""Time zones, as people name them by a city, and the countries that exist."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from babel.core import Locale
from babel.dates import get_timezone_location

# Codes that CLDR names and that are no country: groups, currencies' areas, pseudo-locales.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@cache
def _countries() -> frozenset[str]:
    named = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in named if len(code) == 2 and code.isalpha()) - _NO_COUNTRY


def is_country(code: str) -> bool:
    """Whether `code` is an alpha-2 code, in capitals, of a country or territory. Source: CLDR."""
    return code in _countries()


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def exists(zone: str) -> bool:
    """Whether the IANA database has a zone of this name."""
    return zone in _names()


@cache
def city(zone: str, language: str) -> str:
    """The city that names a zone, in a language of the interface; `UTC` stays `UTC`.

    `zone` is a name of the IANA database (`America/Argentina/Buenos_Aires`). Source of the words:
    Unicode CLDR. Raises LookupError for a zone that does not exist.
    """
    place = get_timezone_location(
        zone, locale=Locale.parse(language.replace("-", "_")), return_city=True
    )
    # CLDR knows some zones by an older name only and answers `Argentina/Buenos Aires`.
    return place.rpartition("/")[2]
