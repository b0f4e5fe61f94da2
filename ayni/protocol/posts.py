"""Readiness of a post (phase 0): begun once for each institution, recorded step by step.

The subject is the institution itself. What is written down is about law, services and agreements,
never about a person, and lies here in clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.lib.identifiers import new_id
from ayni.members import api as members
from ayni.protocol.engine import Agenda
from ayni.protocol.events import EventKind
from ayni.protocol.model import Side, SubjectKind
from ayni.protocol.models import PostEntry, Run
from ayni.protocol.recording import agenda_of, open_subject, record_event, run_of


def begin_post(*, by: Actor) -> Agenda:
    """Let phase 0 run for the actor's institution; doing it twice changes nothing."""
    members.check_may(by, members.Permission.POST_WRITE)
    post = _post(by)
    try:
        return post_agenda(by=by)
    except NotFound:
        return open_subject(
            by=by,
            subject=post,
            institution=post,
            side=Side.OWN,
            opened_at=clock.now(),
            kind=SubjectKind.POST,
        )


def _post(by: Actor) -> UUID:
    if not by.institution:
        raise NotFound
    return UUID(by.institution)


def post_agenda(*, by: Actor) -> Agenda:
    """What is due at the actor's post. Raises `NotFound` if it was not begun."""
    members.check_may(by, members.Permission.POST_WRITE)
    return agenda_of(run_of(_post(by)), {}, clock.now())


def post_entries(*, by: Actor) -> list[PostEntry]:
    """What the actor's post has written down, newest first."""
    members.check_may(by, members.Permission.POST_WRITE)
    return list(PostEntry.objects.filter(run_id=_post(by)).order_by("-recorded_at")[:500])


def record_post(
    *, by: Actor, step: str, answers: Mapping[str, Any], form_id: UUID | None = None
) -> Agenda:
    """Write down what was done at a step of phase 0, and settle the step if it is open.

    A second call with the same `form_id` does nothing. Raises `NotFound`, `StepRefused`.
    """
    members.check_may(by, members.Permission.POST_WRITE)
    post, now = _post(by), clock.now()
    with audit.act(by=by, verb="protocol.record_post", subject=post, step=step):
        run = Run.objects.select_for_update().filter(subject=post).first()
        if run is None:
            raise NotFound
        if form_id is not None and PostEntry.objects.filter(id=form_id).exists():
            return post_agenda(by=by)
        entry = post_agenda(by=by).steps.get(step)
        if entry is None:
            raise NotFound(step=step)
        PostEntry.objects.create(
            id=form_id or new_id(),
            institution_id=post,
            run=run,
            step=step,
            answers=dict(answers),
            recorded_at=now,
            by_id=by.id[:64],
        )
        if entry.settled:
            return post_agenda(by=by)
        return record_event(by=by, subject=post, step=step, kind=EventKind.DONE)
