"""What we publish for HTCDS 2.0, since the standard publishes none: a JSON Schema (draft 2020-12)
and a CSV profile (Frictionless Table Schema 1.0). Pure: both are made of the field table.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from ayni.statistics.htcds import fields, values
from ayni.statistics.htcds.fields import Field
from ayni.statistics.htcds.texts import STANDARD, VERSION

_ABOUT = (
    "HTCDS 2.0 (IOM, github.com/UNMigration/HTCDS, commit "
    "3c2f6537cd76c3305975aa5eef7a1bf26fe20a30, CC BY 4.0) as this software writes and reads it. "
    "IOM publishes no such file and endorses none. Fields that begin with ayni_ are extensions. "
    "Nothing stands for a missing value: NA is Namibia."
)
_TEXT = {"type": "string", "minLength": 1, "maxLength": values.LONGEST}
_NUMBERS: dict[str, dict[str, Any]] = {
    "longitude": {"type": "number", "minimum": -180, "maximum": 180},
    "latitude": {"type": "number", "minimum": -90, "maximum": 90},
    "age": {"type": "integer", "minimum": 0, "maximum": values.MOST_YEARS},
    "whole": {"type": "integer", "minimum": 0, "maximum": 99},
    "year": {"type": "integer", "minimum": 1900, "maximum": 2100},
    "number": {"type": "number"},
}
_PATTERNS = {
    "phone": r"^\+?[1-9][0-9]{1,14}$",
    "age_band": r"^[0-9]{1,3}-[0-9]{1,3}$",
    "language": r"^[a-z]{2,3}$",
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a document with records."""
    known = fields.fields()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:ayni:htcds:2.0",
        "title": "Human Trafficking Case Data Standard (HTCDS) 2.0: records",
        "description": _ABOUT,
        "type": "object",
        "required": ["standard", "version", "records"],
        "additionalProperties": False,
        "properties": {
            "standard": {"const": STANDARD},
            "version": {"const": VERSION},
            "records": {"type": "array", "items": {"$ref": "#/$defs/record"}},
        },
        "$defs": {
            "country": {"enum": list(fields.countries())},
            "record": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: _of_json(one) for name, one in known.items()},
            },
        },
    }


def _of_json(one: Field) -> dict[str, Any]:
    return {"title": one.label, **_type_of(one), **({"deprecated": True} if one.deprecated else {})}


def _type_of(one: Field) -> dict[str, Any]:
    country = {"$ref": "#/$defs/country"}
    codes = {"enum": list(one.codes or {})}
    many = {"type": "array", "minItems": 1, "uniqueItems": True}
    match one.kind:
        case kind if kind in _NUMBERS:
            return _NUMBERS[kind]
        case kind if kind in _PATTERNS:
            return {"type": "string", "pattern": _PATTERNS[kind]}
        case "date":
            return {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        case "yes_no":
            return {"type": "boolean"}
        case "country":
            return country
        case "countries":
            return {**many, "items": country}
        case "code":
            return codes
        case "codes":
            return {**many, "items": codes}
        case "json":
            return {"type": ["string", "array", "object"]}
        case "group":
            entry = {each.name: _of_json(each) for each in fields.in_section(one.group)}
            return {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": False,
                    "properties": entry,
                },
            }
    return _TEXT


def table_schema() -> dict[str, Any]:
    """The Table Schema of a CSV file: UTF-8, commas, quoted as RFC 4180 says. A file may leave out
    columns. An apostrophe before =, +, - or @ keeps spreadsheets from running a text."""
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "title": "Human Trafficking Case Data Standard (HTCDS) 2.0: CSV profile",
        "description": f"{_ABOUT} Several codes in one value are separated by semicolons.",
        "missingValues": [""],
        "fields": [_of_csv(one) for one in fields.fields().values()],
    }


def _of_csv(one: Field) -> dict[str, Any]:
    told: dict[str, Any] = {"name": one.name, "title": one.label}
    if one.type:
        told["description"] = f"{one.section}; {one.type} in the field table"
    if one.deprecated:
        told["description"] += "; deprecated"
    countries = list(fields.countries())
    limits: dict[str, Any] = {}
    match one.kind:
        case kind if kind in _NUMBERS:
            told["type"] = _NUMBERS[kind]["type"]
            limits = {k: v for k, v in _NUMBERS[kind].items() if k != "type"}
        case "phone":
            told["type"] = "string"
            limits = {"pattern": r"^'?\+?[1-9][0-9]{1,14}$"}
        case kind if kind in _PATTERNS:
            told["type"] = "string"
            limits = {"pattern": _PATTERNS[kind]}
        case "date":
            told |= {"type": "date", "format": "%Y-%m-%d"}
        case "yes_no":
            told |= {"type": "boolean", "trueValues": ["TRUE"], "falseValues": ["FALSE"]}
        case "country" | "code":
            told["type"] = "string"
            limits = {"enum": countries if one.kind == "country" else list(one.codes or {})}
        case "countries" | "codes":
            told["type"] = "string"
            limits = {"pattern": _several(countries if one.kind == "countries" else one.codes)}
        case "json":
            told["type"] = "any"
        case "group":
            told["type"] = "array"
        case _:
            told["type"] = "string"
            limits = {"minLength": 1}
    return {**told, "constraints": limits} if limits else told


def _several(codes: Any) -> str:
    listed = "|".join(codes)
    return f"^({listed})(;({listed}))*$"


def rows_of_csv(raw: bytes) -> Iterator[dict[str, str]]:
    """The rows of a CSV file as a program reads them that knows nothing of this standard."""
    yield from csv.DictReader(io.StringIO(raw.decode(), newline=""))


def faults_of_csv(raw: bytes) -> list[str]:
    """What in a CSV file is not as the profile says: column and value, first come first."""
    known = {one["name"]: one for one in table_schema()["fields"]}
    return [
        f"{name}: {cell!r}"
        for row in rows_of_csv(raw)
        for name, cell in row.items()
        if cell and not _is_as_said(known[name], cell)
    ]


def _is_as_said(told: dict[str, Any], cell: str) -> bool:
    limits = told.get("constraints", {})
    match told["type"]:
        case "integer" | "number":
            number = float(cell)
            return bool(
                limits.get("minimum", number) <= number <= limits.get("maximum", number)
                and (told["type"] == "number" or cell.isdigit())
            )
        case "date":
            return re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell) is not None
        case "boolean":
            return cell in told["trueValues"] + told["falseValues"]
        case "array":
            return isinstance(values.loads(cell), list)
    pattern, listed = limits.get("pattern", ""), limits.get("enum", [cell])
    return re.search(pattern, cell) is not None and cell in listed
