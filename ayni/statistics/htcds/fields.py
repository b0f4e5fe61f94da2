"""The field table of HTCDS 2.0 and our own fields beside it, read from `data/`. Pure.

Source: IOM, HTCDS 2.0, "HTCDS Field Standards 2.0.ods" (CC BY 4.0); the place stands in the files.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global
from ruamel.yaml import YAML

PREFIX = "ayni_"
# Sections of which a record may have several entries: prefix -> our field that then holds them.
GROUPS = {
    "hte_": "ayni_HistoricTraffickingEvents",
    "spl_": "ayni_SupportPlans",
    "cco_": "ayni_CaseComments",
}
# Kinds whose value is several codes.
MANY = frozenset({"codes", "countries"})
# Personal data that name or find somebody; exported only when asked for. The rest of `prs_` that
# is counted (gender, citizenship) goes with the case.
_WITHOUT_IDENTITY = frozenset({"prs_Gender", "prs_Citizenship"})
# Beside `prs_`, by the kind of a field: what is written freely in a line, a number to call, a point
# on the map, and who or what is looked up. An organisation's street or telephone is that of the
# shelter where somebody lives, the one that referred her tells as much; of an organisation, its
# country and kind are left. The day of an event finds somebody as its place does.
_FINDING_KINDS = frozenset({"text", "phone", "longitude", "latitude", "lookup"})
_FINDS = frozenset({"hte_Date"})
# Alpha-3 codes of countries that are no more (ISO 3166-3), which CLDR maps to their followers.
_WITHDRAWN = frozenset({"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR"})
_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `type` is the standard's word, `kind` how it is read (`values.py`); `codes` maps
    code to label; `group`: for a field that holds several entries of a section, its prefix.
    `holds`: "identity" or "told" (what the person told) for what is exported only when asked for.
    """

    name: str
    label: str
    kind: str
    type: str = ""
    section: str = ""
    core: bool = False
    deprecated: bool = False
    codes: Mapping[str, str] | None = None
    group: str = ""
    holds: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is one of ours and none of the standard."""
        return self.name.startswith(PREFIX)

    @property
    def prefix(self) -> str:
        """The prefix of its section: three letters and an underscore."""
        return self.name.partition("_")[0] + "_"


@cache
def _read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((_DATA / name).read_text("utf-8"))


def _holds(name: str, kind: str) -> str:
    if kind == "long_text":
        return "told"
    of_the_person = name.startswith("prs_") and name not in _WITHOUT_IDENTITY
    return "identity" if of_the_person or kind in _FINDING_KINDS or name in _FINDS else ""


@cache
def standard() -> Mapping[str, Field]:
    """Every field of HTCDS 2.0 by name, in the order of its table."""
    table = _read("fields.yaml")
    found = {}
    for section in table["sections"]:
        for row in section["fields"]:
            found[row["name"]] = Field(
                name=row["name"],
                label=row["label"],
                kind=row["kind"],
                type=row["type"],
                section=section["name"],
                core=row.get("core", False),
                deprecated=row.get("deprecated", False),
                codes=table["codes"].get(row.get("codes")),
                holds=_holds(row["name"], row["kind"]),
            )
    return found


@cache
def own() -> Mapping[str, Field]:
    """Our own fields by name."""
    table = _read("extension.yaml")
    codes = {**_read("fields.yaml")["codes"], **table["codes"]}
    return {
        row["name"]: Field(
            name=row["name"],
            label=row["label"],
            kind=row["kind"],
            section="Ayni",
            codes=codes.get(row.get("codes")),
            group=row.get("group", ""),
            holds=row.get("holds", ""),
        )
        for row in table["fields"]
    }


@cache
def fields() -> Mapping[str, Field]:
    """Every field of the standard, then every one of ours."""
    return {**standard(), **own()}


@cache
def official() -> Mapping[str, Any]:
    """How the official files spell names and values, and the layout of the templates."""
    found: Mapping[str, Any] = _read("official.yaml")
    return found


@cache
def countries() -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 codes with the English names of the official templates (same source)."""
    with (_DATA / "countries.csv").open(encoding="utf-8", newline="") as opened:
        return {row["code"]: row["name"] for row in csv.DictReader(opened)}


def prepare() -> None:
    """Read every table now: not in the middle of a transaction."""
    fields(), official(), country_names(), alpha3(), language_words()


def folded(text: str) -> str:
    """What of a label or code is compared: letters and digits, without case or kind of space."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


@cache
def alpha3() -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 -> alpha-3 (Unicode CLDR), without codes that were withdrawn."""
    codes = countries()
    return {
        now[0]: alias
        for alias, now in get_global("territory_aliases").items()
        if len(alias) == 3 and alias.isalpha() and len(now) == 1 and now[0] in codes
        if alias not in _WITHDRAWN
    }


@cache
def country_names() -> Mapping[str, str]:
    """Names of countries, folded -> alpha-2: the names of the templates, and those in English,
    Spanish and Portuguese (Unicode CLDR). Codes are no names: "N/A" must not become Namibia."""
    codes = countries()
    found = {folded(name): code for code, name in codes.items()}
    for language in ("en", "es", "pt"):
        for code, name in Locale(language).territories.items():
            if code in codes:
                found.setdefault(folded(name), code)
    return found


def country_of(text: str) -> str | None:
    """The alpha-2 code of a country given as alpha-2, alpha-3 or a name; None if it is none."""
    code = text.strip().upper()
    if code in countries():
        return code
    if len(code) == 3 and code in _by_alpha3():
        return _by_alpha3()[code]
    return country_names().get(folded(text))


@cache
def _by_alpha3() -> Mapping[str, str]:
    return {three: two for two, three in alpha3().items()}


@cache
def language_words() -> Mapping[str, str]:
    """A language's code -> the code that is kept: two letters (ISO 639-1) where there are any, else
    three (ISO 639-2 or 639-3), by Unicode CLDR."""
    codes = [str(code) for code in Locale("en").languages]
    known = {code: code for code in codes if code.isalpha() and len(code) <= 3}
    for alias, now in get_global("language_aliases").items():
        if len(alias) == 3 and alias.isalpha() and now in known:
            known.setdefault(alias, now)
    return known


@cache
def code_words(name: str) -> Mapping[str, str]:
    """What names a code of a field -> the code: its value name, its label, and the spellings of the
    official files, folded."""
    field = fields()[name]
    words: dict[str, str] = {}
    for code in field.codes or {}:
        words[folded(code)] = code
    for code, label in (field.codes or {}).items():
        words.setdefault(folded(label), code)
    for spelled, code in (official()["values"].get(name) or {}).items():
        words.setdefault(folded(spelled), code)
    return words


def in_section(prefix: str) -> Iterator[Field]:
    """The fields of the standard whose name has this prefix."""
    return (field for field in standard().values() if field.prefix == prefix)
