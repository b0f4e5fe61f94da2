"""What a release says, as tables of a page: office and public see the same."""

from __future__ import annotations

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from ayni.statistics import api as statistics
from ayni.statistics import release_words as words
from ayni.statistics.api import Content, Method, ReleaseLine, Shown
from ayni.statistics.indicators.register_words import COUNTRIES
from ayni.statistics.releasing.joint import NOT_TOLD

MOST_LINES = 300  # of one table on a page; a file has all


def label(name: str, code: str) -> str:
    """A code of a line in the reader's language."""
    told = "" if code == NOT_TOLD else code
    if not told and name in COUNTRIES:
        return _("Not told")
    return statistics.label(name, told) or _("Not told")


def table_title(table: Shown) -> str:
    """What a table crosses, and of when."""
    said = " × ".join(statistics.dimension(name) for name in table.by) or _("All together")
    where = ", ".join(table.where.values())
    return f"{said}, {where}" if where else said


def chosen(content: Content, asked: str) -> int:
    """The number of the table that was asked for; the first for anything else."""
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 1
    return number if 1 <= number <= len(content.tables) else 1


def shown(content: Content, number: int) -> dict[str, Any]:
    """One table for a template: caption, head, rows, how many lines are not shown; and the list of
    all tables."""
    if not content.tables:
        return {"tables": [], "caption": "", "head": [], "rows": [], "more": 0}
    table = content.tables[number - 1]
    with_interval = any(line.low is not None for line in table.lines)
    head = [" × ".join(statistics.dimension(name) for name in table.by) or _("Figures")]
    head += [_("Number")] + ([_("Interval of 95 %")] if with_interval else [])
    return {
        "tables": [
            {"number": place, "title": table_title(each), "here": place == number}
            for place, each in enumerate(content.tables, 1)
        ],
        "caption": table_title(table),
        "head": head,
        "rows": [
            _row(table, line, with_interval=with_interval) for line in table.lines[:MOST_LINES]
        ],
        "more": max(0, len(table.lines) - MOST_LINES),
    }


def _row(table: Shown, line: ReleaseLine, *, with_interval: bool) -> list[Any]:
    codes = zip(table.by, line.codes, strict=True)
    said = [label(name, code) for name, code in codes if code is not None]  # a total names the rest
    value = _("not shown") if line.value is None else number_format(line.value)
    row: list[Any] = [", ".join(said) or _("All together"), {"text": value, "number": True}]
    if with_interval and line.low is not None and line.high is not None:
        low, high = number_format(line.low), number_format(line.high)
        row.append({"text": _("%(low)s to %(high)s") % {"low": low, "high": high}, "number": True})
    return row


def method_words(content: Content, method: str) -> list[str]:
    """What was done to the numbers, in plain words; nothing where another member's release does not
    declare what its method needs."""
    try:
        return words.in_plain_words(Method(method), content.parameters)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return []


def parameters(content: Content) -> list[dict[str, str]]:
    """What the method declares, name by name; lists and tables stand in the file."""
    return [
        {"key": name, "value": str(value)}
        for name, value in sorted(content.parameters.items())
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    ]
