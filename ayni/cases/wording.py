"""A value of a case or person as people read it, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.cases import needs
from ayni.cases import vocabulary as words
from ayni.cases.birth import Precision, Quality
from ayni.lib.errors import Text
from ayni.members import api as members

# Written by officers (desk) and by the public (help).
CONTACT: Mapping[str, Text] = {
    "never": gettext_lazy("Never"),
    "method": gettext_lazy("How"),
    "note": gettext_lazy("More about how"),
    "address": gettext_lazy("Where"),
    "hours": gettext_lazy("When it is safe"),
    "safe_word": gettext_lazy("Word that says that it is not safe to talk"),
    "our_word": gettext_lazy("Word by which she or he knows that it is us: say it first"),
    "listens": gettext_lazy("Who else may be listening"),
    "who_listens": gettext_lazy("Who else may be listening"),
}
ANOTHER_STATE = "ZZ"  # ISO 3166-1 keeps it for users


def in_words(name: str, value: Any) -> str:
    """The value of the field `name` (a key of `DISCLOSABLE`), parts separated by semicolons.

    What another node sent and this one has no words for is shown as it came; empty for no value.
    """
    return _READERS.get(name, _plain)(value)


def country(code: Any) -> str:
    """The name of a country by its ISO code; the code of one that is none of the ten states."""
    if code == ANOTHER_STATE:
        return _("Another state")
    found = members.states().get(str(code).lower())
    return str(code) if found is None else found.name


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return _list(list(value.values()))
    return _list(value) if isinstance(value, list) else _one(value)


def _one(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return "" if value is None else str(value)


def _list(value: Any, one: Callable[[Any], str] = _plain) -> str:
    parts = value if isinstance(value, list) else [value]
    return "; ".join(filter(None, (one(part) for part in parts)))


def _coded(kind: type[models.TextChoices]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        return str(kind(value).label) if value in kind.values else _one(value)

    return lambda value: _list(value, read)


def _with(text: str, *asides: str) -> str:
    told = ", ".join(filter(None, asides))
    return f"{text} ({told})" if text and told else text or told


def birth(value: Any) -> str:
    """What is known of the birth: a day, a month, a year, or about how old on which day."""
    if not isinstance(value, Mapping):
        return _one(value)
    told = str(value.get("value", ""))
    guess = _("an estimate") if value.get("quality") == Quality.ESTIMATED else ""
    try:
        match Precision(value.get("precision", "")):
            case Precision.UNKNOWN:
                return _("Not known")
            case Precision.DATE:
                told = date_format(date.fromisoformat(told), "DATE_FORMAT")
            case Precision.YEAR_MONTH:
                told = date_format(date.fromisoformat(f"{told}-01"), "YEAR_MONTH_FORMAT")
            case Precision.YEAR:
                pass
            case Precision.AGE_BAND:
                day = date_format(date.fromisoformat(value["as_of"]), "DATE_FORMAT")
                told = _("%(age)s years on %(day)s") % {"age": told, "day": day}
    except (KeyError, ValueError):
        return _list(list(value.values()))
    return _with(told, guess)


def _document(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _one(value)
    kind = _coded(words.DocumentKind)(value.get("kind"))
    number = " ".join(filter(None, (kind, _one(value.get("number")))))
    issuer = value.get("issuing_state")
    withheld = _("withheld by others") if value.get("withheld_by_others") else ""
    return _with(number, country(issuer) if issuer else "", withheld)


def _name(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _one(value)
    return _with(_one(value.get("name")), _coded(words.NameKind)(value.get("kind")))


# A telephone number, however it is parted, or an e-mail address.
_NUMBER = re.compile(r"\+?\d(?:[ .\-/()]{0,2}\d){5,}|[^\s@]+@[^\s@]+")
_HOURS = re.compile(r"\d{1,2}([ .\-/]+\d{1,2})*")


def without_numbers(text: Any) -> Any:
    """What was written of a safe contact, as it may stand beside a hidden name: each telephone
    number and e-mail address replaced by "(…)". Hours such as "9-12 14-18" stay."""
    if not isinstance(text, str):
        return text
    return _NUMBER.sub(lambda m: m[0] if _HOURS.fullmatch(m[0]) else "(…)", text)


def contact_parts(told: Any) -> list[tuple[Text, str]]:
    """How the person may be contacted safely: (name of the part, in words), what must never be done
    first. A part without words here is named by its key.

    A value without its name is dangerous: an hour may be the one at which nobody must call.
    """
    if not isinstance(told, Mapping):
        return []
    methods = dict(words.ContactMethod.choices)
    keys = [*(key for key in CONTACT if key in told), *(key for key in told if key not in CONTACT)]
    parts = []
    for key in keys:
        value = methods.get(told[key]) if key == "method" else None
        if text := _plain(told[key]) if value is None else str(value):
            parts.append((CONTACT.get(key, key), text))
    return parts


def _contact(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _plain(value)
    return "; ".join(f"{name}: {text}" for name, text in contact_parts(value))


def needs_parts(value: Any) -> list[tuple[str, str, str]]:
    """What she needs: (words, language of what was written freely, its name), codes first and in
    the reader's language. Language and name are empty for a code, and where none was noted."""
    parts = [(str(words.Need(code).label), "", "") for code in needs.coded(value)]
    for one in needs.written(value):
        known = one.language in words.Language.values
        name = str(words.Language(one.language).label) if known else one.language
        parts.append((one.text, one.language, name))
    return parts


def _needs(value: Any) -> str:
    parts = [
        _("“%(text)s” (written in: %(language)s)") % {"text": text, "language": name}
        if code
        else text
        for text, code, name in needs_parts(value)
    ]
    return "; ".join(parts) or _plain(value)


_READERS: dict[str, Callable[[Any], str]] = {
    "contact": _contact,
    "other_names": lambda value: _list(value, _name),
    "birth": birth,
    "gender": _coded(words.Gender),
    "citizenships": lambda value: _list(value, country),
    "documents": lambda value: _list(value, _document),
    "languages": _coded(words.Language),
    "needs": _needs,
    "residence_country": country,
    "host_country": country,
    "situation": _coded(words.Situation),
    "risk": _coded(words.Risk),
    "tracks": _coded(words.Track),
}
