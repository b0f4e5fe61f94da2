"""What a request asks and by when, in the reader's words: the text of the protocol itself.

Only the code of the step crosses the border; each side reads the sentences of the version under
which its own case runs, in its own language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from ayni.cooperation import limits
from ayni.cooperation import vocabulary as words
from ayni.cooperation.models import Request
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.protocol import api as protocol

_BINDING = ("norm", "treaty")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in words. `sources`: (title and place, whether that place was read);
    `proposed`: no norm or treaty sets the time for the answer."""

    matter: str
    step: str
    title: str
    duty: str
    answer: str
    sources: list[tuple[str, bool]]
    proposed: bool = True


def asked(*, step: str, matter: str, case_id: UUID | None) -> Asked:
    """What the protocol says of this step and of the one that answers it.

    The version is the one that our case keeps, or without a case the one that our state adopted.
    A step that it does not have leaves the sentences empty: the matter is said all the same.
    """
    here = get_language() or "es"
    definition = _definition(case_id)
    label = str(words.Matter(matter).label)
    known = definition.steps.get(step)
    if known is None:
        return Asked(label, step, "", "", "", [])
    answers = list(_answering(definition, step))
    cites = [cite for each in (known, *answers) for cite in each.cites]
    sources = {
        " ".join(
            filter(
                None,
                (
                    definition.sources[cite.source].title.in_language(here),
                    definition.place_of(cite).in_language(here),
                ),
            )
        ): cite.verified
        for cite in cites
    }
    return Asked(
        matter=label,
        step=step,
        title=known.title.in_language(here),
        duty=known.duty.in_language(here),
        answer=" ".join(each.duty.in_language(here) for each in answers),
        sources=list(sources.items()),
        proposed=not any(limit.status in _BINDING for each in answers for limit in each.limits),
    )


def of(row: Request) -> Asked:
    """The words of one request that was sent or received."""
    return asked(step=row.step, matter=row.matter, case_id=row.case_id)


def due(*, case_id: UUID, step: str, situation: str, now: datetime) -> datetime:
    """By when the answer is owed, to the full hour: the time that the protocol gives the step that
    answers, or the usual one of `limits` where that is sooner or the protocol gives none."""
    usual = limits.due("request", "answer", situation, now)
    given = [
        clock.hour_up(moment)
        for answering in _answering(_definition(case_id), step)
        if (moment := protocol.due_after(answering, after=step, subject=case_id, since=now))
    ]
    return min([usual, *given])


def _answering(definition: protocol.Definition, step: str) -> Iterator[protocol.Step]:
    return (each for each in definition.steps.values() if each.answers and step in each.after)


def _definition(case_id: UUID | None) -> protocol.Definition:
    if case_id is not None:
        try:
            return protocol.definition_for(case_id)
        except NotFound:
            pass
    held = protocol.adopted()
    return protocol.definition(held.key, held.version)
