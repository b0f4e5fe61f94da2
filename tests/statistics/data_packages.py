"""The rules of Frictionless Data Package and Table Schema (specification version 1), as far as what
we write uses them: a JSON Schema of our own, and the values of a table against its columns.

Written from the specifications (profiles "tabular-data-package" and "data-package"). A property
that the rules do not name is refused, so that a wrong name cannot pass as an extra one; `ayni` is
our own.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from jsonschema import Draft202012Validator

_NAME = {"type": "string", "pattern": "^([-a-z0-9._/])+$"}
_TEXT = {"type": "string", "minLength": 1}
# A URL, or a POSIX path that neither is absolute nor leads upwards.
_PATH = {"type": "string", "pattern": r"^(https?://\S+|(?!/)(?!.*\.\./)[^~\s]\S*)$"}
_FIELD = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "type": {"enum": ["string", "integer", "number", "boolean", "date", "datetime", "year"]},
    },
}


def _resource(profile: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["profile", "name", "path", "schema"],
        "additionalProperties": False,
        "properties": {
            "profile": {"const": profile},
            "name": _NAME,
            "path": _PATH,
            "title": _TEXT,
            "format": _TEXT,
            "mediatype": {"type": "string", "pattern": "^(.+)/(.+)$"},
            "encoding": {"enum": ["utf-8"]},
            "bytes": {"type": "integer", "minimum": 1},
            "hash": {"type": "string", "pattern": "^([^:]+:[a-fA-F0-9]+|[a-fA-F0-9]{32})$"},
            "schema": {
                "type": "object",
                "required": ["fields"],
                "additionalProperties": False,
                "properties": {
                    "fields": {"type": "array", "minItems": 1, "items": _FIELD},
                    "missingValues": {"type": "array", "items": {"type": "string"}},
                    "primaryKey": {"type": "array", "minItems": 1, "items": _TEXT},
                },
            },
        },
    }


def _package(profile: str, of_resource: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["profile", "resources"],
        "additionalProperties": False,
        "properties": {
            "profile": {"const": profile},
            "name": _NAME,
            "title": _TEXT,
            "description": _TEXT,
            "homepage": {"type": "string", "pattern": r"^https?://\S+$"},
            # RFC 3339, section 5.6
            "created": {
                "type": "string",
                "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
            },
            "sources": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["title"],
                    "additionalProperties": False,
                    "properties": {"title": _TEXT, "path": _PATH},
                },
            },
            "contributors": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["title"],
                    "additionalProperties": False,
                    "properties": {
                        "title": _TEXT,
                        "role": {
                            "enum": ["publisher", "author", "maintainer", "wrangler", "contributor"]
                        },
                    },
                },
            },
            "resources": {"type": "array", "minItems": 1, "items": _resource(of_resource)},
            "ayni": {"type": "object"},
        },
    }


def problems_of(package: dict[str, Any]) -> list[str]:
    """What the rules refuse in a descriptor."""
    tabular = package["profile"] == "tabular-data-package"
    schema = (
        _package("tabular-data-package", "tabular-data-resource")
        if tabular
        else _package("data-package", "data-resource")
    )
    wrong = Draft202012Validator(schema).iter_errors(package)
    found = [f"{each.json_path}: {each.message}" for each in wrong]
    for resource in package["resources"]:
        names = [field["name"] for field in resource["schema"]["fields"]]
        if len(set(names)) != len(names):
            found.append("two fields have one name")
        if not set(resource["schema"].get("primaryKey", ())) <= set(names):
            found.append("a key that is no field")
    return found


_CASTS = {"string": str, "integer": int, "number": float}


def problems_of_table(data: bytes, schema: dict[str, Any]) -> list[str]:
    """What does not fit in a CSV: its header, a value that is none of its column's type, a key that
    is there twice or empty."""
    head, *rows = csv.reader(io.StringIO(data.decode()))
    fields = schema["fields"]
    if head != [field["name"] for field in fields]:
        return [f"header {head}"]
    found, keys = [], set()
    for number, row in enumerate(rows, 2):
        for field, value in zip(fields, row, strict=True):
            if value in schema["missingValues"]:
                continue
            try:
                _CASTS[field["type"]](value)
            except ValueError:
                found.append(f"row {number}, {field['name']}: {value!r} is no {field['type']}")
        key = tuple(row[head.index(name)] for name in schema.get("primaryKey", ()))
        if key and ("" in key or key in keys):
            found.append(f"row {number}: key {key}")
        keys.add(key)
    return found
