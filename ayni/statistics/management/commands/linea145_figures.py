"""`ayni linea145_figures`: what the loaded hotline records say, counted from the database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.help.api import NobodyTakesNotices
from ayni.lib.errors import AyniError
from ayni.statistics import api as statistics
from ayni.statistics import words


class Command(BaseCommand):
    """Figures only: nothing about a person is opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("Count the loaded records of Línea 145.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose records, and in which form."""
        parser.add_argument(
            "--institution",
            default="",
            metavar="CODE",
            help=_("whose records (default: the institution that takes notices here)"),
        )
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Count."""
        try:
            found = _count(options["institution"])
        except AyniError as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.stdout.write(_("institution: %(code)s") % {"code": found["institution"]})
        for name, figure in found["figures"].items():
            base = statistics.FIGURES[name].base
            said = _("%(name)s: %(number)s")
            if base != name:
                said = _("%(name)s: %(number)s of %(all)s (%(base)s)")
            self.stdout.write(
                said
                % {
                    "name": words.FIGURES[name],
                    "number": figure["numerator"],
                    "all": figure["denominator"],
                    "base": words.FIGURES[base],
                }
            )


def _count(code: str) -> dict[str, Any]:
    try:
        institution = statistics.institution_for(code)
    except NobodyTakesNotices:
        raise statistics.NothingLoaded from None
    by = audit.job("linea145-figures", str(institution.id))
    return {"institution": institution.code, **statistics.linea145_figures(by=by)}
