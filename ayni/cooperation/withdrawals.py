"""A withdrawn consent reaches everybody who received data under it; each says what it destroyed or
why it must keep it, and the time until then is measured. One whose time is over does the same
(`expiring.py`), and is kept apart.

What was not taken into a case yet is destroyed at once by the receiver's software: its key goes.
What became a case there was recorded anew under the receiver's own law: its officer says why it is
kept, and when that case is erased one day, the software says so. Codes and times cross a border.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation import awaiting, endings, given, grants, history, rights, tellable, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.attached import Attachment
from ayni.cooperation.errors import NotTheirs
from ayni.cooperation.forgetting import forget_what_came
from ayni.cooperation.given import Given
from ayni.cooperation.models import ConsentEffect, Exchange, Referral, Request
from ayni.cooperation.states import Move, Side, State, can_move
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

log = logging.getLogger("ayni.cooperation")
# Nobody there has taken it on yet: without the consent there is nothing to take on.
_UNANSWERED = (State.SENT, State.RECEIVED, State.READ, State.MORE_ASKED)
# A code of its own for a consent that is over would be refused by nodes of the version before; the
# message that goes with the calling back says it.
_REASON = {
    words.Ending.WITHDRAWN: {"reason": words.WithdrawReason.CONSENT_WITHDRAWN.value},
    words.Ending.EXPIRED: {},
}
_KINDS = {
    words.Ending.WITHDRAWN: "consent.withdrawn",
    words.Ending.EXPIRED: "consent.expired",
}
UNREACHABLE = awaiting.UNREACHABLE


def withdraw_consent(*, by: Actor, consent_id: UUID, case_id: UUID | None = None) -> cases.Consent:
    """Withdraw a consent at once, and tell everybody who received data under it. What nobody has
    taken on there is called back. By an officer, or by the person on her own page. Once more
    changes nothing. Raises as `cases.withdraw_consent`."""
    with audit.act(by=by, verb="cooperation.withdraw_consent", subject=consent_id) as act:
        found = cases.fetch(cases.Consent, consent_id, by=by)
        # One after the other: two consents of a case may have the same rows, each in another order,
        # and the second to end is the last that renewed a former one.
        history.alone(f"consents:{found.case_id}")
        went = [*given.under(found), *_held_through(found)]
        # The queue first: whoever delivers locks it first, too, and the consent after it.
        unknown_there = {each.row.id for each in went if _stopped(each, by=by)}
        for path in settings.AYNI_WITHDRAWN:
            import_string(path)(by=by, consent=found)
        consent = cases.withdraw_consent(by=by, consent_id=consent_id, case_id=case_id)
        assert consent.withdrawn_at is not None
        ended = endings.Ended(consent.withdrawn_at, words.Ending.WITHDRAWN)
        told = _tell_whom_we_can(went, unknown_there, ended, by=by)
        act.note(case=consent.case_id, told=told)
    return consent


def tell_all(went: list[Given], ended: endings.Ended, *, by: Actor) -> int:
    """Call back what was sent under a consent that has ended and nobody has taken on, and tell each
    receiver once; how many were told. In the caller's transaction."""
    unknown_there = {each.row.id for each in went if _stopped(each, by=by)}
    return _tell_all(went, unknown_there, ended, by=by)


def _tell_all(
    went: list[Given], unknown_there: set[UUID], ended: endings.Ended, *, by: Actor
) -> int:
    told = 0
    for each in went:
        known = each.row.id not in unknown_there
        _call_back(each.row, ended.cause, by=by, told=known)
        if known and _tell_one(each, ended, by=by):
            told += 1
    return told


def _tell_whom_we_can(
    went: list[Given], unknown_there: set[UUID], ended: endings.Ended, *, by: Actor
) -> int:
    """The same; whoever cannot be told now stops no withdrawal, and is told by the job."""
    told = 0
    for each in went:
        try:
            with transaction.atomic():
                told += _tell_all([each], unknown_there, ended, by=by)
        except UNREACHABLE as wrong:
            log.warning("not told", extra={"ids": {"about": str(each.row.id), "why": wrong.code}})
    return told


def _held_through(consent: cases.Consent) -> list[Given]:
    """What went under a former consent that only this one still renews."""
    now = clock.now()
    known = list(consent.case.consents.all())
    views = {row.id: cases.consent_view(row) for row in known}
    others = [view for ident, view in views.items() if ident != consent.id]
    went: list[Given] = []
    for row in known:
        if row.id == consent.id or endings.ended(views[row.id], views.values(), now) is not None:
            continue
        if endings.ended(views[row.id], others, now) is not None:
            went += given.under(row)
    return went


