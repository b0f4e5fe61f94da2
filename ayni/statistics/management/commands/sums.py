"""`ayni sums list | show | declare | take-part | decline | counts | give | withdraw | add | …`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.management.terminal import officer

BY = "sums"


class Command(BaseCommand):
    """Listing and showing needs nobody: all members read it. Whatever is given, declared or opened
    is an officer's act, who shows at the terminal that she or he is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _(
            "Sums over states: what several states have together, without any showing what it has. "
            "list, tables, show. A state: take-part, decline, counts, give, withdraw. The "
            "secretariat: declare, add, tell, open, take-back."
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, with which sum, on whose behalf."""
        parser.add_argument("what", choices=sorted(_VERBS))
        parser.add_argument(
            "sum", nargs="?", default="", metavar="SUM", help=_("its number, as list shows it")
        )
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))
        parser.add_argument(
            "--officer",
            default="",
            metavar="EMAIL",
            help=_("the officer on whose behalf; asks for password and number"),
        )
        parser.add_argument(
            "--reason",
            default="",
            help=_("decline: one of %(known)s") % {"known": ", ".join(statistics.Reason)},
        )
        parser.add_argument(
            "--mark", default="", help=_("give: the mark that counts has shown with the numbers")
        )
        parser.add_argument(
            "--table",
            default="",
            help=_("declare: one of %(known)s") % {"known": ", ".join(statistics.sum_tables())},
        )
        parser.add_argument("--from", dest="first", type=int, metavar="YEAR", help=_("first year"))
        parser.add_argument("--to", dest="last", type=int, metavar="YEAR", help=_("last year"))
        parser.add_argument(
            "--states", default="", metavar="CODES", help=_("declare: as ar,bo,cl; at least three")
        )
        for name, told in (
            ("answer-by", _("declare: the last day to say whether a state takes part")),
            ("give-by", _("declare: the last day to give")),
        ):
            parser.add_argument(f"--{name}", type=_day, metavar="YYYY-MM-DD", help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; what is refused says why."""
        try:
            told, lines = _VERBS[options["what"]](options)
        except AyniError as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for line in lines:
            self.stdout.write(line)


Answer = tuple[Any, list[str]]


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _known(options: Mapping[str, Any]) -> statistics.SumRound:
    if not options["sum"]:
        raise CommandError(_("Name the sum by its number; ayni sums list shows it."))
    return statistics.sum_round(by=audit.job(BY), digest=options["sum"])


def _as_plain(known: statistics.SumRound) -> dict[str, Any]:
    about, now = known.round.declared, clock.now()
    ended = known.ended(now)
    return {
        "sum": known.digest,
        "table": about.table,
        "from": about.first.isoformat(),
        "to": about.last.isoformat(),
        "standing": known.standing(now).value,
        "answer_due": clock.isoformat(about.answer_due),
        "share_due": clock.isoformat(about.share_due),
        "states": {
            state: {
                "step": statistics.step_of(known.round, state).value,
                "reason": known.round.reasons.get(state, ""),
            }
            for state in about.states
        },
        "ended": None if ended is None else {"why": ended.why.value, "states": list(ended.states)},
        "outcome": known.outcome.value if known.outcome else "",
    }


def _line(known: statistics.SumRound) -> str:
    about, now = known.round.declared, clock.now()
    ended, move = known.ended(now), known.move(members.this_node(), now)
    told = _STANDINGS[known.standing(now)]()
    if ended is not None:
        told = statistics.why_ended(ended)
    line = "  ".join(
        [
            known.digest[:12],
            statistics.sum_title(known),
            statistics.period_words(about.first, about.last),
            told,
        ]
    )
    if move is None:
        return line
    return "  ".join(
        [line, _("waits for this state until %(at)s") % {"at": f"{move.due:%Y-%m-%d}"}]
    )


_STANDINGS: Mapping[statistics.SumStanding, Callable[[], str]] = {
    statistics.SumStanding.ASKED: lambda: _("the states are asked"),
    statistics.SumStanding.AGREED: lambda: _("all take part; the parts are given"),
    statistics.SumStanding.GIVEN: lambda: _("every part is given"),
    statistics.SumStanding.ENDED: lambda: _("ended without a sum"),
}


def _list(_options: Mapping[str, Any]) -> Answer:
    found = statistics.sum_rounds(by=audit.job(BY))
    lines = [_line(each) for each in found] or [_("No sum has been declared.")]
    return [_as_plain(each) for each in found], lines


def _tables(_options: Mapping[str, Any]) -> Answer:
    found = statistics.sum_tables()
    told = [
        {
            "table": code,
            "crime": table.crime,
            "title": statistics.table_title(table),
            "dimensions": {name: list(of) for name, of in table.layout.dimensions},
        }
        for code, table in found.items()
    ]
    return told, [f"{code}  {statistics.table_title(table)}" for code, table in found.items()]


