"""`make bench-board`: the secretariat's board and figures over many clocks. Prints JSON.

Every page is asked for as the officer's browser does: sign-in, audit entry, template and all.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from html import unescape
from pathlib import Path
from typing import Any

from bench.measuring import each_page, say, sessions, signed_in

BOARD = "/cooperation/clocks"
LIMIT_MS = 100.0  # processor time of a page, the database's included
_NEXT = re.compile(r'rel="next" href="([^"]+)"')

# Clocks as they would lie after a year: noted over the last 360 days, referrals and requests, due
# within 7 to 36 days. Of the last 60 days most are open, of the time before one in ten, without
# word for long; the others are done, some of them late. Venezuela owes nobody anything here: a
# board without a row must not cost more than a full one.
_FILL = """
insert into cooperation_secretariatclock (
  id, owing, owed, kind, noted_at, due_at, done_at, timeliness, effort
)
select gen_random_uuid(), owing, owed, kind, noted, due,
       case when n / 11 %% 10 < (case when hours < 1440 then 7 else 1 end) then null
            else least(noted + make_interval(days => 1 + n %% 40), %(now)s) end,
       '', ''
  from (
    select n, hours, kind, owing, owed,
           %(now)s - make_interval(hours => hours) as noted,
           %(now)s - make_interval(hours => hours) + make_interval(days => 7 + n / 7 %% 30) as due
      from (
        select n, (1 + n::bigint * 7919 %% 8640)::int as hours,
               case when n %% 5 < 3 then 'referral' else 'request' end as kind,
               (%(states)s::text[])[1 + n %% 9] as owing,
               (%(states)s::text[])[1 + (n + 1 + n / 9 %% 8) %% 9] as owed
          from generate_series(%(first)s::int, %(last)s::int) as n
      ) as numbered
  ) as clocks
"""
LEAST = 6_000  # a tenth of them fills more than one page


def fill(*, first: int, last: int) -> None:
    """Clocks number `first` to `last`, the same in every run but for their ids."""
    from django.db import connection, connections

    from ayni.lib import clock
    from ayni.members import api as members

    states = [code for code in sorted(members.states()) if code != "ve"]
    now = clock.hour_up(clock.now())
    with connection.cursor() as cursor:
        values = {"states": states, "now": now, "first": first, "last": last}
        cursor.execute(_FILL, values)
    with connections["owner"].cursor() as cursor:
        # What the server does by itself after a while; no page is measured before it.
        cursor.execute("vacuum analyze cooperation_secretariatclock")


def officers() -> list[Any]:
    """One who reads the rows and the figures, one who reads the figures alone."""
    from ayni.audit import api as audit
    from ayni.lib import clock
    from ayni.members import api as members

    secretariat = members.add_institution(
        by=audit.job("bench"),
        code="secretariat",
        names={"es": "Secretaría", "pt": "Secretaria", "en": "Secretariat"},
        kind="secretariat",
        state=members.SECRETARIAT,
        stands_in="",
        time_zone="America/Montevideo",
    )
    roles = (members.Role.SECRETARIAT_OFFICER, members.Role.PRESIDENCY_OFFICER)
    rows = [
        members.User(
            email=f"{role.value}@secretariat.example",
            display_name=f"Invented {role.value}",
            role=role,
            institution=secretariat,
            password="!",  # noqa: S106 - no password can match this
            created_at=clock.now(),
            conduct=members.CONDUCT,
            conduct_at=clock.now(),
        )
        for role in roles
    ]
    return members.User.objects.bulk_create(rows)


def measure(keys: list[str], asks: int) -> dict[str, Any]:
    """Every page of the board: median and processor time in milliseconds."""
    host = "secretariat.localhost"
    rows, figures = (signed_in(host, key) for key in keys)
    following = _NEXT.search(rows(BOARD).content.decode())
    if following is None:
        raise RuntimeError("the board has no second page")
    pages = {
        "first_page": BOARD,
        "second_page": BOARD + unescape(following[1]),
        "state_page": f"{BOARD}?state=bo",
        "state_that_owes_nothing": f"{BOARD}?state=ve",
        "without_word": f"{BOARD}?silent=1",
        "state_without_word": f"{BOARD}?state=bo&silent=1",
    }
    return {**each_page(rows, pages, asks), **each_page(figures, {"figures": BOARD}, asks)}


def _fill_and_measure(clocks: int, asks: int) -> dict[str, Any]:
    from ayni.members import api as members

    people = officers()
    with members.acting(people[0].institution_id):
        keys = sessions(people)
    small = clocks // 10
    found: dict[str, Any] = {}
    for name, first, last in (("small", 1, small), ("all", small + 1, clocks)):
        say(f"{last} clocks")
        fill(first=first, last=last)
        found[name] = {"clocks": last, "pages": measure(keys, asks)}
    # Of the median, from a tenth of the clocks to all.
    found["growth"] = {
        name: round(page["median_ms"] / found["small"]["pages"][name]["median_ms"], 2)
        for name, page in found["all"]["pages"].items()
    }
    return found


def main() -> int:
    """Print the result as JSON; 0 if the limit held."""
    parser = argparse.ArgumentParser(prog="bench.board")
    parser.add_argument("--clocks", type=int, default=100_000)
    parser.add_argument("--asks", type=int, default=50, help="of each page, one at a time")
    options = parser.parse_args()
    if options.clocks < LEAST:
        parser.error(f"--clocks: at least {LEAST}, for a tenth of them must fill two pages")
    home = Path(tempfile.mkdtemp(prefix="ayni-bench-"))
    os.environ.update(AYNI_NODE="secretariat", AYNI_HOME=str(home))
    from ayni.node import home as homes

    try:
        with homes.ready(homes.resolve()):
            found = _fill_and_measure(options.clocks, options.asks)
            homes.close_connections()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    pages = found["all"]["pages"].values()
    found["ok"] = all(page["processor_ms"] <= LIMIT_MS for page in pages)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
