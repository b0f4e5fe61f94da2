"""Time zones as people name them: by a city."""

from __future__ import annotations

from functools import cache

from babel.core import Locale
from babel.dates import get_timezone_location


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
