"""`ayni linea145_figures`: what the loaded hotline records say, counted from the database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from ayni.audit import api as audit
from ayni.help.api import NobodyTakesNotices
from ayni.lib.errors import AyniError
from ayni.statistics import api as statistics


class Command(BaseCommand):
    """Figures only: nothing about a person is opened."""

    help = "Count the loaded records of Línea 145."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose records, and in which form."""
        parser.add_argument(
            "--institution",
            default="",
            metavar="CODE",
            help="whose records (default: the institution that takes notices here)",
        )
        parser.add_argument("--json", action="store_true", help="the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count."""
        with translation.override("en"):
            try:
                found = _count(options["institution"])
            except AyniError as refused:
                raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.stdout.write(f"institution: {found['institution']}")
        for name, figure in found["figures"].items():
            base = statistics.FIGURES[name].base
            of = "" if base == name else f" of {figure['denominator']} ({base})"
            self.stdout.write(f"{name}: {figure['numerator']}{of}")


def _count(code: str) -> dict[str, Any]:
    try:
        institution = statistics.institution_for(code)
    except NobodyTakesNotices:
        raise statistics.NothingLoaded from None
    by = audit.job("linea145-figures", str(institution.id))
    return {"institution": institution.code, **statistics.linea145_figures(by=by)}
