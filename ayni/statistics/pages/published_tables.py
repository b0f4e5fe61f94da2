"""A published table, for everybody and for whoever decides on it before: rows by columns with
totals, and its drawing above it. A table of three or more columns is shown part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ayni.statistics import api as statistics
from ayni.statistics import crossing
from ayni.statistics.api import Content, ReleaseLine, Shown
from ayni.statistics.crossing import Code, Cross, Part
from ayni.statistics.pages import numbers, published_drawing, published_words
from ayni.statistics.pages.published_words import Fact, described
from ayni.statistics.pages.release_tables import label, method_words, table_title

# Of one part on a page: a page stays small whatever a table of another member has. Files have all.
MOST_ROWS, MOST_COLUMNS = 60, 24
_WIDE = 7  # more columns than this stand closer together


@dataclass(frozen=True, slots=True)
class Asked:
    """Which table of a release an address asks for, and which part of it; both from 1."""

    table: int
    part: int = 1


def asked(content: Content, table: str, part: str) -> Asked | None:
    """What the address asks for; None for the release itself, and for what is not there."""
    number = _number(table)
    if not 1 <= number <= len(content.tables):
        return None
    parts = len(crossing.parts(content.tables[number - 1]))
    chosen = _number(part)
    return Asked(number, chosen if 1 <= chosen <= parts else 1)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0


def contents(content: Content) -> list[dict[str, Any]]:
    """Every table by its number and title."""
    return [
        {"number": place, "title": table_title(each)}
        for place, each in enumerate(content.tables, 1)
    ]


def preview(content: Content, method: str, table: str, part: str) -> dict[str, Any]:
    """What every reader of a release will see, for whoever decides on it: one table (the first, if
    the address asks for none) drawn and in words, and what is not told."""
    wanted = asked(content, table, part) or asked(content, "1", "")
    return {
        "table": page(content, wanted, published_words.facts_of(content)) if wanted else None,
        "tables": contents(content),
        "method_words": method_words(content, method),
        "records": numbers.whole(len(content.records) - 1) if content.records else "",
        **not_told(content),
    }


def not_told(content: Content, wanted: Asked | None = None) -> dict[str, Any]:
    """What a release does not tell, for the template: how often, and where it stands; or how often
    the columns of one of its tables do not."""
    columns = None if wanted is None else content.tables[wanted.table - 1].by
    return {
        "not_told": published_words.not_told(content, columns),
        "not_told_head": [_("Column"), _("Not told"), _("Share")],
        "elsewhere": published_words.elsewhere(content) if wanted is None else [],
    }


def page(content: Content, wanted: Asked, told: Sequence[Fact]) -> dict[str, Any]:
    """One part of a table for the template; `told`: what must be known to read it."""
    table = content.tables[wanted.table - 1]
    parts = crossing.parts(table)
    part = parts[wanted.part - 1]
    found = crossing.cross(table, part)
    title = _title(table, part)
    svg, is_map = published_drawing.draw(title, described(told), found)
    return {
        "title": title,
        "number": wanted.table,
        "svg": svg,
        "is_map": is_map,
        "parts": _parts(parts, wanted.part),
        "apart": ", ".join(statistics.dimension(name) for name in part.by),
        "added": found.added,
        "intervals": any(line.low is not None for line in found.cells.values()),
        "hidden": published_words.hidden(content)
        if any(line.value is None for line in found.cells.values())
        else "",
        **_cells(found),
    }


def _title(table: Shown, part: Part) -> str:
    if not part.by:
        return table_title(table)
    return _("%(table)s: %(part)s") % {"table": table_title(table), "part": _of_part(part)}


def _of_part(part: Part) -> str:
    told = [
        label(name, code)
        for name, code in zip(part.by, part.codes, strict=True)
        if code is not None
    ]
    return ", ".join(told) or _("All together")


def _parts(parts: Sequence[Part], chosen: int) -> list[dict[str, Any]]:
    if len(parts) < 2:
        return []
    return [
        {"number": place, "title": _of_part(each), "here": place == chosen}
        for place, each in enumerate(parts, 1)
    ]


def _cells(found: Cross) -> dict[str, Any]:
    columns: list[Code] = [*found.columns[:MOST_COLUMNS]] if found.column else [None]
    if found.column and any((row, None) in found.cells for row in (*found.rows, None)):
        columns.append(None)
    rows: list[Code] = [*found.rows[:MOST_ROWS]]
    if not found.row or any((None, column) in found.cells for column in columns):
        rows.append(None)
    first = statistics.dimension(found.row) if found.row else _("Figures")
    over = _over(found)
    return {
        "caption": over,
        "wide": len(columns) > _WIDE,
        "head": [first, *(_head(found, column) for column in columns)],
        "rows": [
            {
                "name": _("Total") if row is None else label(found.row, row),
                "whole": row is None,
                "cells": [
                    # Of one column the rows explain themselves.
                    {**_cell(found.line(row, column)),
                     "label": _head(found, column) if found.column else "",
                     "whole": column is None and bool(found.column)}
                    for column in columns
                ],
            }
            for row in rows
        ],
        "more": max(0, len(found.rows) - MOST_ROWS) + max(0, len(found.columns) - MOST_COLUMNS),
    }  # fmt: skip


def _over(found: Cross) -> str:
    if not found.column:
        return ""
    return _("Rows: %(rows)s. Columns: %(columns)s.") % {
        "rows": statistics.dimension(found.row), "columns": statistics.dimension(found.column),
    }  # fmt: skip


def _head(found: Cross, column: Code) -> str:
    if not found.column:
        return _("Number")
    return _("Total") if column is None else label(found.column, column)


def _cell(line: ReleaseLine | None) -> dict[str, str]:
    if line is None:
        return {"text": "–", "interval": ""}
    if line.value is None:
        return {"text": _("not shown"), "interval": ""}
    interval = ""
    if line.low is not None and line.high is not None:
        interval = _("%(low)s to %(high)s") % {
            "low": numbers.whole(line.low), "high": numbers.whole(line.high),
        }  # fmt: skip
    return {"text": numbers.whole(line.value), "interval": interval}
