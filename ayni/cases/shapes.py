"""What a value of a disclosable field looks like, as JSON Schema: what is sent, and what another
state's node may hand to us. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.cases import birth
from ayni.cases import vocabulary as words

_LINE = {"type": "string", "maxLength": 400}
_TEXT = {"type": "string", "maxLength": 20_000}
_COUNTRY = {"type": "string", "pattern": "^[A-Z]{2}$"}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "maxItems": 60}


def _record(**properties: Any) -> dict[str, Any]:
    """An object; a name that this version does not know carries a line or a yes or no."""
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": {"anyOf": [_LINE, {"type": "boolean"}, {"type": "null"}]},
        "maxProperties": 30,
    }


def _code(enum: Any) -> dict[str, Any]:
    return {"enum": list(enum.values)}


_TOLD = {"anyOf": [_TEXT, _list(_TEXT), _record()]}
_NEED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text", "language"],
    "properties": {"text": _TEXT, "language": {"type": "string", "pattern": "^[a-z]{2,8}$"}},
}
SHAPES: Mapping[str, dict[str, Any]] = {
    "name_as_written": _LINE,
    "given_names": _LINE,
    "first_surname": _LINE,
    "second_surname": _LINE,
    "other_names": _list({**_record(kind=_code(words.NameKind), name=_LINE), "required": ["kind"]}),
    "birth": {**_record(precision={"enum": list(birth.Precision)}), "required": ["precision"]},
    "gender": _code(words.Gender),
    "citizenships": _list(_COUNTRY),
    "documents": _list({**_record(kind=_code(words.DocumentKind)), "required": ["kind"]}),
    "phones": _list(_LINE),
    "contact": {
        "type": "object",
        "additionalProperties": {"anyOf": [_TEXT, _list(_LINE), {"type": ["boolean", "null"]}]},
        "maxProperties": 30,
    },
    "languages": _list(_LINE),
    "residence_country": _LINE,
    "health": _TOLD,
    "narrative": _TOLD,
    "needs": _list({"anyOf": [_TEXT, _NEED]}),
    "exploitation": _TOLD,
    "situation": _code(words.Situation),
    "risk": _code(words.Risk),
    "tracks": {**_list(_code(words.Track)), "uniqueItems": True},
    "host_country": _COUNTRY,
}
