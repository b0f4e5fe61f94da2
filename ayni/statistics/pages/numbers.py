"""Numbers of an answer as they are written and drawn."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ayni.statistics import api as statistics
from ayni.statistics.charts.values import Hidden, Value, Words


def whole(number: float) -> str:
    """A count, grouped as the reader's language does."""
    return number_format(round(number), force_grouping=True)


def per_cent(share: float) -> str:
    """A share of 0 to 1 in per cent, with one decimal."""
    return f"{_decimals(100 * share, 1)} %"


def ratio(number: float) -> str:
    """A ratio, with two decimals."""
    return _decimals(number, 2)


def _decimals(number: float, places: int) -> str:
    """Rounded, then written: Django's `number_format` alone would cut the other decimals off."""
    return number_format(round(number, places), decimal_pos=places)


def day(of: date) -> str:
    """A date in the reader's language."""
    return date_format(of, "DATE_FORMAT")


def words() -> Words:
    """What drawings say of what they cannot show."""
    return Words(
        masked=_("Hatched: not told exactly, only that it is below the number shown."),
        suppressed=_("Hatched: held back, because it could point at persons."),
        unknown=_("Dotted: not reported. That is not zero."),
        no_colour=_("Grey: not part of these figures."),
    )


def unknown() -> Value:
    """The value of what nobody reported."""
    return Value(_("not reported"), hidden=Hidden.UNKNOWN)


def mask_of(line: statistics.AnswerLine) -> Value:
    """The value of a line without a count: its mask, never a number."""
    if not line.mask:
        return unknown()
    bound = line.mask.removeprefix("<")
    if bound != line.mask and bound.isdecimal():
        return Value(line.mask, hidden=Hidden.MASKED, below=int(bound))
    return Value(line.mask, hidden=Hidden.SUPPRESSED)


def count(line: statistics.AnswerLine) -> Value:
    """The count of a line, with the published interval if there is one."""
    if line.count is None:
        return mask_of(line)
    low, high = line.interval or (None, None)
    return Value(whole(line.count), line.count, low=low, high=high)


def count_and_share(line: statistics.AnswerLine) -> Value:
    """The same; what is written names the share beside it."""
    value = count(line)
    if value.number is None or line.share is None:
        return value
    text = f"{value.text} ({per_cent(line.share)})"
    return Value(text, value.number, low=value.low, high=value.high)


def share(line: statistics.AnswerLine, unit: statistics.Unit) -> Value:
    """The share of a line in per cent, or its ratio; hidden where its count is."""
    if line.share is None:
        return mask_of(line) if line.count is None else unknown()
    if unit is statistics.Unit.RATIO:
        return Value(ratio(line.share), line.share)
    return Value(per_cent(line.share), 100 * line.share)


def value(line: statistics.AnswerLine, unit: statistics.Unit) -> Value:
    """What an answer of this unit is about: its count, or its share."""
    if unit is statistics.Unit.COUNT:
        return count_and_share(line)
    return share(line, unit)


def axis(unit: statistics.Unit, number: float) -> str:
    """A number beside a scale: as short as it may be."""
    if unit is statistics.Unit.COUNT:
        return whole(number)
    text = _decimals(number, 0 if float(number).is_integer() else 2)
    return f"{text} %" if unit is statistics.Unit.SHARE else text


def more_flows(number: int) -> str:
    """That so many flows are not drawn."""
    return ngettext(
        "%(n)s more flow is in the table only.", "%(n)s more flows are in the table only.", number
    ) % {"n": whole(number)}  # fmt: skip
