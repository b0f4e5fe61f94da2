"""Values of HTCDS fields: read from what a file holds, and written. Pure; `today` is an argument.

A value is text, a day, yes or no, a number, codes (a tuple), or JSON. Nothing is guessed: what is
not exactly of its kind raises `Unfit`, which says what was expected. An empty cell is no value;
"NA" is Namibia where a country is asked for, and never "missing".
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ayni.statistics.htcds import fields
from ayni.statistics.htcds.fields import Field

# What a cell of a file gives, and what a field keeps.
Cell = str | bool | int | float | Decimal | date | datetime | time | None
Value = str | bool | Decimal | date | tuple[str, ...] | list[Any] | dict[str, Any]

LONGEST = 20_000  # characters
LONGEST_CELL = 32_000  # UTF-16 units; a cell of a workbook holds 32,767
EARLIEST = date(1900, 1, 1)  # as in the validation of the official template
LATEST = date(2100, 1, 1)
MOST_YEARS = 130
_DIGITS = 15  # what a number of a workbook keeps
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,12})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}.*)?", re.ASCII)
_PHONE = re.compile(r"\+?[1-9]\d{1,14}", re.ASCII)  # E.164, as the standard writes it
_BAND = re.compile(r"(\d{1,3})-(\d{1,3})", re.ASCII)
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
# What may lie in the future: what is planned.
_PLANNED = frozenset({"spl_PlannedEndDate"})
_RANGES = {
    "longitude": (Decimal(-180), Decimal(180)),
    "latitude": (Decimal(-90), Decimal(90)),
    "age": (Decimal(0), Decimal(MOST_YEARS)),
    "whole": (Decimal(0), Decimal(99)),
    "year": (Decimal(1900), Decimal(2100)),
    "number": (Decimal("-1e12"), Decimal("1e12")),
}
NUMBERS = frozenset(_RANGES)
_WHOLE = frozenset({"age", "whole", "year"})


class Unfit(ValueError):
    """A cell is not of the kind of its field; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A value, and whether it was put right: other letters than the standard's, or spaces."""

    value: Value
    put_right: bool = False


def read(field: Field, cell: Cell, *, today: date, separator: str = ";") -> Taken | None:
    """The value of a field in a cell; None for an empty one. Raises `Unfit`.

    `separator` stands between several codes (";" in workbooks and CSV, " " in XForms).
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if field.kind in fields.MANY:
        return _codes(field, cell, separator)
    return _READERS[field.kind](field, cell, today)


def _plain(cell: Cell) -> str:
    """A cell as text: a whole number without a point, a day as ISO 8601."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        cell = Decimal(repr(cell))
    if isinstance(cell, Decimal):
        return format(cell.normalize(), "f")
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _text(field: Field, cell: Cell, today: date) -> Taken:
    found = _plain(cell)
    text = found.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(_is_no_sign(sign) for sign in text):
        raise Unfit(_("text without control characters"))
    if len(text) > LONGEST or _units(text) > LONGEST_CELL:
        raise Unfit(_("text of at most %(most)s characters") % {"most": LONGEST})
    if "\ufffd" in text or looks_misread(text):
        raise Unfit(
            _("text in UTF-8; this one was read in another encoding and written again wrongly")
        )
    return Taken(text, put_right=text != found or not isinstance(cell, str))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _is_no_sign(sign: str) -> bool:
    """Control characters but tab and line feed, halves of pairs, and what XML 1.0 cannot hold."""
    return (
        unicodedata.category(sign) in ("Cc", "Cs")
        and sign not in "\t\n"
        or sign in ("\ufffe", "\uffff")
    )


def looks_misread(text: str) -> bool:
    """Whether UTF-8 was read as Windows-1252 ("MarÃ­a"): whole words that turn into other ones."""
    if text.isascii():
        return False
    for part in re.findall(r"[^\x00-\x7f]{2,}", text):
        try:
            if part.encode("cp1252").decode("utf-8") != part:
                return True
        except UnicodeError:
            continue
    return False


def _day(field: Field, cell: Cell, today: date) -> Taken:
    if isinstance(cell, datetime):
        day = cell.date()
        exact = cell.time() == time()
    elif isinstance(cell, date):
        day, exact = cell, True
    else:
        text = _plain(cell).strip()
        if not isinstance(cell, str) or not _DAY.fullmatch(text):
            raise Unfit(_("a day as YYYY-MM-DD, or a cell formatted as a date"))
        try:
            day = datetime.fromisoformat(text).date()
        except ValueError:
            raise Unfit(_("a day that exists, as YYYY-MM-DD")) from None
        exact = len(text) == 10 and text == cell
    if not EARLIEST <= day <= LATEST:
        raise Unfit(_("a day between 1900 and 2100"))
    if field.name not in _PLANNED and day > today:
        raise Unfit(_("a day that is not in the future"))
    if field.name == "prs_Birthdate" and today.year - day.year > MOST_YEARS:
        raise Unfit(_("the birth of somebody who can be alive"))
    return Taken(day, put_right=not exact)


def _yes_no(field: Field, cell: Cell, today: date) -> Taken:
    if isinstance(cell, bool):
        return Taken(cell)
    text = _plain(cell).strip()
    if text.casefold() in _YES | _NO:
        return Taken(text.casefold() in _YES, put_right=text not in ("TRUE", "FALSE", "true"))
    raise Unfit(_("TRUE or FALSE (or Yes, No)"))


