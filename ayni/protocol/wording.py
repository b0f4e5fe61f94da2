"""Versions of the protocol in the reader's words: time limits, what changed, why one is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from ayni.lib.errors import Text as Words
from ayni.protocol.changes import Change, Sort
from ayni.protocol.conditions import Condition, Fact
from ayni.protocol.diagram import SIDE_NAMES
from ayni.protocol.following import Fault, Flaw
from ayni.protocol.model import (
    Actor,
    Cite,
    Definition,
    FormField,
    Gate,
    Limit,
    LimitStatus,
    Option,
    Phase,
    Repeat,
    RepeatKind,
    Side,
    Source,
    Start,
    Step,
    Text,
    Unit,
)

SORTS: dict[Sort, tuple[Words, str]] = {
    Sort.ADDED: (gettext_lazy("New"), "green"),
    Sort.REMOVED: (gettext_lazy("Gone"), "red"),
    Sort.CHANGED: (gettext_lazy("Changed"), "blue"),
}
PARTS: dict[str, Words] = {
    "step": gettext_lazy("The whole step"),
    "title": gettext_lazy("Title"),
    "duty": gettext_lazy("What has to be done"),
    "sides": gettext_lazy("Which state must do it"),
    "actor": gettext_lazy("Who acts"),
    "joint": gettext_lazy("Both states together"),
    "applies_when": gettext_lazy("When it applies"),
    "presumed": gettext_lazy("It applies while that is not known"),
    "phase": gettext_lazy("Phase"),
    "after": gettext_lazy("Steps that come first"),
    "limits": gettext_lazy("Time limit"),
    "period": gettext_lazy("How long it lasts"),
    "repeat": gettext_lazy("How it comes back"),
    "gates": gettext_lazy("What must hold first"),
    "closing_gates": gettext_lazy("What must hold before a case is closed"),
    "fields": gettext_lazy("Question of the form"),
    "cites": gettext_lazy("Sources"),
    "continuous": gettext_lazy("Duty without an end"),
    "waivable": gettext_lazy("An officer may waive it"),
    "declinable": gettext_lazy("The person may decline it"),
    "holds_closing": gettext_lazy("It keeps the case open"),
    "answers": gettext_lazy("The other state waits for it"),
    "closes": gettext_lazy("It closes the case"),
    "protects": gettext_lazy("Whom it protects"),
    "phases": gettext_lazy("Phase"),
    "key": gettext_lazy("Name of the text"),
    "status": gettext_lazy("Standing of the text"),
    "actors": gettext_lazy("Role"),
    "facts": gettext_lazy("Fact"),
    "fact_names": gettext_lazy("Name of a fact"),
    "fact_sentences": gettext_lazy("Sentence of a fact"),
    "conditions": gettext_lazy("Condition"),
    "condition_sentences": gettext_lazy("Sentence of a condition"),
    "options": gettext_lazy("List of answers"),
    "option_standards": gettext_lazy("Standard of a list"),
    "reasons": gettext_lazy("Reason"),
    "moments": gettext_lazy("Planned moment"),
    "phrases": gettext_lazy("Sentence of the pages"),
    "sources": gettext_lazy("Source"),
    "places": gettext_lazy("Place in a source"),
    "answered_by": gettext_lazy("Where a fact is asked"),
}
STATUSES: dict[LimitStatus, Words] = {
    LimitStatus.NORM: gettext_lazy("by a norm"),
    LimitStatus.PRACTICE: gettext_lazy("by practice"),
    LimitStatus.TREATY: gettext_lazy("by a treaty"),
    LimitStatus.PROPOSAL: gettext_lazy("proposed, not decided"),
}
_STARTS: dict[Start, Words] = {
    Start.OPENED: gettext_lazy("from the opening"),
    Start.READY: gettext_lazy("from when it can be done"),
    Start.CHANGED: gettext_lazy("from each change"),
    Start.LAST_DONE: gettext_lazy("from the last time"),
    Start.STEP: gettext_lazy("from step %(step)s"),
    Start.BEFORE: gettext_lazy("before: %(moment)s"),
}
_REPEATS: dict[RepeatKind, Words] = {
    RepeatKind.SCHEDULE: gettext_lazy("by a schedule: %(values)s"),
    RepeatKind.EVERY: gettext_lazy("again and again"),
    RepeatKind.CHANGE: gettext_lazy("after every change"),
}
FLAWS: dict[Fault, Words] = {
    Fault.NO_FIRST_STEP: gettext_lazy("A case of this side has nothing to begin with: %(n)s."),
    Fault.NO_END: gettext_lazy("A case of this side could never be closed: %(n)s."),
    Fault.NEEDED_STEP: gettext_lazy("The pages of this platform need step %(n)s."),
    Fault.NEEDED_FACT: gettext_lazy("A case tells the fact %(n)s, and the text does not know it."),
    Fault.NEEDED_CODE: gettext_lazy("The pages of this platform need the code %(n)s."),
    Fault.NEVER_ASKED: gettext_lazy(
        "No form asks for the fact %(n)s, so what waits for it would never open."
    ),
}


def here(text: Text) -> str:
    """In the reader's language."""
    return text.in_language(get_language() or "es")


