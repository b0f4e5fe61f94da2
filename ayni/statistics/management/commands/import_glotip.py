"""`ayni import_glotip FILE`: UNODC's workbook becomes an edition that can be counted."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from ayni.audit import api as audit
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.statistics import api as statistics

BY = "import-glotip"


class Command(BaseCommand):
    """The workbook is checked whole before anything is loaded; a second run adds nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("Load UNODC's GLOTIP workbook, to be counted.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The workbook, and which of its sheets."""
        parser.add_argument("file", type=Path, metavar="FILE", help=_("the workbook (.xlsx)"))
        parser.add_argument(
            "--sheet",
            default=statistics.GLOTIP_SHEET,
            metavar="NAME",
            help=_("the sheet with the table (default: %(sheet)s)")
            % {"sheet": statistics.GLOTIP_SHEET},
        )
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what became of it."""
        try:
            imported = _load(options["file"], options["sheet"])
        except AyniError as refused:
            raise CommandError(str(refused)) from refused
        edition = imported.edition
        if options["json"]:
            answer = {
                "edition": str(edition.id),
                "file": edition.file,
                "sha256": edition.digest,
                "data_date": edition.dated.isoformat(),
                "rows": edition.rows,
                "added": imported.added,
                "masked": edition.masked,
                "without_count": edition.without_count,
                "log": imported.remarks,
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self._say(imported)

    def _say(self, imported: Any) -> None:
        edition = imported.edition
        if not imported.added:
            self.stdout.write(_("nothing was added: this very file is loaded already"))
        self.stdout.write(
            _(
                "%(file)s: data of %(date)s, %(rows)s rows, %(added)s added, %(masked)s of them "
                "masked (<5), %(without)s hold no count"
            )
            % {
                "file": edition.file,
                "date": edition.dated.isoformat(),
                "rows": edition.rows,
                "added": imported.added,
                "masked": edition.masked,
                "without": edition.without_count,
            }
        )
        for why, times in imported.remarks.items():
            self.stdout.write(
                _("log: %(times)s values: %(why)s")
                % {"times": times, "why": statistics.remark_words(why)}
            )
        self.stdout.write(
            _("the log, value by value: ayni editions --log %(edition)s") % {"edition": edition.id}
        )


def _load(file: Path, sheet: str) -> Any:
    with tqdm(unit=_(" rows"), file=sys.stderr, mininterval=0.2) as shown:

        def progress(phase: str, more: int, of: int) -> None:
            words = {"check": _("checking"), "load": _("loading")}[phase]
            if shown.desc != f"{words}: ":
                shown.reset(total=of)
                shown.set_description(words)
            shown.update(more)

        return statistics.import_glotip(
            by=audit.job(BY), file=file, sheet=sheet, now=clock.now(), progress=progress
        )