def _stopped(each: Given, *, by: Actor) -> bool:
    """Whether it had not left yet and does not leave any more."""
    row = each.row
    if (
        not each.began_under
        or row.state != State.SENT
        or telling.is_local(row)
        or telling.by_letter(row)
    ):
        return False
    return exchange.cancel(by=by, subject=str(row.id), peers=None, reason="withdrawn") > 0


def _call_back(row: Exchange, cause: words.Ending, *, by: Actor, told: bool) -> None:
    """What nobody took on there is destroyed there whole, whatever of it left under the consent: so
    it is called back. What never held anything of her, and what we received, goes on."""
    if row.direction == "in" or not row.fields:
        return
    locked = history.fetch(type(row), row.id, by=by, lock=True)
    table = history.table_of(locked)
    open_still = State(locked.state) in _UNANSWERED
    if not open_still or not can_move(table, State(locked.state), Move.WITHDRAW, Side.SENDER):
        return
    history.advance(locked, table, Move.WITHDRAW, Side.SENDER, by=by, **_REASON[cause])
    history.stop_clock(locked, by=by)
    if told:
        telling.tell(locked, Move.WITHDRAW, by=by, **_REASON[cause])


def _tell_one(each: Given, ended: endings.Ended, *, by: Actor) -> bool:
    """Tell one receiver, once; whether it was new."""
    row = each.row
    effect, new = ConsentEffect.objects.get_or_create(
        institution_id=row.institution_id,
        direction="out",
        about=row.id,
        consent_id=each.consent_id,
        defaults={
            "case_id": row.case_id,
            "shared_id": exchange.new_conversation(),
            "counterpart_state": row.counterpart_state,
            "counterpart_institution": row.counterpart_institution,
            "by_letter": telling.by_letter(row),
            "cause": ended.cause.value,
            "ended_at": ended.at,
            "due_at": None if telling.by_letter(row) else rights.due_from(clock.now()),
        },
    )
    if new and not effect.by_letter:
        told = {"id": effect.shared_id, "at": clock.isoformat(effect.ended_at)}
        _tell(row, _KINDS[ended.cause], told, by=by, due_at=effect.due_at)
    return new


# -- at the receiver


def hear_withdrawn(
    about: Exchange, told: Mapping[str, Any], *, by: Actor, due_at: datetime | None = None
) -> None:
    """A consent under which we received this was withdrawn; the same once more changes nothing.
    `due_at`: by when we answer, as the sender told it. Raises `NotTheirs` for what we sent
    ourselves and with which nothing came back: no answer that tells of her, no file."""
    _hear_ended(about, told, words.Ending.WITHDRAWN, due_at, by=by)


def hear_expired(
    about: Exchange, told: Mapping[str, Any], *, by: Actor, due_at: datetime | None = None
) -> None:
    """The same of a consent whose time is over."""
    _hear_ended(about, told, words.Ending.EXPIRED, due_at, by=by)


def _hear_ended(
    about: Exchange,
    told: Mapping[str, Any],
    cause: words.Ending,
    due_at: datetime | None,
    *,
    by: Actor,
) -> None:
    if about.direction != "in" and not _came_back(about):
        raise NotTheirs("consent")
    with audit.act(by=by, verb="cooperation.hear", subject=about.id, move=_KINDS[cause]):
        known = ConsentEffect.objects.filter(
            institution_id=about.institution_id, direction="in", shared_id=told["id"]
        )
        if known.exists():
            return
        row = ConsentEffect(
            institution_id=about.institution_id,
            direction="in",
            about=about.id,
            case_id=about.case_id,
            subject=about.subject,
            shared_id=told["id"],
            counterpart_state=about.counterpart_state,
            counterpart_institution=about.counterpart_institution,
            cause=cause.value,
            ended_at=clock.parse(told["at"]),
            due_at=due_at or rights.due_from(clock.now()),
            silent=not tellable.may_hear_of(about),
        )
        tellable.judge(grants.with_case(about))
        ours = about.direction == "out"
        if ours or about.case_id is None:
            (_destroy_what_came_back if ours else _destroy)(about, by=by)
            row.say(effect=words.Effect.DESTROYED.value, reason="", at=clock.now())
        row.save(force_insert=True)
        if row.effect:
            _answer(row, by=by)


def _came_back(about: Exchange) -> bool:
    """Whether the other side gave something of the person with what we had sent to it."""
    files = Attachment.objects.filter(about=about.id, direction="in")
    return (isinstance(about, Request) and bool(about.answer_fields)) or files.exists()


