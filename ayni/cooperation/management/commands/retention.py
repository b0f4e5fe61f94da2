"""`ayni retention due`: what will be blocked and erased: a dry run. `ayni retention apply`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members


class Command(BaseCommand):
    """References and days only: whoever runs a node learns nothing about any person."""

    help = (
        "ayni retention due [--days N] [--json]: what will be blocked or erased within N days "
        "(0: tonight), a dry run. ayni retention apply [--json]: do now what is due; the worker "
        "does it every night."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, how far to look, and the form of the answer."""
        parser.add_argument("what", choices=["due", "apply"])
        parser.add_argument("--days", type=int, default=0, help="how far to look")
        parser.add_argument("--json", action="store_true", help="the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """For each institution of this node."""
        rows: list[dict[str, Any]] = []
        for institution in members.institutions(state=members.this_node()):
            by = audit.job("cases.retention", str(institution.id))
            with members.acting(institution.id):
                if options["what"] == "due":
                    rows += self._due(by, institution, options["days"])
                else:
                    rows.append(self._applied(by, institution))
        if options["json"]:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            self.stdout.write("  ".join(str(value) for value in row.values()))

    @staticmethod
    def _applied(by: audit.Actor, institution: members.Institution) -> dict[str, Any]:
        now = clock.now()
        of_cases = cases.apply_retention(by=by, now=now)
        untaken = cooperation.apply_untaken(by=by, now=now)
        blocked, erased = (sum(pair) for pair in zip(of_cases, untaken, strict=True))
        return {"institution": institution.code, "blocked": blocked, "erased": erased}

    @staticmethod
    def _due(by: audit.Actor, institution: members.Institution, days: int) -> list[dict[str, Any]]:
        today = clock.now().astimezone(ZoneInfo(institution.time_zone)).date()
        until = today + timedelta(days=days)
        every = [
            *cases.retention_due(by=by, until=until),
            *cooperation.untaken_due(by=by, until=until),
        ]
        return [
            {
                "institution": institution.code,
                "on": str(due.next.on),
                "step": str(due.next.step),
                "held": due.next.held,
                "kind": due.kind,
                "reference": due.reference,
            }
            for due in sorted(every, key=lambda due: (str(due.next.on), due.reference))
        ]
