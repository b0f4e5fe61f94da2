"""From a file to a checked Definition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import rfc8785
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ayni.protocol.check import check
from ayni.protocol.conditions import Fact, compile_condition
from ayni.protocol.errors import DefinitionRefused, Problem
from ayni.protocol.model import (
    Actor,
    Cite,
    Definition,
    FormField,
    Gate,
    Limit,
    LimitStatus,
    Mark,
    Option,
    Phase,
    Repeat,
    RepeatKind,
    Side,
    Source,
    Start,
    Step,
    SubjectKind,
    Text,
    Unit,
)
from ayni.protocol.source import Located, assemble

HERE = Path(__file__).parent
DEFINITIONS = HERE / "definitions"
MANIFEST = "protocol.yaml"

_LANGUAGES = ("es", "pt", "en")


@lru_cache(maxsize=1)
def validator() -> Draft202012Validator:
    """The published JSON Schema of an assembled definition."""
    schema = json.loads((HERE / "schema" / "definition.schema.json").read_text("utf-8"))
    return Draft202012Validator(schema)


def load_file(manifest: Path) -> Definition:
    """Read, check and build a definition. Raises DefinitionRefused with every mistake found."""
    return build(checked(assemble(manifest)))


def checked(document: Located) -> dict[str, Any]:
    """The plain document, once schema and meaning are in order. Raises DefinitionRefused."""
    problems = [
        document.problem(tuple(error.absolute_path), _plain(error))
        for error in validator().iter_errors(document.value)
    ]
    problems = problems or check(document)
    if problems:
        raise DefinitionRefused(problems)
    value: dict[str, Any] = document.value
    return value


@lru_cache(maxsize=8)
def shipped_document(key: str, version: str) -> dict[str, Any]:
    """The plain, checked document of a definition that comes with the software; not to be changed
    by who reads it, since reading takes seconds and is done once in a process.

    Raises DefinitionRefused if there is none.
    """
    manifest = DEFINITIONS / key / version / MANIFEST
    if DEFINITIONS not in manifest.resolve().parents or not manifest.is_file():
        raise DefinitionRefused([Problem(f"{key}/{version}", 1, 1, _("no such definition"))])
    return checked(assemble(manifest))


@lru_cache(maxsize=8)
def shipped(key: str, version: str) -> Definition:
    """A definition that comes with the software. Raises DefinitionRefused if there is none."""
    return build(shipped_document(key, version))


def _plain(error: ValidationError) -> str:
    """A schema error in words that name what to do."""
    wanted: Any = error.validator_value
    given: Any = error.instance
    if error.validator == "required":
        missing = [name for name in wanted if name not in given]
        if missing and missing[0] in _LANGUAGES:
            texts = {
                "es": _("the Spanish text (es) is missing"),
                "pt": _("the Portuguese text (pt) is missing"),
                "en": _("the English text (en) is missing"),
            }
            return texts[missing[0]]
        return _("%(name)s is missing") % {"name": repr(missing[0])} if missing else error.message
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        allowed = schema.get("properties", {})
        extra = [name for name in given if name not in allowed]
        return _("%(name)s is not known here; known are: %(names)s") % {
            "name": repr(extra[0]),
            "names": ", ".join(sorted(allowed)),
        }
    if error.validator == "enum":
        return _("%(name)s is not one of: %(names)s") % {
            "name": repr(given),
            "names": ", ".join(map(str, wanted)),
        }
    if error.validator == "maxLength":
        return _("%(name)s is too long; at most %(most)s characters") % {
            "name": repr(given[:40]),
            "most": wanted,
        }
    if error.validator == "maxItems":
        return _("there are too many; at most %(most)s") % {"most": wanted}
    return error.message[:300]


def build(document: Mapping[str, Any]) -> Definition:
    """The Definition of a document that was checked."""
    facts = {each["name"]: _fact(each) for each in document.get("facts", [])}
    conditions = document.get("conditions", [])
    return Definition(
        key=document["key"],
        version=document["version"],
        title=Text.of(document["title"]),
        status=Text.of(document["status"]),
        digest=hashlib.sha256(rfc8785.dumps(document)).hexdigest(),
        sources={each["id"]: _source(each) for each in document.get("sources", [])},
        actors={
            each["code"]: Actor(each["code"], Text.of(each["name"]), each["role"])
            for each in document["actors"]
        },
        places=_words(document, "places", "place", "words"),
        facts=facts,
        fact_names=_words(document, "facts", "name", "label"),
        fact_sentences=_words(document, "facts", "name", "sentence"),
        conditions={
            each["name"]: compile_condition(each["name"], each["expression"], facts)
            for each in conditions
        },
        condition_sentences=_words(document, "conditions", "name", "sentence"),
        options={
            each["list"]: tuple(
                Option(option["code"], Text.of(option["label"])) for option in each["codes"]
            )
            for each in document.get("options", [])
        },
        option_standards={
            each["list"]: each["standard"]
            for each in document.get("options", [])
            if "standard" in each
        },
        reasons=_words(document, "reasons", "code", "label"),
        moments=_words(document, "moments", "name", "label"),
        phrases={name: Text.of(words) for name, words in document["phrases"].items()},
        phases=tuple(_phase(each) for each in document["phases"]),
        steps={
            step["id"]: _step(step, each["id"], document)
            for each in document["phases"]
            for step in each["steps"]
        },
        closing_gates=_gates(document.get("closing", {})),
        answered_by={
            (asked["step"], asked["field"]): each["name"]
            for each in document.get("facts", [])
            for asked in each.get("asked_in", [])
        },
    )


def _words(document: Mapping[str, Any], part: str, name: str, words: str) -> dict[str, Text]:
    return {each[name]: Text.of(each[words]) for each in document.get(part, [])}


def _phase(each: Mapping[str, Any]) -> Phase:
    return Phase(
        id=each["id"],
        title=Text.of(each["title"]),
        subject=SubjectKind(each["subject"]),
        continues_in=SubjectKind(each["continues_in"]) if "continues_in" in each else None,
        steps=tuple(step["id"] for step in each["steps"]),
    )


def _fact(each: Mapping[str, Any]) -> Fact:
    domain = (False, True) if "boolean" in each else tuple(each["codes"])
    return Fact(each["name"], domain)


def _source(each: Mapping[str, Any]) -> Source:
    return Source(
        id=each["id"],
        title=Text.of(each["title"]),
        mark=Mark(each["mark"]),
        seen=Text.of(each["seen"]),
        address=each.get("address", ""),
        repealed=each.get("repealed", False),
    )


def _cites(each: Mapping[str, Any]) -> tuple[Cite, ...]:
    return tuple(
        Cite(cite["source"], Mark(cite["mark"]), cite.get("place", ""))
        for cite in each.get("sources", [])
    )


def _gates(each: Mapping[str, Any]) -> tuple[Gate, ...]:
    return tuple(Gate(gate["condition"], Text.of(gate["why"])) for gate in each.get("gates", []))


def _limit(each: Mapping[str, Any]) -> Limit:
    return Limit(
        value=each.get("value"),
        unit=Unit(each.get("unit", "hours")),
        status=LimitStatus(each["status"]),
        start=Start(each["from"]),
        cites=_cites(each),
        step=each.get("step", ""),
        moment=each.get("moment", ""),
        when=each.get("when", ""),
        words=Text.of(each["words"]) if "words" in each else None,
        changeable=each.get("changeable", False),
    )


def _step(each: Mapping[str, Any], phase: str, document: Mapping[str, Any]) -> Step:
    standards = {known["list"]: known.get("standard", "") for known in document.get("options", [])}
    limits = tuple(_limit(limit) for limit in each.get("limits", []))
    repeat = None
    if "repeat" in each:
        repeat = Repeat(
            RepeatKind(each["repeat"]["kind"]),
            tuple(each["repeat"].get("values", ())),
            limits[0].unit,
        )
    return Step(
        id=each["id"],
        phase=phase,
        title=Text.of(each["title"]),
        duty=Text.of(each["duty"]),
        sides=tuple(Side(side) for side in each["sides"]),
        actor=each["actor"],
        joint=each.get("joint", False),
        applies_when=each.get("applies_when", ""),
        presumed=each.get("presumed", False),
        after=tuple(each.get("after", ())),
        limits=limits,
        period=tuple(_limit(limit) for limit in each.get("period", [])),
        repeat=repeat,
        gates=_gates(each),
        fields=tuple(
            FormField(
                id=asked["id"],
                kind=asked["kind"],
                label=Text.of(asked["label"]),
                klass=asked["class"],
                required=asked.get("required", False),
                options=asked.get("options", ""),
                standard=standards.get(asked.get("options", ""), ""),
            )
            for asked in each.get("fields", [])
        ),
        cites=_cites(each),
        continuous=each.get("continuous", False),
        waivable=each.get("waivable", True),
        declinable=each.get("declinable", True),
        holds_closing=each.get("holds_closing", True),
        answers=each.get("answers", False),
        closes=each.get("closes", False),
        protects=each.get("protects", ""),
    )
