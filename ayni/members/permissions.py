"""Who may. `check_may` raises with a reason, `may` asks the same function."""

from __future__ import annotations

from ayni.audit.api import Actor, ActorKind
from ayni.lib.errors import NotAllowed
from ayni.members.acting import EVERYTHING
from ayni.members.roles import ROLE_PERMISSIONS, Permission, Role

# What a job of this node or a verified message of a peer may do; anything else is a person's act.
_MACHINE = frozenset(
    {
        Permission.CASE_ALL,
        Permission.CASE_OPEN,
        Permission.CASE_WRITE,
        Permission.NOTICE_TAKE,
        Permission.REFERRAL_ANSWER,
        Permission.REFERRAL_SEND,
        Permission.REMINDER_SEND,
    }
)
# Whose work is every case of the institution: of the last two only that there is one, for they open
# nothing of it.
_OF_ALL = (Permission.CASE_ALL, Permission.AUDIT_READ, Permission.RETENTION_DECIDE)
# With a code on paper; `own` binds it to the one case for which the code was given.
_PERSON = frozenset({Permission.OWN_READ})
# Commands and jobs of this node also count (sums, never a case), see how old the clocks are,
# block and erase what is due, and let a part of a sum that a person has given leave or end; a
# peer's message does none of that.
_JOB = _MACHINE | {
    Permission.FIGURES_READ,
    Permission.RETENTION_DECIDE,
    Permission.STATE_CLOCKS_READ,
    Permission.SUM_SEND,
}


def check_may(by: Actor, permission: Permission) -> None:
    """Raise `NotAllowed` unless the actor's role (or kind) holds the permission."""
    match by.kind:
        case ActorKind.USER:
            try:
                held = ROLE_PERMISSIONS[Role(by.role)]
            except ValueError:
                raise NotAllowed from None
        case ActorKind.JOB:
            held = _JOB
        case ActorKind.PEER:
            held = _MACHINE
        case ActorKind.PUBLIC:
            held = frozenset({Permission.NOTICE_TAKE})
        case ActorKind.PERSON:
            held = _PERSON
        case _:
            held = frozenset()
    if permission not in held:
        raise NotAllowed(permission=str(permission))


def may(by: Actor, permission: Permission) -> bool:
    """Whether `check_may` lets this actor through."""
    try:
        check_may(by, permission)
    except NotAllowed:
        return False
    return True


def reach_of(*, by: Actor) -> str:
    """Which cases of the institution the database shows on behalf of this actor: `EVERYTHING`, an
    officer's id (need to know: what is open to this officer), or nothing."""
    if by.kind is not ActorKind.USER:
        return EVERYTHING
    if any(may(by, each) for each in _OF_ALL):
        return EVERYTHING
    return by.id if may(by, Permission.CASE_READ) else ""
