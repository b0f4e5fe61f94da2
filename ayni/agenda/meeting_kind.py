"""The kind of entry by which a meeting is called, and its attendance and decisions published."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.agenda import meeting_changes, meetings
from ayni.agenda.errors import (
    NoQuorum,
    NotBegunYet,
    NotPresent,
    ObjectsAndReserves,
    UnknownState,
    WrongValue,
)
from ayni.agenda.kinds import BOTH, WRITTEN, check_no_person, check_written, platform_address, text
from ayni.agenda.meetings import Problem
from ayni.agenda.wording import day_text
from ayni.gazette import api as gazette
from ayni.gazette.api import Said
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission

MEETING = "agenda.meeting"
MOST_ITEMS, MOST_DECISIONS, MOST_CHANGES = 40, 40, 30
LONGEST_DECISION = 600  # characters
_REFUSED = {
    Problem.NO_QUORUM: NoQuorum,
    Problem.NOT_PRESENT: NotPresent,
    Problem.BOTH: ObjectsAndReserves,
}
MEETING_KEY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z0-9-]{1,60}")
_STATES = {"type": "array", "maxItems": 10, "uniqueItems": True, "items": text(2, 2)}


def check_decision(decision: meetings.Decision, *, present: list[str], quorum: int) -> None:
    """Raise `NoQuorum`, `NotPresent` or `ObjectsAndReserves` for one that cannot be recorded."""
    found = meetings.problem(decision, present=present, quorum=quorum)
    if found is not None:
        raise _REFUSED[found](quorum=quorum, present=len(present))


def _check(said: Said) -> None:
    check_written(said)
    body = said.body
    try:
        clock.parse(body["at"])
        changes = meeting_changes.of_json(body.get("changes", ()))
        meeting_changes.phase(changes, held=body["held"])
        found = meetings.of_json(body["decisions"])
    except ValueError:
        raise WrongValue(key=said.key) from None
    if not MEETING_KEY.fullmatch(said.key):
        raise WrongValue(key=said.key)
    if not set(body["present"]) <= set(members.states()):
        raise UnknownState
    for each in found:
        check_decision(each, present=body["present"], quorum=body["quorum"])
        check_no_person(each.text, each.reserved)
        for one in each.earlier:
            check_no_person(one.said.text, one.said.reserved, one.reason)
    check_no_person(body["title"], body["place"], body["minutes"], *body["items"])
    check_no_person(*(part for each in changes for part in (each.place, each.reason)))
    if "counted" in body:
        check_no_person(body["counted"]["source"])


def _check_begun(said: Said) -> None:
    """Software before this rule let a meeting be recorded as held before its hour. What was
    published so stays readable, and its page says it (`Meeting.early`)."""
    begins = clock.parse(said.body["at"])
    if said.body["held"] and said.at < begins:
        raise NotBegunYet(members.moment_here(begins))


# Said instead of how far it is, while it is the last that became of it.
_TOLD = {
    meeting_changes.Step.CANCEL: gettext_lazy("%(title)s: cancelled. %(reason)s"),
    meeting_changes.Step.MOVE: gettext_lazy("%(title)s: moved to %(day)s. %(reason)s"),
}


def _day(moment: str) -> str:
    return day_text(clock.parse(moment).date())


def in_words(said: Said) -> str:
    """How far a meeting is, in one sentence in the reader's language."""
    body = said.body
    changes = meeting_changes.of_json(body.get("changes", ()))
    if changes and changes[-1].what in _TOLD and not body["held"]:
        words = {"title": body["title"], "reason": changes[-1].reason, "day": _day(body["at"])}
        return str(_TOLD[changes[-1].what]) % words
    if not body["held"]:
        return _("%(title)s: called.") % {"title": body["title"]}
    found = meetings.of_json(body["decisions"])
    words = {
        "title": body["title"],
        "n": len(body["present"]),
        "adopted": sum(each.adopted for each in found),
    }
    return _("%(title)s: states present: %(n)s, decisions adopted: %(adopted)s.") % words


_MOMENT = "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_AT = {"type": "string", "pattern": _MOMENT}
_SAID = {
    "text": text(LONGEST_DECISION, 3),
    "objections": _STATES,
    "reservations": _STATES,
    "reserved": text(300),
}
_DECISION = gazette.closed(**_SAID)
_EARLIER = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_CHANGES,
    "items": gazette.closed(**_SAID, at=_AT, reason=text()),
}
_CALL = gazette.closed(
    **WRITTEN,
    title=text(200, 3),
    place=text(200),
    at=_AT,
    items={"type": "array", "maxItems": MOST_ITEMS, "items": text(300, 1)},
    held={"type": "boolean"},
    present=_STATES,
    quorum={"type": "integer", "minimum": 1, "maximum": 999},
    decisions={
        "type": "array",
        "maxItems": MOST_DECISIONS,
        "items": {**_DECISION, "properties": {**_DECISION["properties"], "earlier": _EARLIER}},
    },
    minutes=text(4000),
)
_CHANGE = gazette.closed(
    what={"enum": [each.value for each in meeting_changes.LISTED]},
    at=_AT,
    place=text(200),
    reason=text(),
)
# Said only where there is something to say, so that older entries are of this form as well.
_MORE = {
    "changes": {"type": "array", "minItems": 1, "maxItems": MOST_CHANGES, "items": _CHANGE},
    "counted": gazette.closed(value=text(40, 1), source=text()),
}
SCHEMA = {**_CALL, "properties": {**_CALL["properties"], **_MORE}}

MEETINGS = gazette.EntryKind(
    name=MEETING,
    title=gettext_lazy("Meetings of the platform"),
    schema=SCHEMA,
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=in_words,
    about=lambda said: str(said.body.get("at", said.key))[:10],
    check=_check,
    check_new=_check_begun,
    address=platform_address,
)
