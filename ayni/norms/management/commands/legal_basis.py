"""`ayni legal_basis`: what one state may name to another on a day."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.norms import api as norms


class Command(BaseCommand):
    """Reads what the node holds: the register that is shipped, with what states have stated and
    reviewed since. With `--shipped`, which the `ayni` command adds where there is no node, it asks
    no database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("Which legal basis one state may name to another, and what is missing.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Two states, the matter, for what, and on which day."""
        purposes = [each.value for each in norms.Purpose]
        matters = [each.value for each in norms.Crime]
        parser.add_argument("--from", dest="requesting", required=True, metavar="STATE")
        parser.add_argument("--to", dest="requested", required=True, metavar="STATE")
        parser.add_argument("--matter", required=True, choices=matters)
        parser.add_argument(
            "--purpose", choices=purposes, action="append", help=_("all of them if none is named")
        )
        parser.add_argument("--date", type=date.fromisoformat, help=_("YYYY-MM-DD; today if none"))
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))
        parser.add_argument(
            "--shipped", action="store_true", help=_("the register that is shipped alone; no node")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer."""
        known = norms.shipped() if options["shipped"] else norms.framework()
        try:
            found = norms.legal_basis(
                requesting=options["requesting"].lower(),
                requested=options["requested"].lower(),
                crime=options["matter"],
                purposes=options["purpose"] or list(norms.Purpose),
                on=options["date"] or clock.now().date(),
                known=known,
            )
        except NotFound as unknown:
            raise CommandError(
                _("%(state)s is not one of the ten states (two letters, ISO 3166-1).")
                % {"state": unknown.params.get("state", "")}
            ) from unknown
        answer = norms.legal_basis_as_data(found, known=known)
        if options["json"]:
            answer["register"] = norms.register_used(shipped=options["shipped"])
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
        else:
            self._tell(answer)
            self.stdout.write(norms.register_in_words(shipped=options["shipped"]))

    def _tell(self, answer: dict[str, Any]) -> None:
        language = norms.title_language()
        for each in answer["instruments"]:
            self.stdout.write(f"{each['title'][language]} ({each['in_force_since']})")
            for reason in each["reasons"]:
                self.stdout.write(f"  {reason['text']}")
        for each in answer["missing"]:
            self.stdout.write(_("Missing: %(title)s") % {"title": each["title"][language]})
            for text in [reason["text"] for reason in each["reasons"]] + each["settled_by"]:
                self.stdout.write(f"  {text}")
        for each in answer["warnings"]:
            self.stdout.write(_("Beware: %(text)s") % {"text": f"{each['text']} {each['note']}"})
