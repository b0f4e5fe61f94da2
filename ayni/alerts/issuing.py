"""Writing an alert, agreeing to it as the second officer, issuing it to many, taking it back.

She cannot be asked, so no consent is looked for: the ground is step 1.6 of the protocol that her
case follows, and without it nothing leaves. Whom she fears, who may be a child, and how little is
told are checked when it is written, when it is issued and before every attempt to deliver.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ayni.alerts import handing, rules
from ayni.alerts import vocabulary as words
from ayni.alerts.errors import NobodyChosen, NoGround, NotARecipient
from ayni.alerts.models import Alert, AlertCopy
from ayni.alerts.rules import State
from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused, WrongState
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

log = logging.getLogger("ayni.alerts")
SEND, SECOND = members.Permission.REFERRAL_SEND, members.Permission.REFERRAL_SECOND
# Who looks for somebody. A shelter keeps addresses and looks for nobody; a focal point opens none.
LOOK_FOR = frozenset({"programme", "consulate", "prosecution", "child_authority", "ministry"})


def recipients(*, by: Actor, feared: frozenset[str]) -> list[members.Institution]:
    """Institutions that an alert may go to now: of this node or reachable, never of a feared state
    and never the own one."""
    return [
        each
        for each in members.institutions()
        if each.kind in LOOK_FOR
        and str(each.id) != by.institution
        and each.state not in feared
        and each.state != members.SECRETARIAT
        and (each.state == members.this_node() or exchange.reachable(each))
    ]


def whom_may_be_told(*, by: Actor, case_id: UUID) -> list[members.Institution]:
    """`recipients` of an alert about the person of this case. Raises `NotFound`, `NotAllowed`."""
    members.check_may(by, SEND)
    case = cases.case_for(by=by, case_id=case_id)
    return recipients(by=by, feared=cases.feared_states(case.person))


def _ground(case: cases.Case) -> str:
    """The ground on which an alert of this case leaves. Raises `NoGround`."""
    definition = protocol.definition_for(case.id)
    if rules.STEP not in definition.steps:
        raise NoGround
    return f"protocol:{definition.key}@{definition.version}/{rules.STEP}"


def _two_needed(alert: Alert, case: cases.Case) -> bool:
    try:
        cases.check_second(
            disclosure=_disclosure(alert, "", ""),
            age=cases.age_status(case.person),
            feared_states=cases.feared_states(case.person),
        )
    except cases.SecondOfficerMissing:
        return True
    return False


def _disclosure(alert: Alert, state: str, institution: str) -> cases.Disclosure:
    return cases.Disclosure(
        recipient_state=state,
        recipient_institution=institution,
        fields=frozenset(alert.fields),
        officers=frozenset({alert.written_by, alert.second_officer} - {""}),
    )


def draft_alert(
    *,
    by: Actor,
    case_id: UUID,
    to: Iterable[str],
    why_unasked: str,
    until: datetime,
    search: Mapping[str, str],
) -> Alert:
    """Write an alert; nothing leaves. `to`: codes of institutions (`recipients`); `search`: where
    and when she was last seen, by names of `rules.OF_SEARCH` (country, town, ISO day).

    Raises `NoGround`, `NobodyChosen`, `NotARecipient`, `NameMissing`, `NotAnEnd`,
    `ChildAuthorityOnly`, `cooperation.NotOnward`, `NotFound`, `NotAllowed`; ValueError for an
    unknown reason.
    """
    members.check_may(by, SEND)
    now, wanted = clock.now(), sorted(set(to))
    why = words.WhyUnasked(why_unasked)
    with audit.act(by=by, verb="alerts.draft_alert", subject=case_id) as act:
        case = cases.case_for(by=by, case_id=case_id)
        issuer = members.institution(case.institution_id)
        child = cases.age_status(case.person).counts_as_child
        rules.check_issuer(counts_as_child=child, kind=issuer.kind)
        rules.check_until(until, now)
        known = cases.disclose(by=by, case_id=case_id, fields=rules.OF_PERSON, reason="alert")
        content = rules.minimum(known, search)
        alert = Alert(
            institution_id=case.institution_id,
            subject=case.subject,
            case=case,
            created_at=now,
            state=State.DRAFT.value,
            why_unasked=why.value,
            written_by=by.id,
            as_child=child,
            issuer_kind=issuer.kind,
            basis=_ground(case),
            fields=sorted(content),
            until=until,
        )
        alert.two_needed = _two_needed(alert, case)
        alert.seal(vault.sealer(case.subject), content=content)
        alert.save(force_insert=True)
        _write_copies(alert, wanted, recipients(by=by, feared=cases.feared_states(case.person)))
        _check_onward(alert, alert.copies.all())
        act.note(alert=alert.id)
    return alert


def _write_copies(alert: Alert, wanted: list[str], may: list[members.Institution]) -> None:
    found = {each.code: each for each in may}
    if not wanted:
        raise NobodyChosen
    if not set(wanted) <= set(found):
        raise NotARecipient
    AlertCopy.objects.bulk_create(
        AlertCopy(
            institution_id=alert.institution_id,
            alert=alert,
            recipient_state=found[code].state,
            recipient_institution=code,
            conversation=exchange.new_conversation(),
        )
        for code in wanted
    )


def fetch(alert_id: UUID, *, by: Actor, lock: bool = False) -> Alert:
    """An alert of the actor's institution. Raises `NotFound`, `cases.CaseClosed`."""
    found = Alert.objects.filter(id=alert_id, institution_id=by.institution)
    row = found.select_for_update().first() if lock else found.first()
    if row is None:
        raise NotFound
    if by.kind is ActorKind.USER:
        cases.fetch(cases.Case, row.case_id, by=by)
    return row