def _destroy_what_came_back(about: Exchange, *, by: Actor) -> None:
    """The answer and the files. What we asked, and the case about which we asked, are ours."""
    forget_what_came([about.id], by=by, reason="withdrawn")
    if isinstance(about, Request):
        Request.objects.filter(id=about.id).update(told=None)


def _destroy(about: Exchange, *, by: Actor) -> None:
    """The key first, as everywhere: a crash between leaves something unreadable, never something
    forgotten. The row goes on under a key of its own, empty."""
    vault.erase_subject(about.subject)
    forget_what_came([about.id], by=by, reason="withdrawn")
    emptied = dict.fromkeys(type(about).sealed_names())
    type(about)._default_manager.filter(id=about.id).update(**emptied, subject=vault.new_subject())


def confirm_effect(*, by: Actor, effect_id: UUID, effect: str, reason: str) -> ConsentEffect:
    """Say what our institution does with what it received under a withdrawn consent and has in a
    case: `partly` or `kept` of `Effect`, and why (`WhyKept`). That it was destroyed nobody says by
    hand: the software does when the case is erased. Raises `WrongState` for one that was said or
    for another effect, `NotFound`, `NotAllowed`; ValueError for an unknown code."""
    members.check_may(by, members.Permission.RIGHTS_ANSWER)
    said, why = words.Effect(effect), words.WhyKept(reason)
    verb = "cooperation.confirm_effect"
    with audit.act(by=by, verb=verb, subject=effect_id, effect=said, reason=why) as act:
        row = _fetch(by, effect_id, lock=True)
        if row.direction != "in" or row.effect or said is words.Effect.DESTROYED:
            raise WrongState
        act.note(case=row.case_id)
        row.say(effect=said.value, reason=why.value, at=clock.now())
        if not row.what:
            about = history.fetch_either(row.about, by=by)
            row.silent = row.silent or not tellable.may_hear_of(about)
        row.save(update_fields=[*row.SAID, "silent"])
        _answer(row, by=by)
    return row


def destroyed_meanwhile(*, by: Actor) -> int:
    """Of the actor's institution: tell of each case that was erased since, that what was kept is
    destroyed; how many. By a job, every night after retention."""
    waiting = list(
        ConsentEffect.objects.filter(institution_id=by.institution, direction="in").exclude(
            effect=words.Effect.DESTROYED.value
        )
    )
    there = vault.sealers([row.subject for row in waiting if row.subject is not None])
    gone = [row for row in waiting if row.subject not in there]
    for row in gone:
        with audit.act(by=by, verb="cooperation.destroyed", subject=row.id):
            row.say(effect=words.Effect.DESTROYED.value, reason="", at=clock.now())
            row.save(update_fields=row.SAID)
            _answer(row, by=by)
    return len(gone)


def tell_untold(*, by: Actor) -> int:
    """Of the actor's institution: tell whoever could not be told what became of its data, now that
    it can be reached; how many. By a job. Each in a transaction of its own."""
    waiting = ConsentEffect.objects.filter(
        institution_id=by.institution, direction="in", untold=True
    )
    return sum(_told_later(ident, by=by) for ident in waiting.values_list("id", flat=True))


def _told_later(ident: UUID, *, by: Actor) -> int:
    try:
        with audit.act(by=by, verb="cooperation.tell_effect", subject=ident):
            row = ConsentEffect.objects.select_for_update().get(id=ident)
            if not row.untold:  # somebody was faster
                return 0
            row.untold = False
            row.save(update_fields=["untold"])
            if row.what:
                awaiting.say_effect_of(row, by=by)
            else:
                _say(row, by=by)
    except UNREACHABLE as wrong:
        log.warning("effect not told", extra={"ids": {"effect": str(ident), "why": wrong.code}})
        return 0
    return 1


def _answer(row: ConsentEffect, *, by: Actor) -> None:
    if row.what:
        awaiting.tell_effect_of(row, by=by)
    else:
        awaiting.now_or_later(row, lambda: _say(row, by=by))


def _say(row: ConsentEffect, *, by: Actor) -> None:
    about = history.fetch_either(row.about, by=by)
    if row.silent or not tellable.may_hear_of(about):
        return
    assert row.effect_at is not None
    told = {
        "id": row.shared_id,
        "at": clock.isoformat(row.effect_at),
        "effect": row.effect,
        "reason": row.reason,
    }
    _tell(about, "consent.effect", told, by=by)


