"""What the page of a closed case says: until when it is kept and why, and what is counted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.cases import api as cases
from ayni.desk.shown import language
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.protocol import api as protocol

words = cases.vocabulary
Row = dict[str, Any]

_LABELS: Mapping[str, Text] = {
    "side": gettext_lazy("Side of this state"),
    "tracks": gettext_lazy("What it was about"),
    "status": gettext_lazy("Status"),
    "closure_reason": gettext_lazy("Why it was closed"),
    "opened_year": gettext_lazy("Year of opening"),
    "closed_year": gettext_lazy("Year of closing"),
    "gender": gettext_lazy("Gender"),
    "age_group": gettext_lazy("Age group at the opening"),
    "citizenship": gettext_lazy("Nationality: one of the ten states, or another"),
    "host_state": gettext_lazy("Where the person was: one of the ten states, or another"),
    "trafficking_status": gettext_lazy("Outcome of the identification"),
    "exploitation": gettext_lazy("Type of exploitation"),
    "consent": gettext_lazy("Consent to statistics without identity"),
}
_AGES: Mapping[str, Text] = {
    "child": gettext_lazy("Under 18"),
    "adult": gettext_lazy("18 or older"),
    "unknown": gettext_lazy("Not known"),
}


def kept(case: cases.Case) -> Row:
    """Until when a closed case is kept, for how long, and by what."""
    months = int(case.kept_by.get("months", 0))
    if case.kept_by.get("status") == "norm":
        why = _("by a norm: %(source)s") % {"source": case.kept_by["source"]}
    else:
        why = _("set by this node, no norm found")
    return {"months": months, "why": why}


def counted_rows(definition: protocol.Definition, told: Mapping[str, Any]) -> list[Row]:
    """What was written down for statistics, in words; what is unknown is said as unknown."""
    readers: dict[str, Callable[[Any], str]] = {
        "side": _of(words.Side),
        "tracks": _of(words.Track),
        "status": _of(words.CaseStatus),
        "closure_reason": _of(words.ClosureReason),
        "gender": _of(words.Gender),
        "age_group": lambda value: str(_AGES.get(value, value)),
        "citizenship": _state,
        "host_state": _state,
        "trafficking_status": _options(definition, "trafficking_status"),
        "exploitation": _options(definition, "type_of_exploitation"),
        "consent": lambda value: _("Yes") if value else _("No"),
    }
    return [
        {"key": str(label), "value": readers.get(name, str)(told[name]) or _("Not stated")}
        for name, label in _LABELS.items()
        if name in told
    ]


def _state(code: Any) -> str:
    found = members.states().get(str(code))
    return (found.name if found else _("Another state")) if code else ""


def _of(enum: Any) -> Callable[[Any], str]:
    return _coded({code: str(label) for code, label in enum.choices})


def _options(definition: protocol.Definition, name: str) -> Callable[[Any], str]:
    here = language()
    options = definition.options.get(name, ())
    return _coded({option.code: option.label.in_language(here) for option in options})


def _coded(labels: Mapping[str, str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        values = value if isinstance(value, list) else [value]
        return "; ".join(labels.get(str(each), str(each)) for each in values if each)

    return read