def agree_alert(*, by: Actor, alert_id: UUID) -> Alert:
    """Agree to a draft as the second officer. Raises `SameOfficer`, `WrongState`, `NotFound`."""
    members.check_may(by, SECOND)
    with audit.act(by=by, verb="alerts.agree_alert", subject=alert_id):
        alert = fetch(alert_id, by=by, lock=True)
        if alert.state != State.DRAFT or alert.second_officer:
            raise WrongState
        if alert.written_by == by.id:
            raise cooperation.SameOfficer
        alert.second_officer = by.id
        alert.save(update_fields=["second_officer"])
    return alert


def issue_alert(*, by: Actor, alert_id: UUID) -> Alert:
    """Send a draft to every institution that it names: to all or, if one refuses, to none.

    Raises `FearedState`, `ChildAuthorityOnly`, `SecondOfficerMissing`, `cooperation.NotOnward`,
    `NotAnEnd`, `WrongState`, `NoNode`, `NotFound`, `NotAllowed`.
    """
    members.check_may(by, SEND)
    with audit.act(by=by, verb="alerts.issue_alert", subject=alert_id) as act:
        # Whom she fears before all: a protection that is written at the same time waits.
        alert = fetch(alert_id, by=by)
        feared = _hold(alert, by=by)
        alert = fetch(alert_id, by=by, lock=True)
        now = clock.now()
        if alert.state != State.DRAFT:
            raise WrongState
        rules.check_until(alert.until, now)
        alert.as_child = cases.age_status(alert.case.person).counts_as_child
        copies = list(alert.copies.all())
        for copy in copies:
            cases.check_feared(feared, copy.recipient_state)
        _check_onward(alert, copies)
        for copy in copies:
            _check_leaves(alert, copy, feared)
        alert.two_needed = _two_needed(alert, alert.case) or bool(alert.second_officer)
        alert.state, alert.issued_at = State.ISSUED.value, now
        alert.save()
        content = alert.unseal(vault.sealer(alert.subject), ["content"])["content"]
        told = {"at": clock.isoformat(now), "data": content, "handling": _handling(alert).to_json()}
        for copy in copies:
            handing.give(alert, copy, kind="alert.issue", payload=told, by=by, feared=feared)
        act.note(case=alert.case_id, copies=len(copies))
    return alert


def _handling(alert: Alert) -> exchange.Handling:
    """For the receiver's own officers, for nobody else, until it ends."""
    return exchange.Handling(
        see=exchange.See.INSTITUTION, onward=exchange.Onward.NONE, until=alert.until
    )


def _hold(alert: Alert, *, by: Actor) -> frozenset[str]:
    held = cases.hold_feared_states(by=by, person_id=alert.case.person_id)
    feared = cases.feared_states(alert.case.person)
    return feared if held <= feared else feared | held


def _check_onward(alert: Alert, copies: Iterable[AlertCopy]) -> None:
    """Of all of them at once: whoever is refused is told to whom it can go."""
    to = {copy.recipient_institution: copy.recipient_state for copy in copies}
    cooperation.check_onward(case_id=alert.case_id, to=to, fields=alert.fields)


def _check_leaves(alert: Alert, copy: AlertCopy, feared: frozenset[str]) -> None:
    """Raise unless this copy may leave now."""
    cases.check_feared(feared, copy.recipient_state)
    _check_onward(alert, [copy])
    rules.check_issuer(counts_as_child=alert.as_child, kind=alert.issuer_kind)
    cases.check_second(
        disclosure=_disclosure(alert, copy.recipient_state, copy.recipient_institution),
        age=cases.age_status(alert.case.person),
        feared_states=feared,
    )


