"""What a notice tells of a person and of a safe way to reach her or him: each value with its name.

A value without its name is dangerous here: an hour may be the one at which she must not be called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.help import api as help_pages
from ayni.lib.errors import Text

Row = dict[str, Any]

_ABOUT: Mapping[str, Text] = {
    "name": _("Name"),
    "age": _("Age"),
    "nationality": _("Nationality"),
    "phones": _("Telephone number"),
    "documents": _("Identity documents"),
}


def contact_rows(told: Any) -> list[Row]:
    """How the person may be contacted: {key, value}."""
    return [{"key": name, "value": text} for name, text in cases.contact_parts(told)]


def about_rows(told: Any) -> list[Row]:
    """Who the notice is about: {key, value}."""
    ages = dict(help_pages.vocabulary.AGES)
    return _rows(
        told,
        _ABOUT,
        {
            "age": lambda value: str(ages.get(value, value)),
            "nationality": lambda value: cases.in_words("citizenships", value),
        },
    )


def _rows(told: Any, names: Mapping[str, Text], readers: Mapping[str, Any]) -> list[Row]:
    if not isinstance(told, Mapping):
        return []
    keys = [*(key for key in names if key in told), *(key for key in told if key not in names)]
    rows = []
    for key in keys:
        value = readers[key](told[key]) if key in readers else cases.in_words(key, told[key])
        if value:
            rows.append({"key": names.get(key, key), "value": value})
    return rows
