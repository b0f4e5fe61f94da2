"""Common actions and meetings: which proposals wait for one, which stand on its agenda, and putting
one there."""

from __future__ import annotations

from dataclasses import dataclass

from ayni.agenda import acting_together, reading, writing
from ayni.agenda.acting_together import Action, Word
from ayni.agenda.actions import Gap, Status
from ayni.agenda.meeting import add_item, check_step, meeting
from ayni.agenda.meeting_changes import Step
from ayni.agenda.reading import Presidencies
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette.api import Published
from ayni.lib import clock


@dataclass(frozen=True, slots=True)
class Beside:
    """Common actions as a meeting sees them: those `on` its agenda or dealt with there, and those
    that `wait` for a meeting. Of each gap the one that is followed."""

    on: tuple[Action, ...]
    wait: tuple[Action, ...]


def beside(key: str, known: Presidencies) -> Beside:
    """The common actions that one meeting is to know of, by their gaps."""
    first = [rows[0] for rows in acting_together.proposals(known).values()]
    return Beside(
        on=tuple(each for each in first if each.meeting == key),
        wait=tuple(each for each in first if each.status is Status.PROPOSED),
    )


def put_on_agenda(
    *, by: Actor, key: str, gap: Gap, owner: str, number: int, after: str, instead: str = ""
) -> Published:
    """Put a proposal on the agenda of a meeting: the platform says so of the proposal, and its
    title becomes an item of the meeting, in one transaction.

    `key`: the meeting's; `owner`, `number`, `after` as `say_of_action` takes them. Raises
    `NotFound`, `AgendaFull`, what `check_step` raises for a meeting that takes nothing more, and
    as `say_of_action`.
    """
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    check_step(meeting(key, known), Step.PUT, now=clock.now())
    word = Word(Status.ON_AGENDA, key)
    with audit.act(by=by, verb="agenda.put_on_agenda", subject=key):
        said = acting_together.say_of_action(
            by=by, gap=gap, owner=owner, number=number, word=word, after=after, instead=instead
        )
        title = next(
            each.title for each in acting_together.proposals_for(gap, known) if each.owner == owner
        )
        add_item(by=by, key=key, item=title, instead=instead)
        return said
