"""What `ayni disclosure` does on a node: a release from its proposal to its rebuilding."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.lib.errors import AyniError
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import release_declared as declared
from ayni.statistics import release_words as words
from ayni.statistics.api import Declared, Release
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.rounding import Margins
from ayni.statistics.disclosure.suppressing import Full, Zeros
from ayni.statistics.management.terminal import officer

Options = Mapping[str, Any]


def add_arguments(parser: ArgumentParser) -> None:
    """What the verbs of a release ask for."""
    parser.add_argument(
        "--officer", default="", metavar="EMAIL",
        help=_("the officer on whose behalf; asks for password and number"),
    )  # fmt: skip
    parser.add_argument(
        "--source", default="", help=_("propose: cases, linea145, records or sum (with its digest)")
    )
    parser.add_argument(
        "--population", default="", metavar="CODE", help=_("propose: of whom the figures are")
    )
    parser.add_argument("--digest", default="", help=_("propose: the sum over states"))
    parser.add_argument(
        "--dated", default="", metavar="YYYY-MM-DD",
        help=_("propose: of which day the records of a file are; without it that is unknown"),
    )  # fmt: skip
    parser.add_argument("--holder", default="", metavar="CODE", help=_("propose: whose tallies"))
    parser.add_argument(
        "--method", default="suppression", choices=[each.value for each in statistics.Method],
        help=_("propose: hide, round, change by keys, open records, or a model with noise"),
    )  # fmt: skip
    parser.add_argument("--table", action="append", default=[], metavar="COLUMN,COLUMN")
    parser.add_argument("--from", dest="first", type=int, help=_("propose: first year"))
    parser.add_argument("--to", dest="last", type=int, help=_("propose: last year"))
    parser.add_argument("--per-year", action="store_true", help=_("propose: also year by year"))
    _method_arguments(parser)
    parser.add_argument("--accept", action="store_true", help=_("review: accept the release"))
    parser.add_argument("--send-back", action="store_true", help=_("review: send it back"))
    parser.add_argument("--reasons", default="", help=_("review: why"))
    parser.add_argument(
        "--sha256", default="", help=_("review: of what you looked at; `check` shows it")
    )


def _method_arguments(parser: ArgumentParser) -> None:
    """What a method declares, and what is corrected or withdrawn."""
    parser.add_argument("--threshold", type=int, default=Declared().threshold)
    parser.add_argument("--width", type=int, help=_("propose: least width of what can be guessed"))
    parser.add_argument("--base", type=int, default=Declared().base, help=_("rounding: 3 or 5"))
    parser.add_argument(
        "--margins", default=Declared().margins.value, choices=[each.value for each in Margins],
        help=_("rounding: totals on their own, or so that they add up (one table of one or two "
               "columns)"),
    )  # fmt: skip
    parser.add_argument(
        "--zeros", default=Declared().zeros.value, choices=[each.value for each in Zeros],
        help=_("suppression: zeros hidden where that protects others, or always shown"),
    )  # fmt: skip
    parser.add_argument(
        "--whole-groups", default=Declared().full.value, choices=[each.value for each in Full],
        help=_("suppression, cell_key: a cell that holds its whole group is hidden, or shown as it "
               "is no secret"),
    )  # fmt: skip
    parser.add_argument("--epsilon", type=float, default=Declared().epsilon)
    parser.add_argument(
        "--bound", type=int, default=Declared().bound, help=_("model: most records there can be")
    )
    parser.add_argument(
        "--moved", action="append", default=[], metavar="BEFORE:NOW",
        help=_("model: years of records whose year of registration was corrected since"),
    )  # fmt: skip
    parser.add_argument(
        "--corrects", default="", metavar="RELEASE",
        help=_("propose: the published release in whose place it comes, with --why"),
    )  # fmt: skip
    parser.add_argument(
        "--why", default="", metavar="CODE",
        help=_("why it is corrected (%(corrected)s) or withdrawn (%(withdrawn)s); it is published")
        % {
            "corrected": ", ".join(statistics.WhyCorrected),
            "withdrawn": ", ".join(statistics.WhyWithdrawn),
        },
    )  # fmt: skip


class Verbs:
    """The verbs; what they say goes to the command's output."""

    def __init__(self, command: BaseCommand, options: Options) -> None:
        self._command, self._options = command, options

    def run(self, what: str) -> None:
        """Do one of `VERBS`. Raises CommandError with what was refused."""
        try:
            VERBS[what](self)
        except AyniError as refused:
            raise CommandError(str(refused)) from refused
        except NotDisclosable as refused:
            raise CommandError(words.of_refusal(refused)) from refused

    def propose(self) -> None:
        """Propose a release; the worker checks it, or `check` does."""
        o = self._options
        by = officer(o["officer"])
        source = o["source"] or ("records" if o["file"] else "")
        row = statistics.propose_release(
            by=by, source=source, population=o["population"], digest=o["digest"],
            holder=o["holder"], file=o["file"], dated=_day(o["dated"]), declared=_declared(o),
            corrects=_id(o["corrects"]) if o["corrects"] else None, reason=o["why"],
        )  # fmt: skip
        self._say(row)

    def check(self) -> None:
        """Let the machine look now, if it has not, and say what it found."""
        by = officer(self._options["officer"])
        members.check_may(by, members.Permission.RELEASE_PROPOSE)
        row = statistics.check_release(
            by=audit.job("statistics.check_release"), release_id=self._named()
        )
        found = statistics.open_release(by=by, release_id=row.id)
        self._say(
            row,
            found=[words.finding(each) for each in words.findings(found)],
            declared=dict(_all_of(found)),
        )
        if row.state == statistics.ReleaseState.REFUSED:
            raise CommandError(_("The machine refuses this release."))

    def review(self) -> None:
        """Accept a release, or send it back."""
        o = self._options
        if o["accept"] == o["send_back"]:
            raise CommandError(_("Say either --accept or --send-back."))
        by = officer(o["officer"])
        self._say(
            statistics.review_release(
                by=by, release_id=self._named(), reasons=o["reasons"], sha256=o["sha256"],
                decision="accept" if o["accept"] else "send_back",
            )
        )  # fmt: skip

    def publish(self) -> None:
        """Sign and publish what was accepted."""
        by = officer(self._options["officer"])
        self._say(statistics.publish_release(by=by, release_id=self._named()))

    def withdraw(self) -> None:
        """Take back what was published."""
        why = self._options["why"]
        if why not in set(statistics.WhyWithdrawn):
            codes = ", ".join(statistics.WhyWithdrawn)
            raise CommandError(
                _("Say why with --why; everybody is told. One of: %(codes)s") % {"codes": codes}
            )
        by = officer(self._options["officer"])
        self._say(statistics.withdraw_release(by=by, release_id=self._named(), reason=why))

    def discard(self) -> None:
        """Not pursue a release."""
        by = officer(self._options["officer"])
        self._say(statistics.discard_release(by=by, release_id=self._named()))

    def rebuild(self) -> None:
        """Make it again and compare byte by byte."""
        by = officer(self._options["officer"])
        found = statistics.rebuild_release(by=by, release_id=self._named())
        answer = {
            "same": found.same, "published": found.sha256, "rebuilt": found.now,
            "first_different_byte": found.differs,
        }  # fmt: skip
        if self._options["json"]:
            self._write(json.dumps(answer))
        elif found.same:
            self._write(_("The same, byte by byte: %(sha256)s") % {"sha256": found.now})
        if not found.same:
            raise CommandError(
                _(
                    "NOT the same from byte %(byte)s on: %(sha256)s was published, %(now)s came "
                    "out. Another processor or version of numpy may be why; tell who runs the node."
                )
                % {"byte": found.differs, "sha256": found.sha256, "now": found.now}
            )

    def list(self) -> None:
        """Every release of this node."""
        by = officer(self._options["officer"])
        for row in statistics.releases(by=by):
            self._say(row)

    def ledger(self) -> None:
        """What has been spent on the records of each year."""
        by = officer(self._options["officer"])
        for each in statistics.balances(by=by):
            answer = {
                "population": each.population, "year": each.cohort, "spent": str(each.spent),
                "left": str(each.left),
                "charges": [{"release": r, "kind": k, "rho": str(v)} for r, k, v in each.charges],
            }  # fmt: skip
            if self._options["json"]:
                self._write(json.dumps(answer))
            else:
                self._write(
                    _("%(population)s, %(year)s: %(spent)s rho spent, %(left)s left for a release")
                    % answer
                )

    def _named(self) -> UUID:
        if self._options["file"] is None:
            raise CommandError(_("Name the release; `ayni disclosure list` shows them."))
        return _id(str(self._options["file"]))

    def _say(self, row: Release, **more: Any) -> None:
        told = {
            "release": str(row.id), "state": row.state, "population": row.population,
            "method": row.method, "sha256": row.sha256, "phase": row.phase, **more,
        }  # fmt: skip
        if self._options["json"]:
            self._write(json.dumps(told, ensure_ascii=False))
            return
        self._write(f"{row.id}  {words.state(row)}  {words.title(row)}  {row.sha256}")
        for line in more.get("found", ()):
            self._write(line)
        for name, value in more.get("declared", {}).items():
            self._write(f"  {name}: {value}")

    def _write(self, text: str) -> None:
        self._command.stdout.write(text)


