"""A panel: one answer with its drawing, what must be known to read it, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ayni.statistics import api as statistics
from ayni.statistics.api import Answer
from ayni.statistics.api import AnswerLine as Line
from ayni.statistics.pages import numbers


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of a dashboard. `svg`: the drawing, markup of ours; `facts`: label and text, always
    in sight; `more`: texts that are folded away; `of_rows`: how many rows there are, where the
    table has only the first; `refused`: why there is no answer, in its place; `why`: what makes
    the source differ from others, told in any case; `answer`: what its files hold."""

    ident: str
    title: str
    svg: str = ""
    lead: str = ""
    facts: Sequence[tuple[str, str]] = ()
    more: Sequence[str] = ()
    caption: str = ""
    head: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    of_rows: int = 0
    refused: str = ""
    why: Sequence[tuple[str, str]] = ()
    is_map: bool = False
    answer: Answer | None = None


def say(words: statistics.Words) -> str:
    """Words of an answer in the reader's language."""
    return words.into(get_language() or "es")


def title_of(answer: Answer) -> str:
    """What an answer is called."""
    return say(answer.title)


def period(answer: Answer) -> str:
    """The years of an answer."""
    first, last = answer.years
    return str(first) if first == last else f"{first}–{last}"


def facts(answer: Answer) -> list[tuple[str, str]]:
    """What stands beside every drawing: whose records they are, period, denominator, date of data,
    share missing, what the masks leave open, and the published interval or that there is none."""
    told = [
        *([(_("Records of"), answer.area.holder)] if answer.area.holder else []),
        (_("Period"), period(answer)),
        (_("Counted"), say(answer.numerator)),
        (_("Out of"), _denominator(answer)),
        (_("Not told, or left out of the count"), _missing(answer)),
    ]
    if answer.masked_cells:
        told.append((_("Small numbers left out"), _masked(answer)))
    if answer.area.without_data:
        names = ", ".join(statistics.country(code) for code in answer.area.without_data)
        told.append((_("No data for"), names))
    told.append((_("Interval"), _interval_words(answer)))
    told.append((_("Data of"), numbers.day(answer.origin.edition)))
    told.append((_("Source"), say(answer.origin.title)))
    return told


def headline(answer: Answer) -> str:
    """The one number to be quoted, with what it is of; empty where there is none."""
    line = answer.headline
    if line is None or line.share is None or answer.unit is not statistics.Unit.SHARE:
        return ""
    counted = numbers.count(line).text
    of = "" if line.denominator is None else numbers.whole(line.denominator)
    return _("%(share)s (%(count)s of %(of)s)") % {
        "share": numbers.per_cent(line.share), "count": counted, "of": of,
    }  # fmt: skip


def _interval_words(answer: Answer) -> str:
    if any(line.interval is not None for line in (*answer.lines, *answer.series)):
        return _("at 95 per cent, drawn as a line and told in the table")
    return _("the source publishes none")


def _denominator(answer: Answer) -> str:
    text = say(answer.denominator)
    if answer.total.count is None:
        return text
    return f"{text} ({numbers.whole(answer.total.count)})"


def _missing(answer: Answer) -> str:
    """Of all together; and which state says least, where several are asked of: their sum would be
    taken for a share of each."""
    said = _share_missing(answer.missing)
    told = [(code, each) for code, each in answer.missing_in if each.share is not None]
    if len(answer.missing_in) < 2 or not told:
        return said
    code, most = max(told, key=lambda each: (each[1].share or 0, each[0]))
    return _("%(missing)s, the states taken together; most in %(state)s: %(most)s") % {
        "missing": said, "state": statistics.country(code), "most": _share_missing(most),
    }  # fmt: skip


def _missing_in(answer: Answer) -> list[str]:
    """The same state by state, as one text."""
    if len(answer.missing_in) < 2:
        return []
    states = sorted((statistics.country(code), each) for code, each in answer.missing_in)
    told = "; ".join(f"{name}: {_share_missing(each)}" for name, each in states)
    return [_("Not told, or left out of the count, state by state: %(states)s.") % {"states": told}]