def flaw_words(flaw: Flaw) -> str:
    """One reason why a version would leave cases without a next step."""
    name = here(SIDE_NAMES[Side(flaw.name)]) if flaw.name in set(Side) else flaw.name
    return str(FLAWS[flaw.fault]) % {"n": name}


def time_words(value: int, unit: Unit) -> str:
    """So much time."""
    if value == 0:
        return _("at once") if unit is Unit.HOURS else _("the same day")
    if unit is Unit.HOURS:
        return ngettext("%(n)s hour", "%(n)s hours", value) % {"n": value}
    if unit is Unit.CALENDAR_DAYS:
        return ngettext("%(n)s day", "%(n)s days", value) % {"n": value}
    return ngettext("%(n)s working day", "%(n)s working days", value) % {"n": value}


def limit_words(definition: Definition, limit: Limit) -> str:
    """A time limit: how long, from when, where it comes from, whether a state may shorten it."""
    told = "" if limit.words is None else here(limit.words)
    if limit.value is not None:
        told = time_words(limit.value, limit.unit)
    moment = definition.moments.get(limit.moment)
    start = str(_STARTS[limit.start]) % {
        "step": limit.step, "moment": "" if moment is None else here(moment),
    }  # fmt: skip
    parts = [f"{told}, {start}", str(STATUSES[limit.status])]
    sentence = definition.condition_sentences.get(limit.when)
    if sentence is not None:
        parts.append(here(sentence))
    if limit.changeable:
        parts.append(_("a state may set less time"))
    return "; ".join(parts)


def national_words(limit: Limit) -> str:
    """What a national act has made of a limit, and what the version says; empty if nothing."""
    if limit.common is None or limit.value is None:
        return ""
    words = {
        "own": time_words(limit.value, limit.unit),
        "common": time_words(limit.common, limit.unit),
        "act": limit.act,
    }
    return _("%(own)s instead of %(common)s, by a national act: %(act)s") % words


def change_name(definition: Definition, change: Change) -> str:
    """What a change is about, beside its part."""
    if change.part in ("limits", "period", "option_standards") or not change.name:
        return ""
    return change.name


def value_words(definition: Definition, part: str, value: Any) -> str:
    """What stands at one place of a version, in words. `definition`: the version that it is of."""
    if value is None:
        return _("Nothing")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str):
        return _code_words(definition, part, value)
    if isinstance(value, tuple):
        return _many_words(definition, part, value)
    for kind, words in _KINDS:
        if isinstance(value, kind):
            return words(definition, value)
    return str(value)


def _code_words(definition: Definition, part: str, value: str) -> str:
    if part == "applies_when" and value in definition.condition_sentences:
        return here(definition.condition_sentences[value])
    if part == "actor" and value in definition.actors:
        return here(definition.actors[value].name)
    return ", ".join(value.split("\n")) or _("Nothing")


def _many_words(definition: Definition, part: str, values: Iterable[Any]) -> str:
    found = []
    for each in values:
        if isinstance(each, Side):
            found.append(here(SIDE_NAMES[each]))
        elif isinstance(each, Option):
            found.append(here(each.label))
        else:
            found.append(value_words(definition, part, each))
    return ", ".join(found) or _("Nothing")


def _step_words(definition: Definition, step: Step) -> str:
    return f"{here(step.title)}. {here(step.duty)}"


def _cite_words(definition: Definition, cite: Cite) -> str:
    return " ".join(filter(None, (cite.source, here(definition.place_of(cite)), f"[{cite.mark}]")))


def _repeat_words(definition: Definition, repeat: Repeat) -> str:
    return str(_REPEATS[repeat.kind]) % {"values": ", ".join(map(str, repeat.values))}


def _field_words(definition: Definition, field: FormField) -> str:
    needed = f" ({_('must be answered')})" if field.required else ""
    return f"{here(field.label)} [{field.kind}, {field.klass}]{needed}"


_KINDS: tuple[tuple[type, Callable[[Definition, Any], str]], ...] = (
    (Text, lambda _definition, value: here(value)),
    (Limit, limit_words),
    (Step, _step_words),
    (Gate, lambda _definition, value: here(value.why)),
    (FormField, _field_words),
    (Cite, _cite_words),
    (Repeat, _repeat_words),
    (Actor, lambda _definition, value: f"{here(value.name)} ({value.role})"),
    (Source, lambda _definition, value: f"{here(value.title)} [{value.mark}] {here(value.seen)}"),
    (Phase, lambda _definition, value: here(value.title)),
    (Condition, lambda _definition, value: value.expression),
    (Fact, lambda _definition, value: ", ".join(map(str, value.domain))),
)
