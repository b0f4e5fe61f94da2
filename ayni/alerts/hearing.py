"""What a recipient says of the copy it had: that it removed it, and what that was; or that the
person was seen or found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.alerts.answers import Outcome
from ayni.alerts.errors import NotTheirs
from ayni.alerts.models import AlertAnswer, AlertCopy
from ayni.alerts.rules import CHILD_AUTHORITY
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members


def copy_of(*, conversation: str, state: str, institution: str, own: str) -> AlertCopy:
    """The copy of this conversation with this very recipient, locked; `own` is the id of the
    institution that issued it. Raises `NotTheirs`."""
    found = AlertCopy.objects.select_for_update().filter(
        institution_id=own,
        conversation=conversation,
        recipient_state=state,
        recipient_institution=institution,
    )
    copy = found.first()
    if copy is None:
        raise NotTheirs("alert")
    return copy


def hear_removed(copy: AlertCopy, told: Mapping[str, Any], *, by: Actor) -> None:
    """A receiver confirms what it removed: the first word counts."""
    with audit.act(by=by, verb="alerts.hear", subject=copy.alert_id, copy=copy.id):
        if copy.confirmed_at is None:
            copy.removed_at, copy.confirmed_at = clock.parse(told["at"]), clock.now()
            copy.why_removed, copy.removed_fields = told["why"], sorted(told["fields"])
            copy.save()


def hear_answer(
    copy: AlertCopy, told: Mapping[str, Any], *, by: Actor, number: int | None = None
) -> AlertAnswer | None:
    """A recipient says that the person was seen or found. About a child, by its word or ours, only
    a child authority says it, and only a child authority hears it. Raises `NotTheirs`, also for an
    institution in another state through which she could be spoken with; `vault.Erased` once her
    data were erased here. `number`: its place in the conversation; what was taken back before it
    came is not kept, and None."""
    alert, data = copy.alert, dict(told["data"])
    if alert.issued_at is None:
        raise NotTheirs("alert")
    # Before it is judged: what would stand aside would lie here whole.
    if number is not None and number < copy.answers_after:
        with audit.act(by=by, verb="alerts.hear_answer", subject=alert.id, copy=copy.id) as act:
            act.note(case=alert.case_id, taken_back=True)
        return None
    child = bool(data["child"]) or alert.as_child
    theirs = members.institution_by_code(copy.recipient_institution).kind
    if child and not theirs == alert.issuer_kind == CHILD_AUTHORITY:
        raise NotTheirs("child")
    found = data["outcome"] == Outcome.FOUND
    if found and not str(data["contact"]).startswith(f"{copy.recipient_state}-"):
        raise NotTheirs("contact")
    now = clock.now()
    row = AlertAnswer(
        institution_id=alert.institution_id,
        subject=alert.subject,
        direction="in",
        copy=copy,
        outcome=data["outcome"],
        ground=data["ground"],
        as_child=child,
        answers_kind=theirs,
        asks_kind=alert.issuer_kind,
        fields=sorted(data),
        sequence=number,
        created_at=now,
        sent_at=min(clock.parse(told["at"]), now),
    )
    with audit.act(by=by, verb="alerts.hear_answer", subject=alert.id, answer=row.id) as act:
        act.note(case=alert.case_id)  # what it said may be taken back, and this stays
        row.seal_content(data)
        row.save(force_insert=True)
    return row
