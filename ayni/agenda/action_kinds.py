"""The kinds of entries of common actions: the proposal is its author's, its course the platform's
text."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.agenda.action_errors import CarrierNeeded, MeetingNeeded, NoSuchGap
from ayni.agenda.actions import BLOCS, Gap, Status, gap_of
from ayni.agenda.errors import UnknownState, WhyNeeded, WrongValue
from ayni.agenda.kinds import BOTH, WRITTEN, check_no_person, check_written, text
from ayni.agenda.meeting_kind import MEETING_KEY
from ayni.agenda.wording import ACTION_STATUSES, MATTERS, state_text
from ayni.gazette import api as gazette
from ayni.gazette.api import Said
from ayni.members import api as members
from ayni.members.api import Permission

ACTION = "agenda.action"
COURSE = "agenda.action_course"
_STATES = {"type": "array", "maxItems": 10, "uniqueItems": True, "items": text(2, 2)}


def _gap(key: str) -> Gap:
    found = gap_of(key)
    if found is None:
        raise NoSuchGap(key=key)
    for code in (found.a, found.b):
        if code not in members.states():
            raise UnknownState(state=code)
    return found


def _check_action(said: Said) -> None:
    _gap(said.key)
    body = said.body
    if not set(body["carriers"]) <= set(members.states()):
        raise UnknownState
    if body["withdrawn"]:
        if len(body["reason"].strip()) < 3:
            raise WhyNeeded
    elif not body["carriers"]:
        raise CarrierNeeded
    check_no_person(body["title"], body["why"], body["reason"])


def _check_course(said: Said) -> None:
    check_written(said)
    body = said.body
    owner, colon, key = said.key.partition(":")
    if not colon or owner not in {*members.states(), members.SECRETARIAT}:
        raise WrongValue(key=said.key)
    _gap(key)
    if body["meeting"] and not MEETING_KEY.fullmatch(body["meeting"]):
        raise WrongValue(key=said.key)
    word = Status(body["word"])
    if word is Status.NOT_ADOPTED and len(body["reason"].strip()) < 3:
        raise WhyNeeded
    if word is not Status.NOT_ADOPTED and not body["meeting"]:
        raise MeetingNeeded
    if word is Status.ADOPTED and len(body["decision"].strip()) < 3:
        raise MeetingNeeded
    check_no_person(body["decision"], body["reason"])


def gap_text(gap: Gap) -> str:
    """The two states and the crime, in the reader's language."""
    words = {"a": state_text(gap.a), "b": state_text(gap.b), "matter": MATTERS[gap.matter]}
    return _("%(a)s – %(b)s: %(matter)s") % words


def action_in_words(said: Said) -> str:
    """A proposal in one sentence, in the reader's language."""
    body = said.body
    if body["withdrawn"]:
        return _("%(title)s: taken back. %(why)s") % {"title": body["title"], "why": body["reason"]}
    return _("%(title)s: proposed to both blocs.") % {"title": body["title"]}


def course_in_words(said: Said) -> str:
    """What the platform says of a proposal, in one sentence in the reader's language."""
    body = said.body
    parts = [ACTION_STATUSES[body["word"]], body["meeting"], body["decision"], body["reason"]]
    return " · ".join(str(each) for each in parts if each)


def _address(said: Said) -> str:
    from django.urls import reverse

    return reverse("agenda:action", args=[said.key.rpartition(":")[2]])


ACTIONS = gazette.EntryKind(
    name=ACTION,
    title=gettext_lazy("Common actions proposed"),
    schema=gazette.closed(
        title=text(300, 3),
        why=text(900),
        carriers=_STATES,
        blocs={"const": list(BLOCS)},
        withdrawn={"type": "boolean"},
        reason=text(300),
    ),
    permission=Permission.ACTION_PROPOSE,
    owners=BOTH,
    about_nobody=True,
    in_words=action_in_words,
    about=lambda said: gap_text(_gap(said.key)),
    check=_check_action,
    address=_address,
)
_WORD = gazette.closed(
    **WRITTEN,
    number={"type": "integer", "minimum": 1, "maximum": 1_000_000},
    word={"enum": [Status.ON_AGENDA.value, Status.ADOPTED.value, Status.NOT_ADOPTED.value]},
    meeting=text(100),
    decision=text(600),
    reason=text(300),
)
# Two texts may have come under one number: which one is meant. Older entries are without it.
_DIGEST = {"digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
COURSES = gazette.EntryKind(
    name=COURSE,
    title=gettext_lazy("What became of common actions"),
    schema={**_WORD, "properties": {**_WORD["properties"], **_DIGEST}},
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=course_in_words,
    about=lambda said: gap_text(_gap(said.key.partition(":")[2])),
    check=_check_course,
    address=_address,
)
