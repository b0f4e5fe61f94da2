"""Holding to the handling codes of what other institutions sent: who reads it, to whom it may go
on, and that it is gone when its time is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation.attached import Attachment, Standing
from ayni.cooperation.errors import KeptNoLonger, NotForYou, NotOnward, TimeIsOver
from ayni.cooperation.forgetting import forget_what_came
from ayni.cooperation.inquired import PLAIN
from ayni.cooperation.models import Exchange, Referral, Request
from ayni.exchange.api import Handling
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault

# How long an answered question about somebody of whom there is no case here is kept: a proposal
# (European IMI: blocked after six months).
KEPT = timedelta(days=183)


def handling_of(row: Exchange) -> Handling:
    """The codes under which what came from the other side is held; the widest if it named none."""
    codes = row.handling
    if isinstance(row, Request) and row.direction == "out":
        codes = row.answer_handling
    return Handling.from_json(codes) if codes else Handling()


def check_sees(row: Exchange, *, by: Actor) -> None:
    """Raise `TimeIsOver`, `KeptNoLonger` or `NotForYou` unless this officer may see what came from
    the other side.

    Of an answer to us the officer who asked is the one who handles it.
    """
    if not isinstance(row, Request):
        return
    handling, now = handling_of(row), clock.now()
    if handling.over(now):
        raise TimeIsOver
    if row.destroyed_at is not None:
        raise KeptNoLonger
    handler = row.taken_by if row.direction == "in" else row.written_by
    if not handling.lets_see(reader=by.id, handler=handler, now=now):
        raise NotForYou


def check_onward(
    *, case_id: UUID | None, to: str | Mapping[str, str], fields: Iterable[str]
) -> None:
    """Raise `NotOnward` for fields of a case that came here only by referrals whose codes forbid
    that they leave to the state `to`, or to one of several: then `to` holds the state of each
    institution by its code, and the refusal names those of them to which everything may go. Every
    way out asks this, of every room: a referral and its further fields, a question, an answer, a
    file (`cases.ATTACHMENTS`: came if files came with the referral), a letter, an alert, an
    assessment, a travel plan.

    A case that began here has its data from the person herself, whatever others sent later.
    """
    if case_id is None:
        return
    came = Referral.objects.filter(case_id=case_id, direction="in")
    sources = list(came.only("id", "handling", "fields", "counterpart_state", "direction"))
    if not sources:
        return
    files = Attachment.objects.filter(about__in=[each.id for each in sources], direction="in")
    with_files = set(files.exclude(standing=Standing.REFUSED).values_list("about", flat=True))
    carrying = {
        name: [
            each
            for each in sources
            if name in each.fields or (name == cases.ATTACHMENTS and each.id in with_files)
        ]
        for name in fields
    }
    named = {"": to} if isinstance(to, str) else to
    withheld = {state: _withheld(carrying, state) for state in sorted(set(named.values()))}
    withheld = {state: names for state, names in withheld.items() if names}
    if withheld:
        others = [code for code, state in named.items() if state not in withheld]
        raise NotOnward(withheld=withheld, others=others)


def _withheld(carrying: Mapping[str, list[Referral]], to: str) -> list[str]:
    """Names of what came by referrals of which none lets it go on to this state, in the order in
    which people read them; one that nobody reads comes last."""
    here = members.this_node()
    names = {
        name
        for name, came in carrying.items()
        if came
        and not any(
            handling_of(each).lets_go_on(to=to, here=here, sender=each.counterpart_state)
            for each in came
        )
    }
    named = [name for name in cases.NAMEABLE if name in names]
    return [*named, *sorted(names - set(named))]


def destroy_what_is_over(*, now: datetime) -> int:
    """Destroy what the other side sent until a time that has come, and what was asked about
    somebody of whom there is no case here, `KEPT` after it was settled (a periodic job), with the
    files that came with it, also those that come later; how many.
    """
    done = 0
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id), transaction.atomic():
            job = audit.job("cooperation.handling", str(institution.id))
            here = Request.objects.select_for_update().filter(
                institution_id=institution.id, destroyed_at__isnull=True
            )
            over = Q(read_until__lte=now)
            without_case = Q(direction="in", case=None, settled_at__lte=now - KEPT) & ~Q(kind=PLAIN)
            for row in here.filter(over | without_case):
                with audit.act(by=job, verb="cooperation.destroy", subject=row.id):
                    _destroy(row, now)
                done += 1
            gone = Request.objects.filter(institution_id=institution.id, destroyed_at__isnull=False)
            forget_what_came(gone.values("id"), by=job, reason="over")
    return done


def _destroy(row: Request, now: datetime) -> None:
    if row.direction == "in":
        row.content = None
    else:
        row.told = None
    if row.case_id is None and row.settled_at is not None and row.settled_at <= now - KEPT:
        row.told = None
        vault.erase_subject(row.subject)  # what backups hold of it as well
    row.destroyed_at = now
    row.save()