def hear_effect(about: Exchange, told: Mapping[str, Any], *, by: Actor) -> None:
    """What the receiver did with what it had. Raises `NotTheirs`."""
    with audit.act(by=by, verb="cooperation.hear", subject=about.id, move="consent.effect"):
        row = (
            ConsentEffect.objects.select_for_update()
            .filter(
                institution_id=about.institution_id, direction="out", about=about.id,
                shared_id=told["id"],
            )
            .first()
        )  # fmt: skip
        if row is None:
            raise NotTheirs("consent")
        row.say(effect=told["effect"], reason=told["reason"], at=clock.parse(told["at"]))
        row.save(update_fields=row.SAID)


_HEAR: dict[str, Callable[..., None]] = {
    "consent.withdrawn": hear_withdrawn,
    "consent.expired": hear_expired,
    "consent.effect": hear_effect,
}


def _tell(
    row: Exchange,
    kind: str,
    told: Mapping[str, Any],
    *,
    by: Actor,
    due_at: datetime | None = None,
) -> None:
    if not telling.is_local(row):
        telling.queue(row, by=by, kind=kind, payload=told, grant=None, due_at=due_at)
        return
    hear = _HEAR[kind]
    due = {} if due_at is None else {"due_at": due_at}
    telling.hand_over(row, lambda mirror, actor: hear(mirror, told, by=actor, **due))


# -- for people


def effects_waiting(*, by: Actor) -> list[ConsentEffect]:
    """Withdrawn consents of which the actor's institution has not said what it does, the nearest
    time first; nothing is opened. Raises `NotAllowed`."""
    members.check_may(by, members.Permission.RIGHTS_ANSWER)
    found = ConsentEffect.objects.filter(
        institution_id=by.institution, direction="in", effect=""
    ).order_by("due_at", "id")
    if members.may(by, members.Permission.CASE_READ):
        found = cases.only_open(found, by=by)
    return list(found.select_related("case"))


def effects_late(*, by: Actor) -> list[ConsentEffect]:
    """Ended consents of which the receiver, the other one or we, has not said in time what it does,
    the longest late first; nothing is opened. Raises `NotAllowed`."""
    members.check_may(by, members.Permission.RIGHTS_ANSWER)
    found = ConsentEffect.objects.filter(
        institution_id=by.institution, effect="", by_letter=False, due_at__lte=clock.now()
    ).order_by("due_at", "id")
    if members.may(by, members.Permission.CASE_READ):
        found = cases.only_open(found, by=by)
    return list(found.select_related("case"))


def open_effect(*, by: Actor, effect_id: UUID) -> ConsentEffect:
    """One withdrawn consent, recorded. Raises `NotFound`, `NotAllowed`."""
    members.check_may(by, members.Permission.RIGHTS_ANSWER)
    row = _fetch(by, effect_id)
    audit.read(by=by, verb="cooperation.open_effect", subject=effect_id)
    if row.case_id is not None:  # so that whoever asks who opened the case is told of it
        audit.read(by=by, verb="cooperation.effects_of_case", subject=row.case_id)
    return row


def _fetch(by: Actor, effect_id: UUID, *, lock: bool = False) -> ConsentEffect:
    found = ConsentEffect.objects.filter(id=effect_id, institution_id=by.institution)
    row = found.select_for_update().first() if lock else found.select_related("case").first()
    if row is None:
        raise NotFound
    if row.case_id is not None:
        unopened = by.kind is ActorKind.USER and not members.may(by, members.Permission.CASE_READ)
        cases.fetch(cases.Case, row.case_id, by=by, unopened=unopened)
    return row


def effects_of_case(*, by: Actor, case_id: UUID) -> list[ConsentEffect]:
    """What became of the data at each receiver whose consent in this case was withdrawn, newest
    first: for the person herself, or whoever answers for her data. Recorded. What turned out never
    to have left is not among them. Raises `NotFound`, `NotAllowed`."""
    herself = by.kind is ActorKind.PERSON
    permission = members.Permission
    members.check_may(by, permission.OWN_READ if herself else permission.RIGHTS_ANSWER)
    unopened = not herself and not members.may(by, permission.CASE_READ)
    case = cases.fetch(cases.Case, case_id, by=by, unopened=unopened)
    audit.read(by=by, verb="cooperation.effects_of_case", subject=case_id)
    rows = ConsentEffect.objects.filter(case=case, direction="out")
    never_left = {
        ident
        for model in (Referral, Request)
        for ident in model._default_manager.filter(case=case, state=State.CANCELLED).values_list(
            "id", flat=True
        )
    }
    found = rows.order_by("-ended_at", "counterpart_state", "id")
    return [row for row in found if row.about not in never_left]
