"""Versions of the protocol on this node: stored once, never changed, adopted state by state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.load import DEFINITIONS, MANIFEST, checked, from_document, shipped
from ayni.protocol.model import Definition
from ayni.protocol.models import Adoption, ProtocolVersion
from ayni.protocol.refusals import UnknownVersion, VersionChanged
from ayni.protocol.source import assemble

REFERENCE = ("reference", "1.0")


@dataclass(frozen=True, slots=True)
class Adopted:
    """The version that holds for a state. `adopted_on` None: none was adopted, the reference."""

    key: str
    version: str
    state: str
    adopted_on: date | None


def store(key: str, version: str) -> ProtocolVersion:
    """Keep a shipped version in the database, so that cases keep it whatever becomes of the file.

    Raises `UnknownVersion`, and `VersionChanged` if the stored one has other contents.
    """
    try:
        there = shipped(key, version)
    except DefinitionRefused:
        found = ProtocolVersion.objects.defer("document").filter(key=key, version=version).first()
        if found is None:
            raise UnknownVersion(key=key, version=version) from None
        return found
    found = ProtocolVersion.objects.defer("document").filter(key=key, version=version).first()
    if found is None:
        found, _ = ProtocolVersion.objects.get_or_create(
            key=key,
            version=version,
            defaults={
                "digest": there.digest,
                "document": checked(assemble(DEFINITIONS / key / version / MANIFEST)),
                "stored_at": clock.now(),
            },
        )
    if found.digest != there.digest:
        raise VersionChanged(key=key, version=version)
    return found


def definition(key: str, version: str) -> Definition:
    """A version, stored or shipped. Raises `UnknownVersion`."""
    stored = ProtocolVersion.objects.defer("document").filter(key=key, version=version).first()
    if stored is not None:
        return definition_of(stored)
    try:
        return shipped(key, version)
    except DefinitionRefused:
        raise UnknownVersion(key=key, version=version) from None


def definition_of(stored: ProtocolVersion) -> Definition:
    """The definition of a stored version; built once for each content in a process."""
    return _built(stored.key, stored.version, stored.digest)


@lru_cache(maxsize=32)
def _built(key: str, version: str, digest: str) -> Definition:
    if (DEFINITIONS / key / version / MANIFEST).is_file():
        there = shipped(key, version)
        if there.digest == digest:
            return there
    document = ProtocolVersion.objects.get(key=key, version=version).document
    return from_document(document, f"{key} {version}")


def adopt(*, by: Actor, key: str, version: str, state: str, on: date) -> Adopted:
    """Record that a state adopted a version on a date. Doing it twice changes nothing.

    Raises `NotAllowed` unless done by a job of the node or who runs it, `UnknownVersion`,
    `VersionChanged`.
    """
    if by.kind is audit.ActorKind.USER:
        members.check_may(by, members.Permission.NODE_RUN)
    elif by.kind is not audit.ActorKind.JOB:
        raise NotAllowed
    with audit.act(by=by, verb="protocol.adopt", subject=f"{key} {version}", state=state, on=on):
        row, _ = Adoption.objects.get_or_create(
            state=state,
            protocol=store(key, version),
            defaults={"adopted_on": on, "recorded_at": clock.now()},
        )
    return Adopted(key, version, state, row.adopted_on)


def adopted(state: str | None = None, *, on: date | None = None) -> Adopted:
    """The version that holds for a state (this node's) on a day (today, UTC).

    Until a state has adopted one, the reference text is used, with `adopted_on` None.
    """
    state = state or members.this_node()
    row = (
        Adoption.objects.filter(state=state, adopted_on__lte=on or clock.now().date())
        .select_related("protocol")
        .defer("protocol__document")
        .order_by("-adopted_on", "-recorded_at")
        .first()
    )
    if row is None:
        return Adopted(*REFERENCE, state, None)
    return Adopted(row.protocol.key, row.protocol.version, state, row.adopted_on)


def adoptions() -> list[Adopted]:
    """Who adopted which version when, newest first."""
    rows = Adoption.objects.select_related("protocol").defer("protocol__document")
    return [
        Adopted(row.protocol.key, row.protocol.version, row.state, row.adopted_on)
        for row in rows.order_by("-adopted_on", "state")
    ]
