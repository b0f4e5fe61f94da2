"""What the person concerned is told: who opened or worked on her case, and her consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import circumstances
from ayni.cases.access import fetch
from ayni.cases.models import Case, Consent
from ayni.cases.trail import subjects_of
from ayni.cases.vulnerable import Answered, Profile
from ayni.members import api as members
from ayni.vault import api as vault


class Doing(StrEnum):
    """Why somebody was at it, as plainly as a verb allows."""

    READ = "read"
    WORKED = "worked"


# How the second part of a verb begins that only reads; all others work on something.
_READS = (
    "open_",
    "answers_",
    "audit_",
    "disclose",
    "export_",
    "case_by_",
    "who_",
    "retention_",
    "rights_of_",
    "use_",
    "why_",
    "emergenc",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Who did what how often, and when last. Exactly one of `institution` (its id) and `node`
    (the code of another state's node) is set; neither for what this node does by itself."""

    institution: str
    node: str
    doing: Doing
    times: int
    last: datetime


def seen_by(*, by: Actor, case_id: UUID) -> list[Seen]:
    """Which institutions and nodes opened or worked on her case, the latest first; officers are
    not named. The looking is recorded. Raises `NotAllowed` for anybody but the person, `NotFound`.
    """
    members.check_may(by, members.Permission.OWN_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.seen_by", subject=case_id)
    sums: dict[tuple[str, str, Doing], tuple[int, datetime]] = {}
    for row in audit.doings(subjects_of(case)):
        if row.actor_kind == ActorKind.PERSON:
            continue  # her own visits
        is_node = row.actor_kind == ActorKind.PEER
        institution = row.actor_institution if row.actor_kind == ActorKind.USER else ""
        name = row.verb.partition(".")[2]
        doing = Doing.READ if name.startswith(_READS) else Doing.WORKED
        key = (institution, row.actor_id if is_node else "", doing)
        times, last = sums.get(key, (0, row.last))
        sums[key] = times + row.times, max(last, row.last)
    found = [Seen(*key, *told) for key, told in sums.items()]
    return sorted(found, key=lambda seen: seen.last, reverse=True)


def own_consents(*, by: Actor, case_id: UUID) -> list[Consent]:
    """Her consents, the newest first. The looking is recorded. Raises `NotAllowed` for anybody but
    the person, `NotFound`."""
    members.check_may(by, members.Permission.OWN_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.own_consents", subject=case_id)
    return list(case.consents.order_by("-given_at", "id"))


def own_circumstances(*, by: Actor, case_id: UUID) -> dict[Profile, Answered]:
    """What was answered about her situation. The looking is recorded. Raises `NotAllowed` for
    anybody but the person, `NotFound`."""
    members.check_may(by, members.Permission.OWN_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.own_circumstances", subject=case_id)
    opened = case.unseal(vault.sealer(case.subject), ["circumstances"])
    return circumstances.answered(opened["circumstances"])