def _share_missing(missing: statistics.Missing) -> str:
    if missing.share is None:
        return _("cannot be said")
    if missing.count is None or missing.of is None:
        return numbers.per_cent(missing.share)
    return _("%(share)s (%(count)s of %(of)s)") % {
        "share": numbers.per_cent(missing.share),
        "count": numbers.whole(missing.count),
        "of": numbers.whole(missing.of),
    }


def _masked(answer: Answer) -> str:
    cells = numbers.whole(answer.masked_cells)
    line = answer.headline
    if line is None or line.share_least is None or line.share_most is None:
        return cells
    return _("%(cells)s. With them the share would be between %(least)s and %(most)s.") % {
        "cells": cells,
        "least": numbers.per_cent(line.share_least),
        "most": numbers.per_cent(line.share_most),
    }


def more(answer: Answer) -> list[str]:
    """What is folded away: what is left out, what the source covers and counts, and notes."""
    return [
        say(answer.origin.attribution),
        _("Left out: %(what)s.") % {"what": say(answer.excluded)},
        *_missing_in(answer),
        say(answer.origin.coverage),
        say(answer.origin.counts),
        say(answer.period),
        *map(say, answer.notes),
    ]


def crimes_of(panels: Sequence[Panel]) -> str:
    """What may be said of the crime of all that is shown; empty where no number is."""
    crimes = {panel.answer.crime for panel in panels if panel.answer is not None}
    if not crimes:
        return ""
    if crimes == {statistics.Crime.TRAFFICKING}:
        return _(
            "Trafficking in persons only. It is never added to the smuggling of migrants, which is "
            "another crime."
        )
    if crimes == {statistics.Crime.SMUGGLING}:
        return _(
            "Smuggling of migrants only. It is never added to trafficking in persons, which is "
            "another crime."
        )
    return _("These clocks do not say which crime they are about.")


def described(answer: Answer) -> str:
    """The facts as one text, for the description of a drawing."""
    return " ".join(f"{name}: {text}." for name, text in facts(answer))


def names_of(by: Sequence[str], line: Line) -> list[str]:
    """The codes of a line in the reader's language."""
    return [statistics.label(name, code) for name, code in zip(by, line.codes, strict=True)]


def table(
    by: Sequence[str], lines: Sequence[Line], unit: statistics.Unit
) -> tuple[list[str], list[list[Any]]]:
    """Head and rows with every number of the lines: as drawn, and what may lie behind a mask."""
    shares = any(line.share is not None for line in lines)
    masks = any(line.masked_cells for line in lines)
    intervals = any(line.interval is not None for line in lines)
    head = [statistics.dimension(name) for name in by] + [_("Number")]
    head += [_("Per unit") if unit is statistics.Unit.RATIO else _("Share")] if shares else []
    head += [_("Out of")] if shares else []
    head += [_("Small numbers left out"), _("The true number lies between")] if masks else []
    head += [_("Interval")] if intervals else []
    rows = []
    for line in lines:
        row: list[Any] = list(names_of(by, line))
        row.append(_cell(numbers.count(line).text))
        if shares:
            row.append(_cell(numbers.share(line, unit).text))
            row.append(_cell(_or_dash(line.denominator)))
        if masks:
            row.append(_cell(numbers.whole(line.masked_cells)))
            row.append(_cell(_bounds(line)))
        if intervals:
            row.append(_cell(_interval(line)))
        rows.append(row)
    return head, rows


def _cell(text: str) -> dict[str, Any]:
    return {"text": text, "number": True}


def _or_dash(number: int | None) -> str:
    return "–" if number is None else numbers.whole(number)


def _bounds(line: Line) -> str:
    if line.most is None:
        return _("%(least)s or more") % {"least": numbers.whole(line.least)}
    if line.least == line.most:
        return numbers.whole(line.least)
    return f"{numbers.whole(line.least)} – {numbers.whole(line.most)}"


def _interval(line: Line) -> str:
    if line.interval is None:
        return "–"
    low, high = line.interval
    return f"{numbers.whole(low)} – {numbers.whole(high)}"
