"""What each message came to on this node, so that the judge can compare both sides: key -> states.

The key is the conversation, and behind a slash what else there is in it: a file, a consent that
ended. Both sides say the same of the same thing, and who says that something is gone has looked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import UUID

from ayni.alerts.models import AlertCopy, ReceivedAlert
from ayni.alerts.rules import State as AlertState
from ayni.cooperation import attaching
from ayni.cooperation.attached import Attachment, Standing
from ayni.cooperation.models import ConsentEffect, Exchange, Referral, Request
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members
from ayni.vault import api as vault

_NOT_SENT = ["draft", "approved"]
_DESCRIBES = ("attachment", "key", "sha256", "size")
Told = Iterator[tuple[str, str]]


def records() -> dict[str, tuple[str, ...]]:
    """Of all institutions of this node: one state for each, or two would stand there."""
    found: dict[str, tuple[str, ...]] = {}
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            for key, state in chain(_referrals(), _questions(), _exchanged(), _issued(), _warned()):
                found[key] = (*found.get(key, ()), state)
    return found


def _referrals() -> Told:
    rows = Referral.objects.exclude(state__in=_NOT_SENT)
    yield from rows.values_list("conversation", "state")


def _questions() -> Told:
    """A question with the answer that is read here."""
    for row in Request.objects.exclude(state__in=_NOT_SENT):
        answers: Any = {}
        if row.state == "outcome":
            told: Any = row.unseal(vault.sealer(row.subject), ["told"])["told"]
            answers = told["answers"] if told else {"nothing": "said"}
        yield row.conversation, " ".join([row.state, *(f"{n}={a}" for n, a in answers.items())])


# -- alerts: what the issuer knows of each copy, and what its recipient has


def _issued() -> Told:
    for copy in AlertCopy.objects.filter(alert__issued_at__isnull=False).select_related("alert"):
        if copy.stopped:
            continue
        if copy.removed_at is not None:
            yield copy.conversation, _removed(copy, copy.removed_fields)
        elif copy.alert.state == AlertState.RECALLED:
            yield copy.conversation, "recalled, and not confirmed"
        else:
            yield copy.conversation, f"stands: {' '.join(sorted(copy.alert.fields))}"


def _warned() -> Told:
    for row in ReceivedAlert.objects.all():
        content = _opened(row)
        if row.removed_at is None:
            yield row.conversation, f"stands: {' '.join(sorted(content))}"
        elif content or row.content is not None:
            yield row.conversation, "removed, and still there"
        else:
            yield row.conversation, _removed(row, row.fields)


def _opened(row: ReceivedAlert) -> dict[str, Any]:
    """What can be read of an alert; nothing once its key is destroyed."""
    try:
        found: Any = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    except vault.Erased:
        return {}
    return found or {"the key": "is there"}


def _removed(row: AlertCopy | ReceivedAlert, fields: list[str]) -> str:
    assert row.removed_at is not None
    return f"removed {clock.isoformat(row.removed_at)} {row.why_removed} {' '.join(sorted(fields))}"


# -- what goes with a referral


def _exchanged() -> Told:
    rows: dict[UUID, Exchange] = {row.id: row for row in Referral.objects.all()}
    rows |= {row.id: row for row in Request.objects.all()}
    destroyed: set[UUID] = set()
    for effect in ConsentEffect.objects.all():
        about = rows[effect.about]
        said = effect.effect or "waits"
        if said == "destroyed":
            destroyed.add(about.id)
            if effect.direction == "in" and _holds(about):
                said = "destroyed, and still there"
        key = f"{about.conversation}/consent/{effect.shared_id}"
        yield key, f"{effect.cause} {said} {effect.reason}".rstrip()
    for one in Attachment.objects.exclude(standing=Standing.DRAFT):
        key = f"{rows[one.about].conversation}/file/{one.stream}"
        yield key, _file(one, gone_there=one.about in destroyed)


def _holds(row: Exchange) -> bool:
    """Whether anything of what came with it can still be there."""
    return any(getattr(row, name) is not None for name in type(row).sealed_names())


def _file(one: Attachment, *, gone_there: bool) -> str:
    """A file of ours as the other side has it; one of theirs by the digest of what can be read."""
    match Standing(one.standing):
        case Standing.ARRIVED if gone_there:
            return "destroyed"
        case Standing.ARRIVED:
            return f"whole {attaching.told_of(one)['sha256']}"
        case Standing.READY:
            return f"whole {_digest(one)}"
        case Standing.REMOVED if one.direction == "in" and one.content is None:
            return "destroyed"
    return f"{one.standing} {one.reason}".rstrip()


def _digest(one: Attachment) -> str:
    """SHA-256 of what an officer would read."""
    told = attaching.told_of(one)
    described = exchange.Described.from_json({name: told[name] for name in _DESCRIBES})
    digest = hashlib.sha256()
    try:
        for piece in exchange.Opening(described).whole(exchange.sealed_chunks(one.stream)):
            digest.update(piece)
    except AyniError as wrong:
        return type(wrong).__name__
    return digest.hexdigest()
