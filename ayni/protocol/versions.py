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
from ayni.protocol.load import DEFINITIONS, MANIFEST, build, shipped, shipped_document
from ayni.protocol.model import Definition
from ayni.protocol.models import Adoption, ProtocolVersion
from ayni.protocol.refusals import UnknownVersion, VersionChanged

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

    Raises `UnknownVersion`.
    """
    found = ProtocolVersion.objects.defer("document").filter(key=key, version=version).first()
    if found is not None:
        return found
    there = _shipped(key, version)
    stored, _ = ProtocolVersion.objects.get_or_create(
        key=key,
        version=version,
        defaults={
            "digest": there.digest,
            "document": shipped_document(key, version),
            "stored_at": clock.now(),
        },
    )
    return stored


def check_unchanged(stored: ProtocolVersion) -> None:
    """Raise `VersionChanged` if the file of a stored version has other contents by now."""
    if (DEFINITIONS / stored.key / stored.version / MANIFEST).is_file() and (
        _shipped(stored.key, stored.version).digest != stored.digest
    ):
        raise VersionChanged(key=stored.key, version=stored.version)


def _shipped(key: str, version: str) -> Definition:
    try:
        return shipped(key, version)
    except DefinitionRefused:
        raise UnknownVersion(key=key, version=version) from None


def definition(key: str, version: str) -> Definition:
    """A version, stored or shipped. Raises `UnknownVersion`."""
    stored = ProtocolVersion.objects.defer("document").filter(key=key, version=version).first()
    return _shipped(key, version) if stored is None else definition_of(stored)


def definition_of(stored: ProtocolVersion) -> Definition:
    """The definition of a stored version; built once for each content in a process."""
    return built(stored.key, stored.version, stored.digest)


@lru_cache(maxsize=32)
def built(key: str, version: str, digest: str) -> Definition:
    """From the stored document, which was checked when it was stored and cannot change."""
    return build(ProtocolVersion.objects.get(key=key, version=version, digest=digest).document)


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
        stored = store(key, version)
        check_unchanged(stored)
        row, _ = Adoption.objects.get_or_create(
            state=state,
            protocol=stored,
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
