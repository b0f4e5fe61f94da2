"""Destroying files of a referral or request: their sealed key goes and their chunks with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation.attached import Attachment, Standing
from ayni.exchange import api as exchange
from ayni.lib import clock


def forget(one: Attachment, *, by: Actor, reason: str) -> None:
    """Destroy one file: nobody opens it any more. What became of it stays. In the caller's act."""
    exchange.remove_attachment(by=by, attachment=one.stream, reason=reason)
    one.content, one.settled_at = None, clock.now()
    one.standing, one.reason = Standing.REMOVED.value, reason
    one.save()


def forget_what_came(about: Iterable[Any] | QuerySet[Any], *, by: Actor, reason: str) -> int:
    """Destroy what the other side sent of files with these referrals or requests (their ids), what
    is still coming, too; how many. Of ours nothing."""
    came = Attachment.objects.select_for_update().filter(
        about__in=about, direction="in", content__isnull=False
    )
    rows = list(came)
    for one in rows:
        with audit.act(by=by, verb="cooperation.forget_attachment", subject=one.id, why=reason):
            forget(one, by=by, reason=reason)
    return len(rows)
