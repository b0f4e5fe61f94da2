"""The door of `help`: help lines that may be shown, and notices from the public."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError
from django.utils.module_loading import import_string

from ayni.help import lines as help_lines
from ayni.help import vocabulary, waiting
from ayni.help.errors import NobodyTakesNotices
from ayni.help.lines import Line
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members

__all__ = [
    "Line",
    "NobodyTakesNotices",
    "deliver_waiting",
    "lines_abroad",
    "lines_in",
    "send_notice",
    "takes_notices",
    "vocabulary",
    "who_takes_notices",
]

# Who takes notices from the public, the first kind that this node has.
_TAKERS = (
    members.InstitutionKind.PROGRAMME,
    members.InstitutionKind.FOCAL_POINT,
    members.InstitutionKind.MINISTRY,
    members.InstitutionKind.CONSULATE,
)


@cache
def _lines() -> tuple[Line, ...]:
    return help_lines.load(Path(__file__).parent / "data" / "lines.yaml")


def lines_in(country: str, *, today: date | None = None) -> list[Line]:
    """Help lines that may be shown to somebody in that country (code of the state), danger first.

    Only verified ones that have not expired on `today` (UTC).
    """
    return help_lines.shown(_lines(), country, today or clock.now().date())


def lines_abroad(*, today: date | None = None) -> list[Line]:
    """Lines of states for their nationals who are abroad."""
    return help_lines.shown_abroad(_lines(), today or clock.now().date())


def takes_notices() -> bool:
    """Whether this node takes notices: the secretariat's does not, it must not learn of persons."""
    return members.this_node() != members.SECRETARIAT


def who_takes_notices() -> str:
    """Code of the institution that takes notices here. Raises `NobodyTakesNotices`."""
    for kind in _TAKERS:
        found = members.institutions(state=members.this_node(), kind=kind.value)
        if found:
            return str(found[0].code)
    raise NobodyTakesNotices


def _hand_up(payload: Mapping[str, Any]) -> str:
    receiver = settings.AYNI_RECEIVERS.get("help.notice")
    if receiver is None:
        raise NobodyTakesNotices
    return str(import_string(receiver)({**payload, "institution": who_takes_notices()}))


def send_notice(*, form_id: UUID, told: Mapping[str, Any]) -> str:
    """Hand up what the public told; returns the code to tell the person, or "" if it must wait.

    `told` has the fields of a notice (informant, anonymous, language, safe_to_talk, place,
    informant_name, contact, about, narrative, indicators). The receiver is
    `settings.AYNI_RECEIVERS["help.notice"]`; if it cannot take the notice now, for whatever reason
    of the node (database, audit, nobody registered), the notice waits sealed on disk. A form sent
    twice makes one notice; one that was changed in between (the way back in a browser) makes two.
    """
    number = waiting.number_of(form_id, told)
    payload = {**told, "notice_id": str(number)}
    with waiting.alone_with(number) as form:
        if form.answer is not None:
            return form.answer
        try:
            reference = _hand_up(payload)
        except (AyniError, DatabaseError, OSError):
            waiting.keep(payload)
            reference = ""
        form.remember(reference)
    return reference


def deliver_waiting() -> int:
    """Hand up the notices that wait; returns how many went up. Stops at the first that cannot."""
    count = 0
    for subject, told in waiting.waiting():
        if not isinstance(told, dict):
            raise TypeError("a waiting notice is not a mapping")
        try:
            _hand_up(told)
        except (AyniError, DatabaseError, OSError):
            return count
        waiting.done(subject)
        count += 1
    return count
