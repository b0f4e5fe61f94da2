"""What the door of members offers to signing in: the second step and the code of conduct."""

from __future__ import annotations

import math
from collections.abc import Callable
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused
from ayni.members import second_step
from ayni.members.models import SecondStep, User
from ayni.members.permissions import check_may
from ayni.members.roles import Permission

# The version of the code of conduct (template account/conduct.html); a new text gets a new one.
CONDUCT = "1"


class TooManyTries(Refused):
    """The second step was wrong too often; `minutes` until the next try."""

    code = "too_many_tries"
    reason = _("Too many wrong numbers. Try again in 15 minutes, or use a passkey.")


def try_second_step(*, by: Actor, matches: Callable[[int], int | None]) -> bool:
    """Try a second step of the officer `by`; tries of one account come one after the other.

    `matches` gets the counter of the last number that was accepted and gives the one of what was
    written now (RFC 6238, section 5.2: a number counts once), or None if it is wrong. A wrong try
    is recorded. Raises `TooManyTries`; then nothing was tried.
    """
    user_id, now = UUID(by.id), clock.now()
    with transaction.atomic():
        row, _new = SecondStep.objects.select_for_update().get_or_create(user_id=user_id)
        held = second_step.wait(row.failed, row.since, now)
        if held:
            raise TooManyTries(minutes=math.ceil(held.total_seconds() / 60))
        counter = matches(row.counter)
        if counter is not None:
            row.failed, row.since, row.counter = 0, None, counter
            row.save()
            return True
        row.failed, row.since = second_step.after_wrong(row.failed, row.since, now)
        with audit.act(by=by, verb="members.wrong_second_step", subject=user_id, times=row.failed):
            row.save()
    return False


def last_counter(user_id: UUID) -> int:
    """The counter of the last number of an app that an officer signed in with; 0 for none."""
    row = SecondStep.objects.filter(user_id=user_id).first()
    return row.counter if row is not None else 0


def note_second_step(*, by: Actor, change: str) -> None:
    """Record that an officer changed the own second step: `added`, `removed` or `codes`."""
    audit.read(by=by, verb="members.change_second_step", subject=by.id, change=change)


def end_sign_ins(user_id: UUID) -> None:
    """End every sign-in of an officer, wherever it is (called inside the verb that says why)."""
    for sign_in in UserSession.objects.filter(user_id=user_id):
        sign_in.end()


def reset_second_step(*, by: Actor, user_id: UUID, forget: Callable[[User], None]) -> None:
    """An officer lost every second step: the next sign-in asks for a new one. `forget` removes
    what there was; every sign-in ends. Raises `NotFound`."""
    if by.kind is ActorKind.USER:
        check_may(by, Permission.NODE_RUN)
    with audit.act(by=by, verb="members.reset_second_step", subject=user_id):
        officer = User.objects.filter(id=user_id).first()
        if officer is None:
            raise NotFound
        forget(officer)
        end_sign_ins(user_id)
        SecondStep.objects.filter(user=officer).delete()


def has_accepted_conduct(user: User) -> bool:
    """Whether an officer has accepted the code of conduct as it stands now."""
    return bool(user.conduct == CONDUCT)


def accept_conduct(*, by: Actor) -> None:
    """The officer `by` has read the code of conduct and will keep to it. Raises `NotFound`."""
    with audit.act(by=by, verb="members.accept_conduct", subject=by.id, version=CONDUCT):
        accepted = {"conduct": CONDUCT, "conduct_at": clock.now()}
        if not User.objects.filter(id=by.id).update(**accepted):
            raise NotFound
