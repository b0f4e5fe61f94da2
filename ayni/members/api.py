"""The door of members: states, institutions, users, roles, and on whose behalf one acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.lib import clock, zones
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members.acting import acting, institution_now
from ayni.members.models import Institution, InstitutionKind, User
from ayni.members.naming import (
    institution_and_state,
    institution_name,
    moment,
    moment_here,
    moments,
    moments_in,
    state_name,
)
from ayni.members.pages import Answer, Page, View, attempt, form_page
from ayni.members.pages import officer_page as _officer_page
from ayni.members.permissions import check_may, may, reach_of
from ayni.members.roles import ROLE_NAMES, ROLE_PERMISSIONS, Permission, Role
from ayni.members.sign_on import (
    LastWayIn,
    SignOnLinked,
    link_sign_on,
    sign_on_linked_at,
    unlink_sign_on,
)
from ayni.members.signing_in import (
    CONDUCT,
    TooManyTries,
    accept_conduct,
    end_sign_ins,
    has_accepted_conduct,
    last_counter,
    note_second_step,
    reset_second_step,
    try_second_step,
)
from ayni.members.states import SECRETARIAT, BlocMembership, State, node_codes, state, states
from ayni.vault import api as vault

__all__ = [
    "CONDUCT",
    "ROLE_NAMES",
    "ROLE_PERMISSIONS",
    "SECRETARIAT",
    "BlocMembership",
    "Institution",
    "InstitutionKind",
    "LastWayIn",
    "Permission",
    "Role",
    "SignOnLinked",
    "State",
    "TooManyTries",
    "User",
    "accept_conduct",
    "acting",
    "actor_of",
    "add_institution",
    "add_user",
    "attempt",
    "check_may",
    "colleagues",
    "everybody",
    "form_page",
    "has_accepted_conduct",
    "institution",
    "institution_by_code",
    "institution_now",
    "institutions",
    "last_counter",
    "link_sign_on",
    "may",
    "node_codes",
    "note_reminded",
    "note_second_step",
    "note_sign_in_ended",
    "officer_page",
    "reach_of",
    "officers",
    "readmit_user",
    "reset_second_step",
    "sign_on_linked_at",
    "state",
    "states",
    "stop_user",
    "this_node",
    "try_second_step",
    "unlink_sign_on",
    "user",
    "user_by_email",
    "institution_and_state",
    "institution_name",
    "moment",
    "moment_here",
    "moments",
    "moments_in",
    "state_name",
]


P = ParamSpec("P")


class AlreadyThere(Refused):
    """An institution or user with this code or e-mail exists."""

    code = "already_there"
    reason = _("There is one with this code or e-mail already.")


class UnknownPlace(Refused):
    """A state, country or time zone that does not exist."""

    code = "unknown_place"
    reason = _("This state, country or time zone is not known.")


class NoCasesHere(Refused):
    """A role that works on cases, on the node of the secretariat, which holds none."""

    code = "no_cases_here"
    reason = _("The technical secretariat holds no cases: this role is not given on its node.")


# Roles that read or write cases; the secretariat's node gives none of them (promise 2).
_CASE_ROLES = frozenset(
    role for role, held in ROLE_PERMISSIONS.items() if Permission.CASE_READ in held
)


def this_node() -> str:
    """The code of this node: a state's, or `secretariat`."""
    return str(settings.AYNI_NODE)


def actor_of(user: User | AbstractBaseUser | AnonymousUser) -> Actor:
    """The actor that a signed-in user is. Raises `NotAllowed` for one who is not active."""
    if not isinstance(user, User) or not user.is_active:
        raise NotAllowed
    return Actor(ActorKind.USER, str(user.id), str(user.institution_id or ""), user.role)


def officer_page(answer: Answer | None = None) -> Callable[[View[P]], Page]:
    """A decorator for pages of signed-in officers: the view gets the actor. What is not there or
    not theirs becomes 404 or 403; any other refusal what `answer` says (None: it goes on up)."""
    return _officer_page(actor_of, answer)


def add_institution(
    *,
    by: Actor,
    code: str,
    names: Mapping[str, str],
    kind: str,
    state: str,
    stands_in: str = "",
    time_zone: str = "UTC",
    address: str = "",
    verified_on: date | None = None,
    verified_by: str = "",
) -> Institution:
    """Register an institution of this node, or of another one as its key sheet names it.

    `names` has es, pt and en; `state` is a node's code, `stands_in` an ISO 3166-1 alpha-2 code in
    capitals or nothing, `time_zone` a name of the IANA database. Raises `AlreadyThere`,
    `UnknownPlace`, and ValueError for a kind that does not exist.
    """
    if by.kind is ActorKind.USER:
        check_may(by, Permission.NODE_RUN)
    kind = InstitutionKind(kind).value
    if (
        state not in node_codes()
        or (stands_in and not zones.is_country(stands_in))
        or not zones.exists(time_zone)
    ):
        raise UnknownPlace(institution=code)
    if Institution.objects.filter(code=code).exists():
        raise AlreadyThere(institution=code)
    with audit.act(by=by, verb="members.add_institution", subject=code):
        return Institution.objects.create(
            code=code,
            names=dict(names),
            kind=kind,
            state=state,
            stands_in=stands_in,
            time_zone=time_zone,
            address=address,
            verified_on=verified_on,
            verified_by=verified_by,
        )


