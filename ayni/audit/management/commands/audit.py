"""`ayni audit verify [--json]`: does the audit trail of this node hold?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ayni.audit import api as audit


class Command(BaseCommand):
    """Recompute the chain of the audit trail and name its first broken link."""

    help = "ayni audit verify [--json]: recompute the audit trail; exit code 1 if it is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`verify` and the form of the answer."""
        parser.add_argument("what", choices=["verify"])
        parser.add_argument("--json", action="store_true", help="the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify; a broken chain is an error of the command."""
        verdict = audit.verify()
        broken = verdict.broken
        answer: dict[str, object] = {
            "ok": broken is None,
            "entries": verdict.entries,
            "digest": verdict.digest.hex(),
        }
        if broken is not None:
            answer["broken"] = {
                "entry": broken.number,
                "code": broken.code,
                "why": broken.why,
                "verb": broken.verb,
                "at": "" if broken.at is None else broken.at.isoformat(),
            }
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        elif broken is None:
            self.stdout.write(f"The audit trail holds: {verdict.entries} entries.")
        if broken is not None:
            about = f" ({broken.verb}, {broken.at:%Y-%m-%d %H:%M:%S} UTC)" if broken.at else ""
            raise CommandError(f"The audit trail is broken at entry {broken.number}: {broken.why}"
                               f"{about}. {verdict.entries} entries before it hold.")  # fmt: skip
