"""`ayni common_ground`: for every pair of the ten states what binds both."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from ayni.lib import clock
from ayni.norms import api as norms


class Command(BaseCommand):
    """Reads what the node holds: the register that is shipped, with what states have stated and
    reviewed since. With `--shipped`, which the `ayni` command adds where there is no node, it asks
    no database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("For every pair of states and both crimes: what binds both, and the gaps.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The day, and the form of the answer."""
        parser.add_argument("--date", type=date.fromisoformat, help=_("YYYY-MM-DD; today if none"))
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))
        parser.add_argument(
            "--shipped", action="store_true", help=_("the register that is shipped alone; no node")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer."""
        on = options["date"] or clock.now().date()
        known = norms.shipped() if options["shipped"] else norms.framework()
        answer = norms.common_ground_as_data(on=on, known=known)
        if options["json"]:
            answer["register"] = norms.register_used(shipped=options["shipped"])
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            return
        for pair in answer["pairs"]:
            for matter, cell in pair["matters"].items():
                ids = ", ".join(cell["instruments"]) or "–"
                self.stdout.write(f"{pair['a']}-{pair['b']} {matter}: {ids}")
        self.stdout.write(norms.register_in_words(shipped=options["shipped"]))
