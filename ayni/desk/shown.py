"""What the pages show of the protocol and of what happened, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.desk.step_form import in_words, moment
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.protocol import api as protocol

Row = dict[str, Any]
institution_name = members.institution_name

# Where a time limit comes from, so that nobody takes a proposal for a law.
LIMITS: Mapping[str, Text] = {
    "norm": gettext_lazy("by a norm"),
    "practice": gettext_lazy("by practice"),
    "treaty": gettext_lazy("by a treaty"),
    "proposal": gettext_lazy("proposed, not decided"),
}
STATES: Mapping[str, tuple[Text, str]] = {
    "not_applicable": (gettext_lazy("Does not apply"), "grey"),
    "cannot_tell": (gettext_lazy("Cannot be told yet"), "yellow"),
    "waiting": (gettext_lazy("Another step first"), "grey"),
    "paused": (gettext_lazy("Paused"), "grey"),
    "blocked": (gettext_lazy("Stopped"), "orange"),
    "standing": (gettext_lazy("Always"), "teal"),
    "due": (gettext_lazy("Due"), "blue"),
    "overdue": (gettext_lazy("Overdue"), "red"),
    "done": (gettext_lazy("Done"), "green"),
    "declined": (gettext_lazy("Not wanted"), "green"),
    "waived": (gettext_lazy("Not needed"), "green"),
}
OPENED: Mapping[str, Text] = {
    "notice": gettext_lazy("Notice received"),
    "case": gettext_lazy("Case opened"),
    "post": gettext_lazy("Begun"),
}
EVENTS: Mapping[str, Text] = {
    "changed": gettext_lazy("The situation changed"),
    "planned": gettext_lazy("Journey planned for"),
    "closed": gettext_lazy("Closed"),
    "reopened": gettext_lazy("Opened again"),
    "corrected": gettext_lazy("Taken back: recorded by mistake"),
    "moved": gettext_lazy("Moved to another version of the protocol"),
    "done": gettext_lazy("Done"),
    "declined": gettext_lazy("The person declined"),
    "waived": gettext_lazy("Not needed here"),
    "paused": gettext_lazy("Pause asked for"),
    "resumed": gettext_lazy("Goes on"),
}


_TAKEN_BACK = frozenset(
    {
        protocol.EventKind.DONE,
        protocol.EventKind.DECLINED,
        protocol.EventKind.WAIVED,
        protocol.EventKind.CHANGED,
    }
)


def language() -> str:
    """The reader's language."""
    return get_language() or "es"


def side_words(side: str) -> str:
    """A side of the case in words."""
    return str(dict(cases.vocabulary.Side.choices).get(side, ""))


def limit_words(entry: protocol.StepAgenda) -> str:
    """What the limit says where it gives no date, and where it comes from."""
    if entry.limit is None:
        return ""
    source = str(LIMITS[entry.limit.status.value])
    told = entry.limit.words
    own = protocol.national_words(entry.limit)
    if own:
        return own
    return f"{told.in_language(language())} ({source})" if told and not entry.due_at else source


def step_row(definition: protocol.Definition, entry: protocol.StepAgenda) -> Row:
    """One step: who acts, until when, why it applies, what stops it, what is missing."""
    step, here = entry.step, language()
    state, colour = STATES[entry.state.value]
    at_once = entry.limit is not None and entry.limit.value == 0
    if at_once and entry.state.value == "overdue":
        # Late from the first minute: what has to be done is said, not a reproach.
        state = gettext_lazy("At once")
    condition = definition.condition_sentences.get(step.applies_when)
    return {
        "id": step.id,
        "title": step.title.in_language(here),
        "state": entry.state.value,
        "state_words": state,
        "colour": colour,
        "due_at": entry.due_at,
        "at_once": at_once,
        "limit": limit_words(entry),
        "actor": definition.actors[step.actor].name.in_language(here),
        "sides": ", ".join(side_words(side.value) for side in step.sides),
        "condition": condition.in_language(here) if condition else "",
        "presumed": entry.presumed,
        "why": [r.sentence.in_language(here) for r in entry.why],
        "first": [name for r in entry.why for name in r.steps],
        "ask": asked_at(definition, entry),
        "settled_at": entry.settled_at,
        "settled_why": _reason(definition, entry.settled_reason),
        "until": entry.period_until,
        "times": entry.occurrence if step.repeat is not None else 0,
        "mine": entry.mine,
    }


def with_sources(definition: protocol.Definition, entry: protocol.StepAgenda) -> Row:
    """One step with its duty and the sources that it rests on."""
    here = language()
    return step_row(definition, entry) | {
        "duty": entry.step.duty.in_language(here),
        "sources": [
            {
                "title": definition.sources[cite.source].title.in_language(here),
                "place": definition.place_of(cite).in_language(here),
                "verified": cite.verified,
            }
            for cite in entry.step.cites
        ],
    }


def asked_at(definition: protocol.Definition, entry: protocol.StepAgenda) -> list[str]:
    """The other steps whose forms ask for what is missing here."""
    missing = set(entry.unknown) | {fact for reason in entry.why for fact in reason.facts}
    found = [step for (step, _field), fact in definition.answered_by.items() if fact in missing]
    return sorted({step for step in found if step in definition.steps} - {entry.step.id})


def _reason(definition: protocol.Definition, code: str) -> str:
    text = definition.reasons.get(code)
    return text.in_language(language()) if text else ""


