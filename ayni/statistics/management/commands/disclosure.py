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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _(
            "audit FILE: k, l and t of a file of records (CSV in UTF-8, plain or gzip), its "
            "groups, and those in which everybody has the same value. release FILE: the machine's "
            "check of a release of that file without the columns of --drop; a column that is named "
            "nowhere refuses; exit code 1 with the reasons. Both need no node and write nothing. "
            "An empty value counts as a value; NA is Namibia."
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, with which file and columns, and what is declared."""
        parser.add_argument("what", choices=["audit", "release"])
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--qi",
            required=True,
            metavar="COLUMNS",
            help=_("columns that others may know (quasi-identifiers), with commas between"),
        )
        parser.add_argument(
            "--sensitive",
            required=True,
            metavar="COLUMNS",
            help=_("columns that must not be learned, with commas between"),
        )
        parser.add_argument(
            "--drop",
            default="",
            metavar="COLUMNS",
            help=_("columns that are not to be released, and not measured"),
        )
        declared = records.RecordRules()
        for name, kind, usual, told in (
            ("k", int, declared.k, _("least size of a group (usual: %(usual)s)")),
            ("l", int, declared.l, _("least different values in a group (usual: %(usual)s)")),
            ("t", float, declared.t, _("greatest distance of a group (usual: %(usual)s)")),
        ):
            parser.add_argument(
                f"--{name}", type=kind, default=usual, metavar=name.upper(),
                help=told % {"usual": usual},
            )  # fmt: skip
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))

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
