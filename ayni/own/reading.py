"""What the person concerned reads: what is written down about her, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib.errors import NotFound, Text
from ayni.members import api as members
from ayni.own.models import Code

# Whoever looks over her shoulder, or took the paper away, must not learn the words by which she and
# the officer know each other.
_SECRET = frozenset({"safe_word", "our_word"})


@dataclass(frozen=True, slots=True)
class Written:
    """What is written down: who keeps it, since when and until when, and each value in words."""

    reference: str
    institution: members.Institution
    opened_at: datetime
    closed_at: datetime | None
    kept_until: date | None
    values: list[tuple[Text, str]]


def written(*, by: Actor) -> Written:
    """What is written down about the person to whom the code `by` was given; recorded.

    Raises `NotAllowed` for anybody else, `NotFound` for a code that has ended.
    """
    members.check_may(by, members.Permission.OWN_READ)
    code = Code.objects.filter(id=by.id, ended_at__isnull=True).first()
    if code is None:
        raise NotFound
    case = cases.own_case(by=by, case_id=code.case_id)
    told = cases.disclose(by=by, case_id=case.id, fields=list(cases.DISCLOSABLE), reason="own_view")
    if isinstance(told.get("contact"), Mapping):
        told["contact"] = {k: v for k, v in told["contact"].items() if k not in _SECRET}
    return Written(
        reference=case.reference,
        institution=members.institution(case.institution_id),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        kept_until=case.kept_until,
        values=_in_words(told),
    )


def _in_words(told: Mapping[str, Any]) -> list[tuple[Text, str]]:
    rows = [(cases.DISCLOSABLE[name][1], cases.in_words(name, told[name])) for name in told]
    return [(label, text) for label, text in rows if text]
