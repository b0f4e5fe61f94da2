"""Compiles the catalogues of all rooms to .mo files; those that are fresh are left alone."""

from __future__ import annotations

import sys

from babel.messages.mofile import write_mo
from catalogues import LANGUAGES, load, places


def main() -> int:
    """0 when every catalogue is compiled."""
    made = 0
    for place in places():
        for language in LANGUAGES:
            source = place.catalogue(language)
            target = source.with_suffix(".mo")
            if not source.is_file():
                continue
            if target.is_file() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
                continue
            with target.open("wb") as file:
                write_mo(file, load(place, language))
            made += 1
    if made:
        sys.stderr.write(f"ayni: compiled {made} catalogues\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