def by_phase(definition: protocol.Definition, agenda: protocol.Agenda) -> list[Row]:
    """Every step that runs, under its phase."""
    here = language()
    found = []
    for phase in definition.phases:
        rows = [
            with_sources(definition, agenda.steps[name])
            for name in phase.steps
            if name in agenda.steps
        ]
        if rows:
            found.append({"title": phase.title.in_language(here), "id": phase.id, "steps": rows})
    return found


@dataclass(frozen=True, slots=True)
class Names:
    """Who did it, by name where the node knows the officer."""

    officers: Mapping[str, str]

    @classmethod
    def of(cls, institution: str) -> Names:
        """The officers of one institution, also those who have left."""
        return cls({str(u.id): u.display_name for u in members.everybody(institution)})

    def name(self, kind: str, ident: str) -> str:
        """One actor in words."""
        if kind == audit.ActorKind.USER:
            return self.officers.get(ident, _("An officer of another institution"))
        if kind == audit.ActorKind.PEER:
            state = members.states().get(ident)
            return state.name if state else ident
        if kind == audit.ActorKind.PUBLIC:
            return _("The public page")
        if kind == audit.ActorKind.PERSON:
            return _("The person concerned")
        return _("The node itself")


def timeline(history: cases.CaseHistory, names: Names) -> list[Row]:
    """What happened, newest first: events with their forms, consents, hand-overs."""
    here = language()
    corrected = {row.event.corrects for row in history.events if row.event.corrects}
    forms = {str(form.id): (form, told) for form, told in history.forms}
    rows: list[Row] = []
    for row in history.events:
        if row.event.kind is protocol.EventKind.STARTED:
            continue
        form = forms.pop(row.event.id, None)
        rows.append(_event(history.definition, row, form, names, corrected, history.case))
    rows += [_form(history.definition, form, told, names, here) for form, told in forms.values()]
    for consent in history.consents:
        rows += _consent(consent, names)
    for note, opened in history.hand_overs:
        who = names.name(audit.ActorKind.USER, str(note.from_user or ""))
        to = names.name(audit.ActorKind.USER, str(note.to_user or ""))
        answers = [(_("To whom"), to), (_("Note"), str(opened["note"] or ""))]
        rows.append(_row(note.created_at, _("Handed over"), who, answers))
    return sorted(rows, key=lambda row: row["at"], reverse=True)


def _row(at: datetime, title: str, who: str, answers: Iterable[tuple[str, str]] = ()) -> Row:
    return {
        "at": at, "title": title, "step": "", "who": who, "what": "", "answers": list(answers),
        "event": "", "gone": False,
    }  # fmt: skip


def _event(
    definition: protocol.Definition,
    row: protocol.RecordedEvent,
    form: Any,
    names: Names,
    corrected: set[str],
    case: cases.Case,
) -> Row:
    event, own, here = row.event, case.side, language()
    opened = event.subject.value if event.subject else ""
    what = str(OPENED[opened] if opened else EVENTS[event.kind.value])
    reason = _reason(definition, event.reason)
    step = definition.steps.get(event.step)
    # What was recorded on the notice stays; the case took it over.
    may_be_taken_back = (
        event.kind in _TAKEN_BACK and event.id not in corrected and event.at >= case.opened_at
    )
    side = event.side.value if event.side and event.side.value != own else ""
    answers = [] if form is None else in_words(definition, form[0].step, form[1], here)
    return _row(event.at, what, names.name(row.by_kind, row.by_id), _notes(answers)) | {
        "title": step.title.in_language(here) if step else what,
        "step": event.step,
        "what": ", ".join(
            filter(None, (what if step else _moved_to(event), reason, side_words(side)))
        ),
        "event": event.id if may_be_taken_back else "",
        "gone": event.id in corrected,
    }


def _moved_to(event: protocol.Event) -> str:
    """The number of the version to which a case was moved."""
    return event.moment.split(" ")[-1] if event.kind is protocol.EventKind.MOVED else ""


def _notes(answers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Forms without a step have plain names of their own."""
    words = {"note": _("Note"), "travels_at": _("Journey planned for")}
    return [
        (str(words.get(name, name)), moment("datetime", value) if name == "travels_at" else value)
        for name, value in answers
    ]


def _form(
    definition: protocol.Definition, form: Any, told: Mapping[str, Any], names: Names, here: str
) -> Row:
    step = definition.steps.get(form.step)
    kind = audit.ActorKind.JOB if form.written_by is None else audit.ActorKind.USER
    who = names.name(kind, str(form.written_by or ""))
    title = step.title.in_language(here) if step else _("Written down")
    answers = _notes(in_words(definition, form.step, told, here))
    return _row(form.created_at, title, who, answers) | {
        "step": form.step if step else "",
        "what": _("Written down in addition"),
    }


def _consent(consent: cases.Consent, names: Names) -> list[Row]:
    by = names.name(audit.ActorKind.USER, str(consent.recorded_by))
    to = institution_name(consent.recipient_institution)
    about = " → ".join(filter(None, (consent.purpose_words, to)))
    rows = [_row(consent.given_at, _("Consent recorded"), by) | {"what": about}]
    if consent.withdrawn_at is not None:
        # With her code she withdraws as the code, which is no officer's id.
        officer = consent.withdrawn_by in names.officers
        kind = audit.ActorKind.USER if officer else audit.ActorKind.PERSON
        who = names.name(kind, consent.withdrawn_by)
        rows.append(_row(consent.withdrawn_at, _("Consent withdrawn"), who) | {"what": about})
    return rows
