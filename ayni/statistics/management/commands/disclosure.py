"""`ayni disclosure`: what a file of records gives away; releases from proposal to rebuilding."""

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
from ayni.statistics.management import release_verbs


class Command(BaseCommand):
    """Measuring a file needs no node; what is done to a release is done by an officer, who shows at
    the terminal that she or he is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _(
            "audit FILE --qi COLUMN,COLUMN --sensitive COLUMN: k, l and t of a file of records "
            "(CSV in UTF-8, plain or gzip). release FILE: the machine's check of that file; exit "
            "code 1 with the reasons if it is refused. Both need no node and write nothing. On a "
            "node: propose, check, review, publish, withdraw, discard and rebuild a release, list "
            "them, and show the ledger of what was spent. An empty value counts as a value; NA is "
            "Namibia."
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, with which file or release, and what is declared."""
        parser.add_argument("what", choices=["audit", "release", *release_verbs.VERBS])
        parser.add_argument(
            "file", nargs="?", type=Path, metavar="FILE|RELEASE", help=_("a file, or a release")
        )
        parser.add_argument(
            "--qi",
            default="",
            metavar="COLUMNS",
            help=_("columns that others may know (quasi-identifiers), with commas between"),
        )
        parser.add_argument(
            "--sensitive",
            default="",
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
        release_verbs.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, and for a release judge; a refusal is an error of the command."""
        if options["what"] in release_verbs.VERBS:
            release_verbs.Verbs(self, options).run(options["what"])
            return
        file: Path | None = options["file"]
        if file is None or not options["qi"] or not options["sensitive"]:
            raise CommandError(_("Name the file, --qi and --sensitive."))
        known = release_verbs.names_of(options["qi"])
        sensitive = release_verbs.names_of(options["sensitive"])
        try:
            rules = records.RecordRules(options["k"], options["l"], options["t"])
            measured = records.audit_file(
                file, known, sensitive, release_verbs.names_of(options["drop"])
            )
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