VERBS: dict[str, Callable[[Verbs], None]] = {
    "propose": Verbs.propose,
    "check": Verbs.check,
    "review": Verbs.review,
    "publish": Verbs.publish,
    "withdraw": Verbs.withdraw,
    "discard": Verbs.discard,
    "rebuild": Verbs.rebuild,
    "list": Verbs.list,
    "ledger": Verbs.ledger,
}


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(_("Write the day as 2026-11-25: --dated")) from None


def _declared(o: Options) -> Declared:
    years = None
    if o["first"] is not None or o["last"] is not None:
        if o["first"] is None or o["last"] is None:
            raise CommandError(_("Give the first year and the last one, or neither."))
        years = (o["first"], o["last"])
    return Declared(
        method=statistics.Method(o["method"]),
        tables=tuple(names_of(each) for each in o["table"]),
        years=years,
        per_year=o["per_year"],
        threshold=o["threshold"],
        width=o["width"],
        base=o["base"],
        margins=Margins(o["margins"]),
        zeros=Zeros(o["zeros"]),
        full=Full(o["whole_groups"]),
        k=o["k"],
        l=o["l"],
        t=o["t"],
        known=names_of(o["qi"]),
        sensitive=names_of(o["sensitive"]),
        epsilon=o["epsilon"],
        bound=o["bound"],
        moved=tuple(_moved(each) for each in o["moved"]),
    )


def _moved(given: str) -> tuple[int, int]:
    before, _colon, now = given.partition(":")
    if not (before.isdecimal() and now.isdecimal()):
        raise CommandError(_("Write --moved as two years: 2020:2021."))
    return int(before), int(now)


def _all_of(found: statistics.ReleaseFile) -> list[tuple[str, str]]:
    """What is declared, what it cost and what stands aside."""
    rows = declared.declaration(found.release)
    return [*rows, *declared.cost(found.charge), *declared.set_aside(found)]


def names_of(given: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(name.strip() for name in given.split(",") if name.strip())


def _id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise CommandError(
            _("%(given)s is no release; `ayni disclosure list` shows them.")
            % {"given": repr(Path(given).name[:60])}
        ) from None