def _number(field: Field, cell: Cell, today: date) -> Taken:
    text = _plain(cell).strip()
    if isinstance(cell, bool) or not _NUMBER.fullmatch(text):
        raise Unfit(_("a number written with digits and a point, as in -34.6"))
    number = Decimal(text)
    low, high = _RANGES[field.kind]
    if len(number.normalize().as_tuple().digits) > _DIGITS:
        raise Unfit(_("a number of at most %(most)s digits") % {"most": _DIGITS})
    if not low <= number <= high:
        raise Unfit(_("a number from %(low)s to %(high)s") % {"low": low, "high": high})
    if field.kind in _WHOLE and number != number.to_integral_value():
        raise Unfit(_("a whole number"))
    return Taken(number.normalize())


def _phone(field: Field, cell: Cell, today: date) -> Taken:
    found = _plain(cell)
    text = found.strip()
    if not is_phone(text):
        raise Unfit(_("a telephone number with country code, digits only (E.164), as +59171234567"))
    return Taken(text, put_right=text != cell)


def is_phone(text: str) -> bool:
    """Whether it is a telephone number as the standard writes it (E.164)."""
    return _PHONE.fullmatch(text) is not None


def _band(field: Field, cell: Cell, today: date) -> Taken:
    text = _plain(cell).strip()
    parts = _BAND.fullmatch(text)
    if parts is None or not 0 <= int(parts[1]) <= int(parts[2]) <= MOST_YEARS:
        raise Unfit(_("two ages in years, as 18-20"))
    return Taken(text, put_right=text != cell)


def _country(field: Field, cell: Cell, today: date) -> Taken:
    code = fields.country_of(cell) if isinstance(cell, str) else None
    if code is None:
        raise Unfit(_("a country: a code of ISO 3166-1 (BO or BOL) or its name"))
    return Taken(code, put_right=code != cell)


def _language(field: Field, cell: Cell, today: date) -> Taken:
    text = _plain(cell).strip()
    code = fields.language_words().get(text.lower())
    if code is None:
        raise Unfit(_("a language: a code of ISO 639 with two or three letters (es or spa)"))
    return Taken(code, put_right=code != cell)


def _code(field: Field, cell: Cell, today: date) -> Taken:
    code = fields.code_words(field.name).get(fields.folded(_plain(cell)))
    if code is None:
        raise Unfit(_("one of: %(codes)s") % {"codes": ", ".join(field.codes or {})})
    return Taken(code, put_right=code != cell)


def _codes(field: Field, cell: Cell, separator: str) -> Taken:
    text = _plain(cell)
    whole = _one_of_many(field, text)
    parts = [text] if whole is not None else re.split(r"[;\n]", text)
    if whole is None and separator == " " and len(parts) == 1:
        parts = text.split()
    found: list[str] = []
    for part in parts:
        if not part.strip():
            continue
        code = _one_of_many(field, part)
        if code is None:
            raise Unfit(_many_expected(field) + " " + _("(“%(part)s” is none)") % {"part": part})
        if code not in found:
            found.append(code)
    if not found:
        raise Unfit(_many_expected(field))
    return Taken(tuple(found), put_right=separator.join(found) != cell)


def _one_of_many(field: Field, text: str) -> str | None:
    if field.kind == "countries":
        return fields.country_of(text)
    return fields.code_words(field.name).get(fields.folded(text))


def _many_expected(field: Field) -> str:
    if field.kind == "countries":
        return _("countries, separated by semicolons: codes of ISO 3166-1 (BO or BOL) or names")
    return _("one or more, separated by semicolons, of: %(codes)s") % {
        "codes": ", ".join(field.codes or {})
    }


def _json(field: Field, cell: Cell, today: date) -> Taken:
    if not isinstance(cell, str):
        raise Unfit(_("JSON, as this software writes it"))
    try:
        found = loads(cell)
    except (ValueError, RecursionError):
        raise Unfit(_("JSON, as this software writes it")) from None
    if not isinstance(found, str | list | dict) or not found:
        raise Unfit(_("JSON, as this software writes it"))
    check_json(found)
    return Taken(found)


def check_json(found: Any) -> None:
    """Raise `Unfit` for JSON that no file could hold: control characters, or too long."""
    written = dumps(found)
    if _units(written) > LONGEST_CELL:
        raise Unfit(_("text of at most %(most)s characters") % {"most": LONGEST_CELL})
    if any(_is_no_sign(sign) for sign in written):
        raise Unfit(_("text without control characters"))


def loads(text: str) -> Any:
    """JSON in which a name stands once and every number is one. Raises ValueError."""
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(_name: str) -> None:
    raise ValueError("no number")


def _finite(written: str) -> float:
    number = float(written)  # 1e999 is infinity
    if not math.isfinite(number):
        _no_number(written)
    return number


def dumps(value: Any) -> str:
    """JSON in one line, the same for the same value."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def write(field: Field, value: Value, separator: str = ";") -> str:
    """A value as text, as `read` takes it back."""
    if field.kind in ("json", "group"):
        return dumps(value)
    if isinstance(value, tuple):
        return separator.join(value)
    return _plain(value)  # type: ignore[arg-type]  # JSON went above


_READERS: Mapping[str, Callable[[Field, Cell, date], Taken]] = {
    "text": _text,
    "long_text": _text,
    "lookup": _text,
    "date": _day,
    "yes_no": _yes_no,
    **dict.fromkeys(_RANGES, _number),
    "phone": _phone,
    "age_band": _band,
    "country": _country,
    "language": _language,
    "code": _code,
    "json": _json,
}
