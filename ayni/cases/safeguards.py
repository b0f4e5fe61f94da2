"""The rules that no order of actions may break: consent, children, fear of a state, identity. Pure.

Design promises 3 and 9. Asked when a referral is drafted, when it is sent, and again before every
attempt to deliver.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ayni.cases.birth import AgeStatus
from ayni.cases.errors import ConsentMissing, GuardianMissing
from ayni.lib.errors import Refused


class FearedState(Refused):
    """The person fears this state; it receives nothing, not even a clock."""

    code = "feared_state"
    reason = _("This person must not become known to that state. Nothing can be sent there.")


class FearUnplaced(FearedState):
    """She fears her own state, and which one that is nobody has recorded: any other may be it."""

    code = "fear_unplaced"
    reason = _(
        "This person fears her or his own state, and the nationality is not recorded: any other "
        "state may be the one. Nothing can be sent to another state until the nationality is "
        "recorded."
    )


class Unplaced(frozenset[str]):
    """All states but this one, as `feared_states` gives them where `FearUnplaced` says why."""


class SecondOfficerMissing(Refused):
    """A child's data leaves only with two officers."""

    code = "second_officer_missing"
    reason = _("This person is or may be under 18. A second officer must agree before this leaves.")


class SecondForIdentity(SecondOfficerMissing):
    """Who somebody under protection is leaves only with two officers."""

    code = "second_for_identity"
    reason = _(
        "This person is under protection, and this tells who or where she or he is. A second "
        "officer must agree before it leaves."
    )


# What tells who somebody is, or where.
IDENTIFYING = frozenset(
    {
        "contact", "documents", "first_surname", "given_names", "name_as_written", "other_names",
        "attachments", "phones", "second_surname",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What the rules need to know of a consent."""

    id: str
    purpose: str
    recipient_state: str
    recipient_institution: str
    fields: frozenset[str]
    given_by: str
    own_view_recorded: bool
    given_at: datetime
    valid_until: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is about to leave an institution: to whom, which fields, agreed by which officers."""

    recipient_state: str
    recipient_institution: str
    fields: frozenset[str]
    officers: frozenset[str]


def covers(consent: ConsentView, disclosure: Disclosure, now: datetime) -> bool:
    """Whether this consent covers recipient, purpose and every field at this moment."""
    return (
        consent.purpose == "refer"
        and consent.withdrawn_at is None
        and consent.given_at <= now < consent.valid_until
        and consent.recipient_state == disclosure.recipient_state
        and consent.recipient_institution == disclosure.recipient_institution
        and disclosure.fields <= consent.fields
    )


def check_feared(feared_states: frozenset[str], recipient_state: str) -> None:
    """Raise `FearedState` if nothing may reach that state; `FearUnplaced` while any may be it."""
    if recipient_state in feared_states:
        why = FearUnplaced if isinstance(feared_states, Unplaced) else FearedState
        raise why(state=recipient_state)


def check_covered(
    *,
    disclosure: Disclosure,
    consents: Iterable[ConsentView],
    age: AgeStatus,
    feared_states: frozenset[str],
    now: datetime,
) -> ConsentView:
    """The consent that covers this disclosure. Raises `FearedState`, `ConsentMissing`,
    `GuardianMissing`; does not ask for the second officer (a draft has only one)."""
    check_feared(feared_states, disclosure.recipient_state)
    covering = [c for c in consents if covers(c, disclosure, now)]
    if not covering:
        raise ConsentMissing
    if age.counts_as_child:
        covering = [
            c
            for c in covering
            if c.given_by in {"guardian", "child_authority"} and c.own_view_recorded
        ]
        if not covering:
            raise GuardianMissing
    return max(covering, key=lambda c: (c.valid_until, c.id))


def check_second(*, disclosure: Disclosure, age: AgeStatus, feared_states: frozenset[str]) -> None:
    """Two different officers for whoever counts as a child, and for the identity of somebody who
    fears a state, whoever receives it. Raises `SecondOfficerMissing`, `SecondForIdentity`."""
    if len(disclosure.officers) >= 2:
        return
    if age.counts_as_child:
        raise SecondOfficerMissing
    if feared_states and disclosure.fields & IDENTIFYING:
        raise SecondForIdentity


def check_may_leave(
    *,
    disclosure: Disclosure,
    consents: Iterable[ConsentView],
    age: AgeStatus,
    feared_states: frozenset[str],
    now: datetime,
) -> ConsentView:
    """`check_covered`, and two different officers where `check_second` asks for them."""
    consent = check_covered(
        disclosure=disclosure,
        consents=consents,
        age=age,
        feared_states=feared_states,
        now=now,
    )
    check_second(disclosure=disclosure, age=age, feared_states=feared_states)
    return consent
