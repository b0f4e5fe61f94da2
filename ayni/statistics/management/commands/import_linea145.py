"""`ayni import_linea145 REPORTS PERSONS`: Argentina's hotline files become historical notices."""

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
from ayni.help.api import NobodyTakesNotices
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members
from ayni.statistics import api as statistics

BY = "import-linea145"


class Command(BaseCommand):
    """Both files are checked whole before anything is loaded; a second run adds nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("Load Argentina's hotline files (Línea 145) as historical notices.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Two files and whose records they become."""
        parser.add_argument("reports", type=Path, metavar="REPORTS", help=_("CSV of reports"))
        parser.add_argument("persons", type=Path, metavar="PERSONS", help=_("CSV of persons named"))
        parser.add_argument(
            "--institution",
            default="",
            metavar="CODE",
            help=_("whose records they become (default: the institution that takes notices here)"),
        )
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what became of it."""
        try:
            institution = self._institution(options["institution"])
            load = _load(institution, options["reports"], options["persons"])
        except AyniError as refused:
            raise CommandError(str(refused)) from refused
        self._answer(institution, load, as_json=options["json"])

    def _institution(self, code: str) -> members.Institution:
        try:
            return statistics.institution_for(code)
        except statistics.UnknownInstitution as unknown:
            codes = ", ".join(each.code for each in members.institutions(state=statistics.STATE))
            has = _("It has: %(codes)s.") % {"codes": codes or _("none")}
            raise CommandError(f"{unknown} {has}") from unknown
        except NobodyTakesNotices:
            made = statistics.register_programme(by=audit.job(BY))
            self.stderr.write(
                "ayni: "
                + _(
                    "no institution took notices on this node; registered %(code)s, %(name)s, as "
                    "the files call it"
                )
                % {"code": made.code, "name": made.names["es"]}
            )
            return made

    def _answer(self, institution: members.Institution, load: Any, *, as_json: bool) -> None:
        answer = {
            "institution": institution.code,
            "load": str(load.id),
            **load.files,
            "log_lines": load.findings_count,
        }
        if as_json:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(
            _("institution: %(code)s (%(name)s)")
            % {"code": institution.code, "name": institution.name}
        )
        for kind, told in (
            ("reports", _("reports: %(rows)s read, %(added)s added, %(same)s there already, "
                          "%(differs)s told otherwise now (left as they were), %(rejected)s turned "
                          "away")),
            ("persons", _("persons: %(rows)s read, %(added)s added, %(same)s there already, "
                          "%(differs)s told otherwise now (left as they were), %(rejected)s turned "
                          "away")),
        ):  # fmt: skip
            self.stdout.write(told % load.files[kind])
        added = load.files["reports"]["added"] + load.files["persons"]["added"]
        if not added:
            self.stdout.write(_("nothing was added: what can be loaded is there already"))
        self.stdout.write(
            _("log: %(lines)s lines; officers of %(code)s read it at %(address)s")
            % {
                "lines": load.findings_count,
                "code": institution.code,
                "address": f"/statistics/linea145/log/{load.id}",
            }
        )


def _load(institution: members.Institution, reports: Path, persons: Path) -> Any:
    sizes = sum(path.stat().st_size for path in (reports, persons) if path.is_file())
    with tqdm(
        total=2 * sizes, unit="B", unit_scale=True, file=sys.stderr, mininterval=0.2
    ) as shown:

        def progress(phase: str, read: int) -> None:
            words = {"check": _("checking"), "load": _("loading")}[phase]
            if shown.desc != f"{words}: ":
                shown.set_description(words)
            shown.update(read)

        return statistics.import_linea145(
            by=audit.job(BY, str(institution.id)),
            reports=reports,
            persons=persons,
            now=clock.now(),
            progress=progress,
        )
