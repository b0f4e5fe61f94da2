"""Correcting the call of a meeting that was not held yet: its name and its agenda."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ayni.agenda import reading, writing
from ayni.agenda.documents import documents_of
from ayni.agenda.errors import AgendaFull, ItemsNeeded, SameCall
from ayni.agenda.meeting import Meeting, check_step, meeting, next_version, written_items
from ayni.agenda.meeting_changes import Step
from ayni.agenda.meeting_kind import MEETING, MOST_ITEMS
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.members import api as members


@dataclass(frozen=True, slots=True)
class Call:
    """What a call said from the day `on`: by which `owner`, under which version of its own."""

    title: str
    items: tuple[str, ...]
    owner: str
    version: int
    on: date


def correct_call(
    *, by: Actor, key: str, title: str, items: Sequence[str], after: str, instead: str = ""
) -> Published:
    """Write the name and the items of a meeting anew, as long as it was not held. Its key stays,
    and a document stays with the number of its item.

    Raises `NotFound`, what `check_step` raises, `SameCall`, `ItemsNeeded`, `AgendaFull`,
    `NamesAPerson`, and as `call_meeting`.
    """
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = meeting(key, known)
    check_step(found, Step.CORRECT, now=clock.now())
    title, written = title.strip(), written_items(items)
    if (title, written) == (found.title, [*found.items]):
        raise SameCall
    last = max((each.item for each in documents_of(key, known)), default=0)
    if len(written) < max(last, 1):
        raise ItemsNeeded
    if len(written) > MOST_ITEMS:
        raise AgendaFull
    changed = {"title": title, "items": written}
    with audit.act(by=by, verb="agenda.correct_call", subject=key):
        return next_version(by, key, changed, known, after, instead)


def earlier_calls(of: Meeting) -> list[Call]:
    """Every text that was published of a call, but the one that stands, the newest first; of
    versions in a row that say the same the first."""
    owners = [members.SECRETARIAT, *members.states()]
    lines = gazette.histories(kind=MEETING, owners=owners, key=of.key).values()
    rows = [each.said for line in lines for each in line if each.counts and not each.said.withdrawn]
    found: list[Call] = []
    for said in sorted(rows, key=lambda each: (each.at, each.owner, each.version)):
        items = tuple(said.body["items"])
        told = Call(said.body["title"], items, said.owner, said.version, said.at.date())
        if not found or (found[-1].title, found[-1].items) != (told.title, told.items):
            found.append(told)
    last = [n for n, each in enumerate(found) if (each.title, each.items) == (of.title, of.items)]
    return [each for n, each in enumerate(found) if n not in last[-1:]][::-1]
