"""Words of what a release says: titles, codes, and what was done to the numbers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ayni.statistics import api as statistics
from ayni.statistics import release_words as words
from ayni.statistics.api import Content, Method, Shown
from ayni.statistics.indicators.register_words import COUNTRIES
from ayni.statistics.releasing.joint import NOT_TOLD


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
