"""`ayni indicator NAME --source SOURCE`: one indicator, or the same over all sources."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.lib.errors import AyniError
from ayni.statistics import api as statistics

BY = "indicator"


class Command(BaseCommand):
    """Numbers with what they are of, how much is missing and of when they are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("Count an indicator from a source, or compare it over all of them.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, of which source, area and years."""
        known = ", ".join(statistics.indicators())
        parser.add_argument("name", metavar="NAME", help=_("one of: %(known)s") % {"known": known})
        parser.add_argument(
            "--source",
            default="",
            metavar="SOURCE",
            help=_("one of: %(known)s") % {"known": ", ".join(statistics.sources())},
        )
        parser.add_argument(
            "--compare", action="store_true", help=_("over every source that counts it")
        )
        parser.add_argument(
            "--states", default="", metavar="CODES", help=_("all (the ten states), or AR,BO")
        )
        parser.add_argument(
            "--region", default="", metavar="NAME", help=_("as the source names it, or LAC")
        )
        parser.add_argument(
            "--corridor", default="", metavar="FROM-TO", help=_("two states, as BO-AR")
        )
        parser.add_argument(
            "--institution", default="", metavar="CODE", help=_("records of one institution here")
        )
        parser.add_argument("--from", dest="first", type=int, metavar="YEAR", help=_("first year"))
        parser.add_argument("--to", dest="last", type=int, metavar="YEAR", help=_("last year"))
        parser.add_argument(
            "--by", default="", metavar="NAMES", help=_("also by year, detected_in, or both")
        )
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, and say it."""
        try:
            told = _ask(options)
        except AyniError as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        elif options["compare"]:
            self._compared(told)
        else:
            self._answered(told)

    def _compared(self, told: dict[str, Any]) -> None:
        self.stdout.write(told["title"])
        for side in told["sources"]:
            self.stdout.write("")
            if side["answer"] is None:
                self.stdout.write(f"{side['title']}: {side['no_answer_because']}")
            else:
                self._answered(side["answer"])
            for why in side["why_it_differs"].values():
                self.stdout.write(f"  {why}")

    def _answered(self, told: dict[str, Any]) -> None:
        self.stdout.write(
            _("%(title)s, %(first)s to %(last)s. %(source)s Data of %(date)s.")
            % {
                "title": told["title"],
                "first": told["from"],
                "last": told["to"],
                "source": told["source"]["attribution"],
                "date": told["source"]["data_date"],
            }
        )
        if holder := told["area"]["institution"]:
            self.stdout.write(_("Records of: %(institution)s") % {"institution": holder})
        for line in told["lines"]:
            names = [statistics.label(name, line[name]) for name in told["by"]]
            shown = line["mask"] if line["count"] is None else line["count"]
            share = line.get("share")
            part = "" if share is None else f" ({share:.1%})"
            self.stdout.write(f"  {', '.join(names)}: {shown}{part}")
        if told.get("share") is not None:
            self.stdout.write(
                _("%(numerator)s, of: %(denominator)s: %(share)s")
                % {
                    "numerator": told["numerator_is"],
                    "denominator": told["denominator_is"],
                    "share": f"{told['share']:.1%}",
                }
            )
        self.stdout.write(
            _("left out: %(what)s (masked cells: %(cells)s)")
            % {"what": told["left_out"], "cells": told["masked_cells"]}
        )
        for note in told["notes"]:
            self.stdout.write(note)


def _check_source(options: dict[str, Any]) -> None:
    """Raise CommandError where no source was named: an empty one is none of those there are."""
    found = statistics.indicators().get(options["name"])
    if options["source"] or options["compare"] or found is None:
        return
    raise CommandError(
        _("Name a source with --source (%(known)s), or see all of them with --compare.")
        % {"known": ", ".join(found.sources)}
    )


def _ask(options: dict[str, Any]) -> dict[str, Any]:
    _check_source(options)
    # Compared, the institution is meant of those sources alone that institutions keep.
    holder = options["institution"]
    area = statistics.area_of(
        states=options["states"],
        region=options["region"],
        corridor=options["corridor"],
        holder="" if options["compare"] else holder,
    )
    question = statistics.Question(
        indicator=options["name"],
        source=options["source"],
        area=area,
        years=_years(options["first"], options["last"]),
        over=tuple(name.strip() for name in options["by"].split(",") if name.strip()),
    )
    by = audit.job(BY)
    language = get_language() or "en"
    if options["compare"]:
        return statistics.comparison_as_plain(
            statistics.compare_sources(by=by, question=question, holder=holder), language
        )
    return statistics.as_plain(statistics.ask_indicator(by=by, question=question), language)


def _years(first: int | None, last: int | None) -> tuple[int, int] | None:
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise CommandError(_("Give the first year and the last one: --from 2018 --to 2020"))
    return first, last
