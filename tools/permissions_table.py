"""Print docs/reference/permissions.md: every route × every role × own or other institution."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHORT = {
    "consular_officer": "officer",
    "case_supervisor": "supervisor",
    "national_focal_point": "focal point",
    "service_provider": "service",
    "secretariat_officer": "secretariat",
    "presidency_officer": "presidency",
    "data_protection_officer": "data protection",
    "validating_authority": "authority",
    "statistician": "statistician",
    "node_administrator": "administrator",
}
HEAD = """# Who may open what

Generated from `ayni/config/doors.py` and `ayni/members/roles.py` by
`python tools/check_documents.py --write`; `make check` fails when it is stale, and when a route has
no row. `tests/config/test_doors.py` asks every cell of the pages for officers through HTTP.

* **yes**: opens. A page with nobody's thing in its address shows what is of the reader's own
  institution only; row-level security repeats that in the database.
* **own cases**: opens for the officer to whom the case is assigned or who was let in; to a
  colleague it is closed (403), with a page that says why and what to do.
* **no**: refused (403), whichever institution the thing belongs to; nothing is read or changed.
* **yes / not there**: opens for what is of the own institution; what is of another one does not
  exist for the reader (404).
* **recorded**: whether opening the page, or sending its form, leaves an entry in the audit trail;
  if not, why. `tests/config/test_recorded.py` asks every page, and counts.

The words of a cell are about the door. What a role may do behind it is checked again by each verb,
by what state the thing is in, and by consent.
"""


def begin() -> None:
    """Settings for reading code; Argentina's node has every route."""
    home = Path(tempfile.mkdtemp(prefix="ayni-doors-"))
    (home / "secrets").mkdir(mode=0o700)
    key = home / "secrets" / "django.key"
    key.touch(mode=0o600)
    key.write_text(secrets.token_urlsafe(40))
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    os.environ.update(
        AYNI_NODE="ar",
        AYNI_HOME=str(home),
        AYNI_DEMO="false",
        DATABASE_URL=nowhere,
        AYNI_OWNER_DATABASE_URL=nowhere,
        DJANGO_SETTINGS_MODULE="ayni.config.settings",
    )
    import django

    django.setup()


def table() -> str:
    """The whole document. Exits with a sentence for a route without a row, or a row without one."""
    from django.urls import get_resolver
    from django.utils import translation

    from ayni.config.doors import BY_PROOF, DOORS, Cell, Who, cell, routes
    from ayni.members.api import ROLE_NAMES, Role

    translation.activate("en")
    known = dict(routes(get_resolver().url_patterns))
    without = sorted(set(known) - set(DOORS))
    if without:
        sys.exit(f"no row in ayni/config/doors.py for: {', '.join(without)}")
    gone = sorted(set(DOORS) - set(known))
    if gone:
        sys.exit(f"ayni/config/doors.py has rows for routes that are gone: {', '.join(gone)}")
    elsewhere = (Who.ANYBODY, *BY_PROOF, Who.NOBODY)
    lines = [HEAD, "| short | role |", "|---|---|"]
    lines += [f"| {SHORT[role]} | {ROLE_NAMES[role]} |" for role in Role]
    lines += ["", "## Pages for officers", ""]
    lines.append(f"| route | address | {' | '.join(SHORT[role] for role in Role)} | recorded |")
    lines.append(f"|---|---|{'---|' * len(Role)}---|")
    for name in known:
        door = DOORS[name]
        if door.who in elsewhere:
            continue
        cells = []
        for role in Role:
            own, other = cell(door, role, own=True), cell(door, role, own=False)
            has_none = role is Role.NODE_ADMINISTRATOR
            both = own if own is other or has_none else f"{own} / {other}"
            cells.append(f"**{both}**" if own in (Cell.OPENS, Cell.HERS) else str(both))
        cells.append(f"no: {door.unrecorded}" if door.unrecorded else "yes")
        lines.append(f"| `{name}` | `/{_plain(known[name])}` | {' | '.join(cells)} |")
    lines += ["", "## Pages for everybody, for other nodes, and what is turned off", ""]
    lines += ["| route | address | for whom |", "|---|---|---|"]
    for name, address in known.items():
        if DOORS[name].who in elsewhere:
            lines.append(f"| `{name}` | `/{_plain(address)}` | {DOORS[name].who} |")
    return "\n".join(lines) + "\n"


def _plain(address: str) -> str:
    return address.replace("|", "\\|")


if __name__ == "__main__":
    begin()
    sys.stdout.write(table())
