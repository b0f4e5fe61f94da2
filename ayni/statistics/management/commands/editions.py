"""`ayni editions`: which editions of published sources are loaded here, and the log of one."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.lib.errors import AyniError
from ayni.statistics import api as statistics


class Command(BaseCommand):
    """Nothing about a person: published counts, and what was put right in them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("List the editions of published sources that are loaded, or the log of one.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """All of them, or one with its log."""
        parser.add_argument(
            "--log",
            default="",
            metavar="EDITION",
            help=_("every value that was not taken as it is"),
        )
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Say them."""
        try:
            found = _log(options["log"]) if options["log"] else _all()
        except AyniError as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        if not found:
            self.stdout.write(_("nothing is loaded"))
        for each in found:
            told = _LINE_OF_LOG if options["log"] else _EDITION
            self.stdout.write(str(told) % each)


_EDITION = "%(edition)s  %(source)s  %(data_date)s  %(rows)s  %(file)s  %(sha256)s"
_LINE_OF_LOG = "%(first_row)s  %(times)s×  %(column)s: %(found)r -> %(became)r  %(why_words)s"


def _all() -> list[dict[str, Any]]:
    return [
        {
            "edition": str(each.id),
            "source": each.source,
            "data_date": each.dated.isoformat(),
            "file": each.file,
            "sha256": each.digest,
            "rows": each.rows,
            "loaded_rows": each.loaded_rows,
            "whole": each.ended_at is not None,
        }
        for each in statistics.editions()
    ]


def _log(edition: str) -> list[dict[str, Any]]:
    try:
        wanted = UUID(edition)
    except ValueError:
        raise CommandError(
            _("%(given)s is no edition; `ayni editions` lists them.") % {"given": repr(edition)}
        ) from None
    return [
        {
            "column": each.column,
            "found": each.found,
            "became": each.became,
            "why": each.why,
            "why_words": str(statistics.remark_words(each.why)),
            "first_row": each.first_row,
            "times": each.times,
        }
        for each in statistics.edition_log(edition=wanted)
    ]
