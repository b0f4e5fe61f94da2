"""Keeping an entry: once, beside its other versions; a second truth is kept and told to people."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import limits, rules
from ayni.gazette.models import Entry, Subject
from ayni.gazette.rules import Held, Said, Taken
from ayni.lib import clock

log = logging.getLogger("ayni.gazette")


def locked(*, owner: str, kind: str, key: str) -> Subject:
    """The row of a line, made if there is none, locked to the end of the transaction."""
    Subject.objects.get_or_create(owner=owner, kind=kind, key=key)
    return Subject.objects.select_for_update().get(owner=owner, kind=kind, key=key)


def versions(subject: Subject) -> list[tuple[int, str]]:
    """(version, digest) of each entry held of a line."""
    return list(subject.entries.values_list("version", "digest"))


def is_here(digest: str) -> bool:
    """Whether these very bytes are held."""
    return Entry.objects.filter(digest=digest).exists()


def latest(subject: Subject) -> int:
    """The highest version of a line that can count; 0 if none can."""
    rows = list(subject.entries.values_list("version", "digest", "withdrawn"))
    back = {digest for _version, digest, withdrawn in rows if withdrawn}
    most = limits.limit_for(subject.kind).versions
    return rules.line([row[:2] for row in rows], most=most, back=back).latest


def held(subject: Subject) -> list[Held]:
    """What each entry held of a line says of itself."""
    return [Held(*row) for row in subject.entries.values_list("version", "sheet", "withdrawn")]


def keep(
    document: Mapping[str, Any], digest: str, *, by: Actor, source: str, subject: Subject
) -> Taken:
    """Keep a verified entry in its locked line; what became of it. Raises an alarm for a second
    body under one version, in the caller's transaction; a third one is kept beside them, and
    counted on the page of what is published."""
    body = document["body"]
    found = rules.judge(versions(subject), version=body["version"], digest=digest)
    if found is Taken.SAME:
        return found
    if found is Taken.SECOND:
        _alarm(document, by=by, source=source, subject=subject)
    Entry.objects.create(
        subject=subject,
        version=body["version"],
        digest=digest,
        sheet=body["sheet"],
        withdrawn=body["withdrawn"],
        document=exchange.canonical(dict(document)).decode(),
        source=source,
        received_at=clock.now(),
    )
    return found


def _alarm(document: Mapping[str, Any], *, by: Actor, source: str, subject: Subject) -> None:
    body = document["body"]
    held = subject.entries.filter(version=body["version"]).order_by("id")[:1]
    audit.keep_alarm(
        "two_entries",
        by=by,
        node=body["node"],
        source=source,
        evidence=[*(signed(each) for each in held), dict(document)],
        one_of=["kind", "key", "version"],
    )
    log.error("two entries", extra={"ids": {"owner": body["node"], "version": body["version"]}})


def signed(entry: Entry) -> dict[str, Any]:
    """The document as its owner signed it."""
    document: dict[str, Any] = json.loads(entry.document)
    return document


def said(document: Mapping[str, Any]) -> Said:
    """What a document of the agreed form says. Raises ValueError for a day that does not exist."""
    body = document["body"]
    return Said(
        owner=body["node"],
        kind=body["kind"],
        key=body["key"],
        version=body["version"],
        body=body["body"],
        at=_moment(body["at"]),
        valid_from=_day(body["valid_from"]),
        valid_until=_day(body["valid_until"]),
        withdrawn=body["withdrawn"],
    )


def _moment(text: str) -> datetime:
    return clock.parse(text)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
