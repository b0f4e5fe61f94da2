"""Brings the catalogues in line with the code: `extract_messages.py --update`.

New messages get an empty translation, messages that the code no longer says are dropped, existing
translations stay. Without --update it tells what would change.
"""

from __future__ import annotations

import sys

from catalogues import LANGUAGES, extract, load, places, save


def main(arguments: list[str]) -> int:
    """0 unless something would change and --update was not given."""
    update = "--update" in arguments
    changed = 0
    for place in places():
        said = extract(place)
        for language in LANGUAGES:
            catalogue = load(place, language)
            before = {(m.id, m.context) for m in catalogue if m.id}
            after = {(m.id, m.context) for m in said if m.id}
            if before == after and not (catalogue.obsolete and update):
                continue
            changed += 1
            sys.stdout.write(
                f"{place.room} {language}: {len(after - before)} new, {len(before - after)} gone\n"
            )
            if not update:
                continue
            catalogue.update(said, no_fuzzy_matching=True)
            catalogue.obsolete.clear()
            save(place, language, catalogue)
    return 0 if update or not changed else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