def _show(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    lines = [_line(known)]
    for state in known.round.declared.states:
        step = statistics.step_of(known.round, state)
        reason = known.round.reasons.get(state, "")
        lines.append(f"  {state}: {step.value}{f' ({reason})' if reason else ''}")
    due = f"{known.round.declared.share_due:%Y-%m-%d %H:%M %Z}"
    if waits := statistics.why_kept(statistics.sum_kept(known), due):
        lines.append(waits)
    if known.outcome:
        lines.append(_("What came of it: %(what)s") % {"what": known.outcome.value})
    return _as_plain(known), lines


def _declare(options: Mapping[str, Any]) -> Answer:
    wanted = ("table", "first", "last", "states", "answer_by", "give_by")
    if not all(options[name] for name in wanted):
        raise CommandError(
            _("Say what: --table, --from, --to, --states, --answer-by and --give-by.")
        )
    first, last = statistics.period_of(options["first"], options["last"])
    states = [each.strip().lower() for each in options["states"].split(",") if each.strip()]
    if unknown := sorted(set(states) - set(members.states())):
        raise CommandError(_("There is no such state: %(codes)s") % {"codes": ", ".join(unknown)})
    digest = statistics.declare_sum(
        by=officer(options["officer"]),
        wanted=statistics.SumWanted(
            options["table"], first, last, states,
            _end_of(options["answer_by"]), _end_of(options["give_by"]),
        ),
    )  # fmt: skip
    return {"sum": digest}, [_("Declared: %(sum)s") % {"sum": digest[:12]}]


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), UTC)


def _done(known: statistics.SumRound, said: str) -> Answer:
    return _as_plain(statistics.sum_round(by=audit.job(BY), digest=known.digest)), [said]


def _take_part(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    statistics.take_part_in_sum(by=officer(options["officer"]), digest=known.digest)
    return _done(known, _("This state takes part. Its part is given later, with give."))


def _decline(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    statistics.decline_sum(
        by=officer(options["officer"]), digest=known.digest, reason=options["reason"]
    )
    return _done(known, _("This state does not take part. All members see it."))


def _numbers(table: statistics.SumTable, cells: Mapping[tuple[str, ...], int]) -> list[str]:
    names = [name for name, _of in table.layout.dimensions]
    return [
        f"  {', '.join(_label(n, c) for n, c in zip(names, place, strict=True))}: {number}"
        for place, number in cells.items()
    ]


def _label(dimension: str, code: str) -> str:
    return _("Together") if code == statistics.TOTAL else statistics.label(dimension, code)


def _cells(table: statistics.SumTable, cells: Mapping[tuple[str, ...], int]) -> list[Any]:
    names = [name for name, _of in table.layout.dimensions]
    return [
        {**dict(zip(names, place, strict=True)), "count": number} for place, number in cells.items()
    ]


def _counts(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    counts = statistics.own_counts(by=officer(options["officer"]), digest=known.digest)
    told = {
        "sum": known.digest, "mark": counts.mark, "cells": _cells(known.table, counts.cells),
    }  # fmt: skip
    lines = [_line(known), *_numbers(known.table, counts.cells)]
    lines.append(_("To give these very numbers: --mark %(mark)s") % {"mark": counts.mark})
    return told, lines


def _give(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    if not options["mark"]:
        raise CommandError(
            _("Look at the numbers first: ayni sums counts shows them, with a mark for --mark.")
        )
    statistics.give_to_sum(
        by=officer(options["officer"]), digest=known.digest, mark=options["mark"]
    )
    return _done(known, _("Given. Nobody can read the numbers of this state from it."))


def _withdraw(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    statistics.withdraw_from_sum(by=officer(options["officer"]), digest=known.digest)
    return _done(known, _("Taken back. The sum has ended for all."))


def _add(options: Mapping[str, Any]) -> Answer:
    made = statistics.add_sums(by=officer(options["officer"]))
    return {"made": made}, [_("sums that were added now: %(made)s") % {"made": made}]


def _tell(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    statistics.tell_outcome(by=officer(options["officer"]), digest=known.digest)
    return _done(known, _("Told. All members see what came of it, and no number."))


def _open(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    added = statistics.added_sum(by=officer(options["officer"]), digest=known.digest)
    if added.cells is None:
        return {"sum": known.digest, "cells": None}, [_("The parts give no possible table.")]
    told = {"sum": known.digest, "release": False, "cells": _cells(known.table, added.cells)}
    lines = [_line(known), *_numbers(known.table, added.cells)]
    lines.append(_("True numbers: nothing of it is published but by a release."))
    return told, lines


def _take_back(options: Mapping[str, Any]) -> Answer:
    known = _known(options)
    statistics.take_back_sum(by=officer(options["officer"]), key=known.key, seen=known.version)
    return _done(known, _("Taken back. Nobody gives anything to it any more."))


_VERBS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
    "list": _list,
    "tables": _tables,
    "show": _show,
    "declare": _declare,
    "take-part": _take_part,
    "decline": _decline,
    "counts": _counts,
    "give": _give,
    "withdraw": _withdraw,
    "add": _add,
    "tell": _tell,
    "open": _open,
    "take-back": _take_back,
}
