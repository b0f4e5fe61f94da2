"""`ayni htcds import FILE`, `ayni htcds export FILE`, `ayni htcds ctdc`: the field's standard."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.lib.whole_file import put_new
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import disclosure_words
from ayni.statistics.management.terminal import officer

BY = "import-htcds"
SHOWN = 20


class Command(BaseCommand):
    """Importing acts as a job of this node; exporting as an officer, who shows at the terminal that
    she or he is there: whoever runs a node opens no case."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _(
            "Records of the standard HTCDS 2.0. import FILE: a workbook, CSV, JSON or submissions "
            "become historical notices. export: cases as such a file. ctdc: victims of trafficking "
            "in persons in the shape of CTDC's data set, which is no release. Both write a new "
            "file that its owner alone can read, whole or not at all."
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, with which file, on whose behalf."""
        parser.add_argument("what", choices=["import", "export", "ctdc"])
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))
        parser.add_argument(
            "--partial", action="store_true", help=_("import: the rows without a problem go in")
        )
        parser.add_argument("--sheet", default="", help=_("import: the sheet with the cases"))
        parser.add_argument(
            "--institution",
            default="",
            metavar="CODE",
            help=_("import: whose records they become (default: the only one of this node)"),
        )
        parser.add_argument(
            "--officer",
            default="",
            metavar="EMAIL",
            help=_("export, ctdc: the officer on whose behalf; asks for password and number"),
        )
        parser.add_argument("--format", default="json", choices=statistics.HTCDS_FORMATS)
        parser.add_argument(
            "--shape", default=statistics.CTDC_SHAPES[0], choices=statistics.CTDC_SHAPES
        )
        for name, told in (
            ("identity", _("export: also names, documents, numbers, addresses")),
            ("told", _("export: also what the persons told, health and needs")),
            ("protected", _("also persons who fear a state")),
            ("without-consent", _("also who has not agreed to statistics")),
        ):
            parser.add_argument(f"--{name}", action="store_true", help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; what is refused says why."""
        verbs: dict[str, Callable[[dict[str, Any]], None]] = {
            "import": self._import, "export": self._export, "ctdc": self._ctdc,
        }  # fmt: skip
        try:
            verbs[options["what"]](options)
        except AyniError as refused:
            raise CommandError(str(refused)) from refused

    def _import(self, options: dict[str, Any]) -> None:
        if options["file"] is None:
            raise CommandError(_("Name the file."))
        institution = _institution(options["institution"])
        done = statistics.import_htcds(
            by=audit.job(BY, str(institution.id)),
            path=options["file"],
            now=clock.now(),
            partial=options["partial"],
            sheet=options["sheet"],
            waits=lambda: self.stderr.write(
                _("Records of another file are being taken in; these wait until that has ended.")
            ),
        )
        if options["json"]:
            self.stdout.write(
                json.dumps({"institution": institution.code, **asdict(done)}, ensure_ascii=False)
            )
            return
        self.stdout.write(
            _(
                "%(read)s records read: %(added)s added, %(same)s there already, %(differs)s told "
                "otherwise now (left as they were), %(refused)s problems of rows turned away"
            )
            % {
                "read": done.read,
                "added": done.added,
                "same": done.same,
                "differs": done.differs,
                "refused": len(done.problems),
            }
        )
        if done.own:
            self.stdout.write(
                _("Of cases of this institution, not taken in a second time: %(n)s")
                % {"n": done.own}
            )
        for problem in done.problems[:SHOWN]:
            self.stderr.write(str(problem))
        if done.changes:
            self.stdout.write(
                _("%(number)s values or names were put right; --json lists them")
                % {"number": len(done.changes)}
            )

    def _exported(self, options: dict[str, Any], form: str, **asked: bool) -> statistics.Exported:
        wanted = statistics.Wanted(
            protected=options["protected"], without_consent=options["without_consent"], **asked
        )
        return statistics.export_htcds(
            by=officer(options["officer"]), now=clock.now(), wanted=wanted, form=form
        )

    def _export(self, options: dict[str, Any]) -> None:
        to, form = _new_file(options["file"]), options["format"]
        asked = {"identity": options["identity"], "told": options["told"]}
        exported = self._exported(options, form, **asked)
        _write(to, statistics.htcds_file(exported, form))
        holds = [_("gender, citizenship, age band and codes of the case")]
        holds += [_("names, documents, numbers and addresses")] if asked["identity"] else []
        holds += [_("what the persons told, health and needs")] if asked["told"] else []
        self._say(options, exported, to, records=len(exported.records), holds=holds)

    def _ctdc(self, options: dict[str, Any]) -> None:
        to, shape = _new_file(options["file"]), options["shape"]
        exported = self._exported(options, shape)
        made = statistics.ctdc_file(exported, shape)
        _write(to, made.raw)
        self._say(
            options, exported, to, records=made.rows, aside=made.aside, measured=made.measured,
            holds=[
                _("one true record for each victim of trafficking in persons: this is no release. "
                  "Nothing of it may be published but through disclosure control.")
            ],
        )  # fmt: skip

    def _say(
        self, options: dict[str, Any], exported: statistics.Exported, to: Path, *, records: int,
        holds: list[str], aside: Mapping[str, int] | None = None,
        measured: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        answer = {
            "file": str(to),
            "records": records,
            "holds": holds,
            "release": False,
            "left_out": {
                "protected": exported.protected,
                "without_consent": exported.without_consent,
                "unfit": list(exported.unfit),
                "no_victims": len(exported.records) - records,
            },
            "stands_aside": dict(aside or {}),
            **(measured or {}),
        }
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(_("%(file)s: %(records)s records") % {"file": to, "records": records})
        for told in holds:
            self.stdout.write(_("holds: %(what)s") % {"what": told})
        self.stdout.write(
            _(
                "left out: %(protected)s who fear a state, %(without)s who have not agreed to "
                "statistics, %(unfit)s that no format can hold: %(which)s"
            )
            % {
                "protected": exported.protected,
                "without": exported.without_consent,
                "unfit": len(exported.unfit),
                "which": ", ".join(exported.unfit) or "-",
            }
        )
        if len(exported.records) > records:
            others = {"n": len(exported.records) - records}
            self.stdout.write(_("no row for %(n)s who are no victims of trafficking") % others)
        if measured:
            self.stdout.write(disclosure_words.told(measured["measured"]))
        if aside:
            self.stdout.write(_("not among the declared values, by column:"))
            for name, number in aside.items():
                self.stdout.write(f"  {statistics.dimension(name)}: {number}")


def _institution(code: str) -> members.Institution:
    try:
        return statistics.institution_of(code)
    except statistics.UnknownInstitution as unknown:
        codes = ", ".join(each.code for each in members.institutions(state=members.this_node()))
        has = _("It has: %(codes)s.") % {"codes": codes or _("none")}
        raise CommandError(f"{_('Name one institution with --institution.')} {has}") from unknown


def _new_file(to: Path | None) -> Path:
    """Where the officer wants the file: the node keeps no copy of what goes out."""
    if to is None:
        raise CommandError(_("Name the file."))
    if to.exists() or not to.parent.is_dir():
        raise CommandError(_("%(file)s: name a new file in a folder that exists.") % {"file": to})
    return to


def _write(to: Path, raw: bytes) -> None:
    try:
        put_new(to, raw)
    except OSError as wrong:
        told = {"file": to, "why": wrong.strerror}
        raise CommandError(
            _("%(file)s: %(why)s. Nothing was written; name a file on a disk with room.") % told
        ) from None
