"""`ayni disclosure audit` and `ayni disclosure release`: what a file of records gives away."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.statistics import disclosure_words as words
from ayni.statistics.disclosure import records
from ayni.statistics.disclosure.findings import NotDisclosable, Verdict


class Command(BaseCommand):
    """Measure a file of records, or say whether it may be released; writes nothing."""

    help = (
        "ayni disclosure audit FILE --qi COLUMN,COLUMN --sensitive COLUMN [--json]: k, l and t of "
        "a file of records (CSV in UTF-8, plain or gzip), its groups, and those in which everybody "
        "has the same value. ayni disclosure release FILE ... [--drop COLUMN,COLUMN]: the check of "
        "a release of that file without the columns of --drop; a column that is named nowhere "
        "refuses; exit code 1 with the reasons. Both need no node and write nothing. An empty "
        "value counts as a value; NA is Namibia."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, with which file and columns, and what is declared."""
        parser.add_argument("what", choices=["audit", "release"])
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--qi", required=True, help="columns that others may know (quasi-identifiers)"
        )
        parser.add_argument("--sensitive", required=True, help="columns that must not be learned")
        parser.add_argument(
            "--drop", default="", help="columns that are not to be released, and not measured"
        )
        declared = records.RecordRules()
        parser.add_argument("--k", type=int, default=declared.k, help="least size of a group")
        parser.add_argument("--l", type=int, default=declared.l, help="least different values")
        parser.add_argument("--t", type=float, default=declared.t, help="greatest distance")
        parser.add_argument("--json", action="store_true", help="the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, and for a release judge; a refusal is an error of the command."""
        file: Path = options["file"]
        known, sensitive = _names(options["qi"]), _names(options["sensitive"])
        try:
            rules = records.RecordRules(options["k"], options["l"], options["t"])
            measured = records.audit_file(file, known, sensitive, _names(options["drop"]))
        except NotDisclosable as refused:
            raise CommandError(f"{file}: {words.reason(refused.finding)}") from None
        except OSError as wrong:
            raise CommandError(f"{file}: {wrong.strerror}") from None
        verdict = records.check_records(measured, rules)
        release = options["what"] == "release"
        if options["json"]:
            answer = measured.description()
            if release:
                answer = {**verdict.description(), "measured": answer}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, sort_keys=True))
        else:
            self._say(measured, verdict, release=release)
        if release and not verdict.allowed:
            raise CommandError(_("This file may not be released. Nothing was written."))

    def _say(self, measured: records.Audit, verdict: Verdict, *, release: bool) -> None:
        for line in words.measures(measured):
            self.stdout.write(line)
        if not release:
            return
        for finding in verdict.refusals:
            self.stdout.write(f"✗ {words.reason(finding)}")
        for finding in verdict.told:
            self.stdout.write(f"• {words.reason(finding)}")
        if verdict.allowed:
            self.stdout.write(
                _(
                    "The machine finds no reason against it. A second person must still review it; "
                    "nothing was written."
                )
            )


def _names(given: str) -> list[str]:
    return [name.strip() for name in given.split(",") if name.strip()]