def still_allowed(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver an alert; a reason cancels it."""
    copy = AlertCopy.objects.select_related("alert").get(id=UUID(subject))
    alert = copy.alert
    reason = ""
    if alert.over(now):
        reason = "expired" if alert.state == State.ISSUED else alert.state
    elif cases.is_hidden(alert):
        reason = "case_hidden"
    else:
        job = audit.job("exchange.drain", str(alert.institution_id))
        try:
            alert.as_child = cases.age_status(alert.case.person).counts_as_child
            _check_leaves(alert, copy, _hold(alert, by=job))
        except Refused as refusal:
            reason = refusal.code
    if reason:
        AlertCopy.objects.filter(id=copy.id).update(stopped=reason)
    return reason or None


def still_allowed_recall(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver a recall: it leaves always. It says nothing of anybody,
    and whoever has confirmed already may have heard it and still owe the receipt."""
    return None


def recall_alert(*, by: Actor, alert_id: UUID, reason: str) -> Alert:
    """Take an alert back (`RecallReason`): what has not left is stopped, everybody who has it is
    told to remove it and confirms. A draft is thrown away. The reason stays here.

    Raises `WrongState` for one that is over, `NotFound`, `NotAllowed`; ValueError.
    """
    members.check_may(by, SEND)
    why = words.RecallReason(reason)
    with audit.act(by=by, verb="alerts.recall_alert", subject=alert_id, reason=why) as act:
        alert, told = _end(alert_id, why, by=by)
        act.note(case=alert.case_id, told=told)
    return alert


def _end(alert_id: UUID, why: words.RecallReason, *, by: Actor) -> tuple[Alert, int]:
    """End an alert or a draft; how many recipients are told."""
    fetch(alert_id, by=by)
    # The queue, then the row: as whoever delivers does.
    copies = list(AlertCopy.objects.filter(alert_id=alert_id))
    for copy in copies:
        _stop(copy, "recalled", by=by)
    alert = fetch(alert_id, by=by, lock=True)
    if alert.over(clock.now()):
        raise WrongState
    if alert.state == State.DRAFT:
        alert.state = State.CANCELLED.value
    else:
        alert.state, alert.recall_reason = State.RECALLED.value, why.value
        alert.recalled_at = clock.now()
    alert.save()
    told = 0
    for copy in copies if alert.state == State.RECALLED else ():
        told += _recall(alert, copy, by=by)
    return alert, told


def end_of_case(*, by: Actor, case: cases.Case) -> int:
    """Her case is closed (`cases.close_case`, in its transaction): nobody here looks after its
    alerts any more, so they are recalled, and drafts thrown away; how many. A recipient that left
    the platform keeps no case from being closed."""
    count = 0
    open_still = Alert.objects.filter(case=case, state__in=(State.DRAFT, State.ISSUED))
    for ident in open_still.filter(until__gt=clock.now()).values_list("id", flat=True):
        with audit.act(by=by, verb="alerts.end_of_case", subject=ident, case=case.id) as act:
            _alert, told = _end(ident, words.RecallReason.CLOSED, by=by)
            act.note(told=told)
            count += 1
    return count


def _stop(copy: AlertCopy, reason: str, *, by: Actor) -> None:
    """Stop what is queued to one recipient, and note that it never had it."""
    if exchange.cancel(by=by, subject=str(copy.id), peers=None, reason=reason):
        AlertCopy.objects.filter(id=copy.id, told_at__isnull=True).update(stopped=reason)


def _recall(alert: Alert, copy: AlertCopy, *, by: Actor) -> bool:
    """Tell one recipient that it is over, once; False where there is nothing to take back."""
    copy.refresh_from_db()
    if copy.stopped or copy.told_at is not None or copy.removed_at is not None:
        return False
    copy.told_at = clock.now()
    copy.due_at = rules.removal_due(copy.told_at)
    copy.save(update_fields=["told_at", "due_at"])
    told = {"at": clock.isoformat(copy.told_at)}
    try:
        with transaction.atomic():
            handing.give(alert, copy, kind="alert.recall", payload=told, by=by, feared=frozenset())
    except exchange.NoNode:
        if alert.recall_reason != words.RecallReason.CLOSED:
            raise
        log.warning("recall not told", extra={"ids": {"copy": str(copy.id)}})
        return False
    return True


def shared_with(case_id: UUID) -> set[str]:
    """The states that an alert about the person of a case was sent to."""
    copies = AlertCopy.objects.filter(alert__case_id=case_id, alert__issued_at__isnull=False)
    return set(copies.values_list("recipient_state", flat=True))


def take_back_from(*, by: Actor, case: cases.Case, states: Iterable[str]) -> int:
    """She named states that must not learn of her (`cooperation.protect`, in its transaction): what
    was not delivered there is stopped, and what they have they are told to remove; how many.

    The recall is the one thing that still goes to a state that she fears: it holds nothing but the
    random number under which that state has the alert, and ends what it knows.
    """
    copies = AlertCopy.objects.filter(
        alert__case=case, recipient_state__in=sorted(states), alert__state=State.ISSUED
    ).select_related("alert")
    count = 0
    for copy in copies:
        with audit.act(by=by, verb="alerts.take_back", subject=copy.alert_id, case=case.id):
            _stop(copy, "feared_state", by=by)
            copy.refresh_from_db()
            if copy.stopped:
                count += 1
            else:
                count += not copy.alert.over(clock.now()) and _recall(copy.alert, copy, by=by)
    return count