def add_user(
    *,
    by: Actor,
    email: str,
    display_name: str,
    role: Role,
    institution: Institution | None,
    password: str | None,
    language: str = "es",
    is_demo: bool = False,
) -> User:
    """Register an officer with a key of their own. Without a password nobody signs in until the
    officer has set one. Raises `AlreadyThere`, `NoCasesHere`."""
    if by.kind is ActorKind.USER:
        check_may(by, Permission.NODE_RUN)
    if this_node() == SECRETARIAT and Role(role) in _CASE_ROLES:
        raise NoCasesHere(role=str(role))
    if User.objects.filter(email__iexact=email).exists():
        raise AlreadyThere
    officer = User(
        email=email.lower(),
        display_name=display_name,
        role=Role(role),
        institution=institution,
        language=language,
        subject=vault.new_subject(),
        is_demo=is_demo,
        created_at=clock.now(),
    )
    officer.set_password(password)
    try:
        with audit.act(by=by, verb="members.add_user", subject=officer.id, role=str(role)):
            officer.save(force_insert=True)
    except IntegrityError:
        raise AlreadyThere from None
    return officer


def stop_user(*, by: Actor, user_id: UUID) -> None:
    """An officer who has left, or whose device is in other hands: signed out everywhere, and no
    sign-in any more. What they did stays under their name. Raises `NotFound`."""
    _set_active(by, "members.stop_user", user_id, active=False)


def readmit_user(*, by: Actor, user_id: UUID) -> None:
    """An officer who was stopped may sign in again. Raises `NotFound`."""
    _set_active(by, "members.readmit_user", user_id, active=True)


def _set_active(by: Actor, verb: str, user_id: UUID, *, active: bool) -> None:
    if by.kind is ActorKind.USER:
        check_may(by, Permission.NODE_RUN)
    with audit.act(by=by, verb=verb, subject=user_id):
        if not User.objects.filter(id=user_id).update(is_active=active):
            raise NotFound
        if not active:
            # Or they would go on once the officer is readmitted.
            end_sign_ins(user_id)


def note_reminded(*, by: Actor, user_id: UUID, on: date) -> None:
    """Keep on which day an officer was last reminded by e-mail."""
    check_may(by, Permission.REMINDER_SEND)
    with audit.act(by=by, verb="members.note_reminded", subject=user_id):
        User.objects.filter(id=user_id).update(reminded_on=on)


def note_sign_in_ended(*, by: Actor, sign_in: object, why: str = "own") -> None:
    """Record that a sign-in of an officer was ended: by the officer (`own`), or because its cookie
    came from another device (`device`)."""
    audit.read(by=by, verb="members.end_sign_in", subject=by.id, sign_in=sign_in, why=why)


def institution(id: UUID | str) -> Institution:  # noqa: A002 - the field's own name
    """One institution by its id on this node. Raises `NotFound`."""
    try:
        return Institution.objects.get(id=id)
    except Institution.DoesNotExist:
        raise NotFound from None


def institution_by_code(code: str) -> Institution:
    """One institution by its public code. Raises `NotFound`."""
    try:
        return Institution.objects.get(code=code)
    except Institution.DoesNotExist:
        raise NotFound from None


def institutions(
    *, state: str | None = None, kind: str | None = None, stands_in: str | None = None
) -> list[Institution]:
    """Active institutions, by code; limited to a state, a kind or a country when given."""
    found = Institution.objects.filter(active=True)
    if state is not None:
        found = found.filter(state=state)
    if kind is not None:
        found = found.filter(kind=kind)
    if stands_in is not None:
        found = found.filter(stands_in=stands_in)
    return list(found)


def user(id: UUID | str) -> User:  # noqa: A002 - the field's own name
    """One user. Raises `NotFound`."""
    try:
        return User.objects.select_related("institution").get(id=id)
    except User.DoesNotExist:
        raise NotFound from None


def user_by_email(email: str) -> User:
    """The user who signs in with this e-mail, whatever its case. Raises `NotFound`."""
    try:
        return User.objects.select_related("institution").get(email__iexact=email.strip())
    except User.DoesNotExist:
        raise NotFound from None


def officers() -> list[User]:
    """All users of this node, also those who have left, by e-mail: for who runs it, no page."""
    return list(User.objects.select_related("institution").order_by("email"))


def everybody(institution_id: UUID | str) -> list[User]:
    """All users of one institution, also those who have left (to name who did something)."""
    return list(User.objects.filter(institution_id=institution_id))


def colleagues(institution_id: UUID | str) -> list[User]:
    """Active users of one institution, by name."""
    return list(
        User.objects.filter(institution_id=institution_id, is_active=True).order_by("display_name")
    )
