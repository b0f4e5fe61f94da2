"""`ayni gazette verify`: is what the members have published held here as they have signed it?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.gazette import api as gazette
from ayni.gazette.api import Holding


class Command(BaseCommand):
    """Verify every entry anew; what does not hold is an error of the command."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _(
            "ayni gazette verify [--room agenda] [--json]: verify the signature of every entry "
            "that the members have published and this node holds. Prints for each member how many "
            "there are and a number that is the same on every node that holds the same; exit code "
            "1 if an entry is not as it was signed, or two contradict each other."
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, of what, and the form of the answer."""
        parser.add_argument("what", choices=["verify"])
        parser.add_argument("--room", default="", help=_("only this room's kinds, such as agenda"))
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify; print one line for each member."""
        found = gazette.verify(room=options["room"])
        good = all(each.holds for each in found)
        if options["json"]:
            answer = {"members": [_told(each) for each in found], "ok": good}
            self.stdout.write(json.dumps(answer, sort_keys=True))
        else:
            for each in found:
                self._say(each)
        if not good:
            raise CommandError(_("Not everything here is as it was signed."))
        if not options["json"]:
            self.stdout.write(_("Every entry is as its owner has signed it."))

    def _say(self, found: Holding) -> None:
        words = {"owner": found.owner, "n": found.entries, "total": gazette.in_groups(found.total)}
        self.stdout.write(_("%(owner)s: %(n)s entries, number %(total)s") % words)
        if found.missing:
            self.stdout.write(_("  versions that have not come: %(n)s") % {"n": found.missing})
        if found.doubled:
            self.stdout.write(_("✗ versions of which two differ: %(n)s") % {"n": found.doubled})
        for each in found.wrong:
            self.stdout.write(f"✗ {each.kind} {each.key} {each.version}: {each.fault.value}")


def _told(found: Holding) -> dict[str, Any]:
    return {
        "doubled": found.doubled,
        "entries": found.entries,
        "lines": found.lines,
        "missing": found.missing,
        "owner": found.owner,
        "total": found.total,
        "wrong": [
            {"fault": each.fault.value, "key": each.key, "kind": each.kind, "version": each.version}
            for each in found.wrong
        ],
    }
