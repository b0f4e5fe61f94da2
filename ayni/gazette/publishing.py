"""Publishing: signed, kept here, and sent to every other node, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import keeping, kinds, limits, reading, room, rules
from ayni.gazette.errors import (
    NoKeys,
    NoMoreLines,
    NoMoreRoom,
    NoMoreVersions,
    NotComparedYet,
    NothingToWithdraw,
    StaleEntry,
)
from ayni.gazette.messages import ENTRIES
from ayni.gazette.models import Comparison, Subject
from ayni.gazette.reading import Published
from ayni.gazette.rules import FORMAT
from ayni.lib import clock
from ayni.members import api as members


def publish(
    *,
    by: Actor,
    kind: str,
    key: str,
    body: Mapping[str, Any],
    seen: int,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Published:
    """Publish the next version of what this node says under a kind and a key, to all members.

    `body`: JSON without anything about a person; `seen`: the version that the author had before
    her eyes, 0 if there was none; `valid_from`, `valid_until`: days, both included. Raises
    `NotAllowed`, `UnknownEntryKind`, `StaleEntry` (with what stands now), what
    `EntryKind.check_to_publish` raises, `NoMoreLines`, `NoMoreVersions` at the limits of
    `data/limits.yaml`, `NoMoreRoom`, `NotComparedYet` after a restore, `NoKeys`.
    """
    return _publish(
        by,
        kind,
        key,
        seen,
        {
            "body": dict(body),
            "valid_from": _text(valid_from),
            "valid_until": _text(valid_until),
            "withdrawn": False,
        },
    )


def withdraw(*, by: Actor, kind: str, key: str, seen: int) -> Published:
    """Take back what this node says under a kind and a key, by a next version that says nothing.
    Raises as `publish`, and `NothingToWithdraw`."""
    said = {"body": {}, "valid_from": "", "valid_until": "", "withdrawn": True}
    return _publish(by, kind, key, seen, said)


def _text(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _publish(by: Actor, kind: str, key: str, seen: int, said: Mapping[str, Any]) -> Published:
    here = members.this_node()
    registered = kinds.registered(kind)
    members.check_may(by, registered.permission)
    check_compared()
    with audit.act(by=by, verb="gazette.publish", subject=f"{kind}/{key}"[:80]) as act:
        subject = keeping.locked(owner=here, kind=kind, key=key)
        latest = keeping.latest(subject)
        _check_seen(subject, latest, seen, withdraws=said["withdrawn"])
        _check_room(subject, latest, withdraws=said["withdrawn"])
        document = _signed(
            by,
            {
                **said,
                "at": clock.isoformat(clock.now()),
                "format": FORMAT,
                "key": key,
                "kind": kind,
                "version": latest + 1,
            },
        )
        # In words, before the form that nodes read.
        registered.check_to_publish(keeping.said(document))
        ENTRIES.check({"entries": [document]})
        digest = exchange.check_signed_for_all(document, source=here)
        keeping.keep(document, digest, by=by, source=here, subject=subject)
        act.note(version=latest + 1, withdrawn=said["withdrawn"])
        for node in exchange.other_nodes():
            exchange.send_to_node(
                by=by,
                node=node,
                kind=ENTRIES.name,
                payload={"entries": [document]},
                subject=digest,
            )
        found = reading.of_subject(subject)
    assert found is not None  # it was kept just now
    return found


def _check_seen(subject: Subject, latest: int, seen: int, *, withdraws: bool) -> None:
    if not rules.follows(latest=latest, seen=seen):
        raise StaleEntry(reading.of_subject(subject))
    if withdraws:
        stands = reading.of_subject(subject)
        if stands is None or stands.said.withdrawn:
            raise NothingToWithdraw


def _check_room(subject: Subject, latest: int, *, withdraws: bool) -> None:
    """Raise `NoMoreLines` or `NoMoreVersions` where the next version would be set aside, and
    `NoMoreRoom` where other nodes would not take it in. The last number is left for taking back,
    and the one after it is for nothing else: what nobody can change any more can still be ended."""
    if not withdraws and room.is_full(subject.owner):
        raise NoMoreRoom(megabytes=settings.AYNI_PEER_PUBLISHED_MEGABYTES)
    limit = limits.limit_for(subject.kind)
    most = limit.versions + 1 if withdraws else limit.versions - 1
    if latest >= most:
        raise NoMoreVersions(most=most)
    if withdraws or limits.takes_place(subject):
        return
    if not limits.has_room(owner=subject.owner, kind=subject.kind):
        raise NoMoreLines(most=limit.lines)


def _signed(by: Actor, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return exchange.sign_for_all(by=by, body=body)
    except (exchange.NotTrusted, exchange.KeysExpired):
        raise NoKeys from None


def check_compared() -> None:
    """Raise `NotComparedYet` if this node was restored from a backup and not more than half of the
    other nodes have told since that they hold nothing of ours that is not here: a version would be
    given out twice. One alone may lag behind, or not be honest."""
    others = exchange.other_nodes()
    restored = audit.latest_restore()
    if not restored or not others:
        return
    since = clock.parse(restored)
    told = Comparison.objects.filter(node__in=others, no_more_at__gt=since).count()
    if 2 * told <= len(others):
        raise NotComparedYet
