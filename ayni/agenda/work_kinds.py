"""The kinds of entries of the work agenda: objectives and commitments are the plenary's text, the
progress of a commitment is the word of the state that owns it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.agenda.commitments import Answer, Word, is_evidence
from ayni.agenda.errors import (
    BesideUnclear,
    DayNeeded,
    EvidenceNeeded,
    EvidenceUnclear,
    OfficeNeeded,
    UnknownState,
    WhyNeeded,
    WrongValue,
)
from ayni.agenda.kinds import BOTH, DAY, WRITTEN, check_no_person, check_written, text
from ayni.agenda.meeting_kind import LONGEST_DECISION, MEETING_KEY, MOST_DECISIONS
from ayni.agenda.wording import WORDS, day_text, state_text
from ayni.gazette import api as gazette
from ayni.gazette.api import Owner, Said
from ayni.members import api as members
from ayni.members.api import Permission

OBJECTIVE = "agenda.objective"
COMMITMENT = "agenda.commitment"
PROGRESS = "agenda.progress"
MOST_FILES = 10  # that a state gives as evidence of one commitment
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def is_key(key: str) -> bool:
    """Whether a text can be the key of an objective or a commitment: it stands in addresses."""
    return _KEY.fullmatch(key) is not None


def _check_key(key: str) -> None:
    if not is_key(key):
        raise WrongValue(key=key)


def _check_objective(said: Said) -> None:
    check_written(said)
    _check_key(said.key)
    check_no_person(said.body["axis"], said.body["objective"])


def _check_commitment(said: Said) -> None:
    check_written(said)
    _check_key(said.key)
    body = said.body
    _check_key(body["objective"])
    if body["state"] not in members.states():
        raise UnknownState(state=body["state"])
    if len(body["office"].strip()) < 3:
        raise OfficeNeeded
    if body["meeting"] and not MEETING_KEY.fullmatch(body["meeting"]):
        raise WrongValue(key=said.key)
    if "decision" in body and not body["meeting"]:
        raise WrongValue(key=said.key)
    try:
        date.fromisoformat(body["due"])
    except ValueError:
        raise DayNeeded from None
    if "beside" in body:
        _check_beside(body["beside"], owner=body["state"])
    check_no_person(body["title"], body["office"], body["institution"])


def _check_beside(told: dict[str, Any], *, owner: str) -> None:
    """The states beside the owner: each once, in the order of their codes, the owner not among
    them."""
    for state in told["states"]:
        if state not in members.states():
            raise UnknownState(state=state)
    if told["states"] != sorted({*told["states"]} - {owner}):
        raise BesideUnclear
    check_no_person(told["offices"])


def beside(states: Iterable[str], offices: str) -> dict[str, Any]:
    """What a commitment says of the states that are responsible beside its owner; nothing where
    there is none. Raises `BesideUnclear` for offices of none."""
    found = sorted(set(states))
    if offices.strip() and not found:
        raise BesideUnclear
    return {"beside": {"states": found, "offices": offices.strip()}} if found else {}


def beside_text(states: Iterable[str], offices: str) -> str:
    """The states that are responsible beside the owner, and their offices; empty for none."""
    names = ", ".join(sorted(state_text(each) for each in states))
    return ": ".join(filter(None, (names, offices)))


def _check_progress(said: Said) -> None:
    _check_key(said.key)
    body = said.body
    check_no_person(body["action"], body["reason"], body["note"])
    if body["state"] == Word.GIVEN_UP and len(body["reason"].strip()) < 3:
        raise WhyNeeded
    if body["evidence"] and not is_evidence(body["evidence"]):
        raise EvidenceUnclear
    files = body.get("files", [])
    if files != sorted(set(files)):
        raise WrongValue(key=said.key)
    if body["state"] == Word.DONE and not body["evidence"] and not files:
        raise EvidenceNeeded
    answer = body["answer"]
    if (answer != Answer.NONE) != bool(body["validates"]):
        raise WrongValue(key=said.key)
    if answer != Answer.NONE and body["state"] != Word.DONE:
        raise WrongValue(key=said.key)
    if answer == Answer.NO and len(body["note"].strip()) < 3:
        raise WhyNeeded


def commitment_in_words(said: Said) -> str:
    """A commitment in one sentence: what, which state and office, with whom, until when."""
    body, others = said.body, said.body.get("beside", {})
    words = {
        "title": body["title"],
        "state": state_text(body["state"]),
        "office": body["office"],
        "day": day_text(date.fromisoformat(body["due"])),
    }
    if others:
        words["others"] = beside_text(others["states"], others["offices"])
        told = _("%(title)s: %(state)s, %(office)s, together with %(others)s, until %(day)s.")
        return told % words
    return _("%(title)s: %(state)s, %(office)s, until %(day)s.") % words


def progress_in_words(said: Said) -> str:
    """What a state says of a commitment, in one sentence."""
    body = said.body
    if body["answer"] == Answer.YES:
        return _("Validated: it is done.")
    if body["answer"] == Answer.NO:
        return _("Not validated: %(why)s") % {"why": body["note"]}
    parts = [str(WORDS[body["state"]]), body["action"], body["reason"], body["evidence"]]
    if body.get("files"):
        parts.append(_("files as evidence: %(n)s") % {"n": len(body["files"])})
    return " · ".join(each for each in parts if each)


def _address(said: Said) -> str:
    from django.urls import reverse

    return reverse("agenda:commitment", args=[said.key])


def _work_address(_said: Said) -> str:
    from django.urls import reverse

    return reverse("agenda:work")


OBJECTIVES = gazette.EntryKind(
    name=OBJECTIVE,
    title=gettext_lazy("Objectives of the work agenda"),
    schema=gazette.closed(**WRITTEN, axis=text(200, 3), objective=text(300, 3)),
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=lambda said: f"{said.body['axis']}: {said.body['objective']}",
    about=lambda _said: _("Objective of the work agenda"),
    check=_check_objective,
    address=_work_address,
)
_COMMITMENT = gazette.closed(
    **WRITTEN,
    title=text(LONGEST_DECISION, 3),  # a commitment says all that was decided
    objective=text(60, 1),
    state=text(2),
    office=text(200),
    institution=text(200),
    due=DAY,
    public={"type": "boolean"},
    meeting=text(100),
)
# Which decision of the meeting, counted from one. Said only where it is known, so that older
# entries are of this form as well.
_DECISION = {"type": "integer", "minimum": 1, "maximum": MOST_DECISIONS}
# The states that are responsible beside the owner, and their offices. Said only where there are
# any, for the same reason.
_BESIDE = gazette.closed(
    states={"type": "array", "minItems": 1, "maxItems": 9, "items": text(2, 2)}, offices=text(300)
)
COMMITMENTS = gazette.EntryKind(
    name=COMMITMENT,
    title=gettext_lazy("Commitments of the work agenda"),
    schema={
        **_COMMITMENT,
        "properties": {
            **_COMMITMENT["properties"],
            "decision": _DECISION,
            "beside": _BESIDE,
        },
    },
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=commitment_in_words,
    about=lambda _said: _("Commitment of the work agenda"),
    check=_check_commitment,
    address=_address,
)
_WORD = gazette.closed(
    state={"enum": [each.value for each in Word]},
    action=text(600),
    reason=text(300),
    evidence=text(300),
    validates={"type": "integer", "minimum": 0, "maximum": 1_000_000},
    answer={"enum": [each.value for each in Answer]},
    note=text(300),
)
# Said only where there are files, so that older entries are of this form as well.
_FILES = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_FILES,
    "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}
PROGRESSES = gazette.EntryKind(
    name=PROGRESS,
    title=gettext_lazy("Progress of the commitments"),
    schema={**_WORD, "properties": {**_WORD["properties"], "files": _FILES}},
    permission=Permission.PROGRESS_WRITE,
    owners=frozenset({Owner.STATE}),
    about_nobody=True,
    in_words=progress_in_words,
    about=lambda _said: _("Progress of a commitment"),
    check=_check_progress,
    address=_address,
)
