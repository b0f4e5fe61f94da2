"""Versions of the protocol on this node: stored once, never changed; and what a state adopted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from ayni.lib import clock
from ayni.members import api as members
from ayni.protocol import published
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.load import DEFINITIONS, MANIFEST, build, shipped, shipped_document
from ayni.protocol.model import Definition, Side
from ayni.protocol.models import Adoption, ProtocolVersion, Run
from ayni.protocol.national import Stricter, effective
from ayni.protocol.published import Adopted, adoptions, parameters_of
from ayni.protocol.refusals import UnknownVersion, VersionChanged

__all__ = ["REFERENCE", "Adopted", "adopted", "adoptions", "definition", "keep", "store"]

REFERENCE = ("reference", "1.0")


def store(key: str, version: str) -> ProtocolVersion:
    """Keep a shipped or published version in the database, so that cases keep it whatever becomes
    of the file or of what was published.

    Raises `UnknownVersion`.
    """
    found = ProtocolVersion.objects.defer("document").filter(key=key, version=version).first()
    if found is not None:
        return found
    there, document = _given(key, version)
    stored, _ = ProtocolVersion.objects.get_or_create(
        key=key,
        version=version,
        defaults={"digest": there.digest, "document": document, "stored_at": clock.now()},
    )
    return stored


def keep(held: Adopted) -> Adoption | None:
    """Keep what this node's state adopted, for what is opened under it; None for the reference
    text of a state that adopted nothing."""
    if held.adopted_on is None:
        return None
    kept, _ = Adoption.objects.get_or_create(
        entry=held.entry,
        defaults={
            "state": held.state,
            "protocol": store(held.key, held.version),
            "adopted_on": held.adopted_on,
            "act": held.act,
            "parameters": [
                {"step": p.step, "limit": p.limit, "value": p.value, "act": p.act}
                for p in held.parameters
            ],
            "reservations": [{"step": r.step, "text": r.text} for r in held.reservations],
            "recorded_at": clock.now(),
        },
    )
    return kept


def is_shipped(key: str, version: str) -> bool:
    """Whether a version comes with the software."""
    return (DEFINITIONS / key / version / MANIFEST).is_file()


def check_same_as_reference(given: Definition) -> None:
    """Raise `VersionChanged` for another text under the number of the one that holds for a state
    that has adopted none. Every node has that one. Of any other number the published text counts,
    whatever comes with the software later: states rest on what they adopted."""
    if (given.key, given.version) == REFERENCE:
        check_same_as_shipped(given)


def check_same_as_shipped(given: Definition) -> None:
    """Raise `VersionChanged` for another text than the one that comes with the software under
    that number."""
    if is_shipped(given.key, given.version) and (
        shipped(given.key, given.version).digest != given.digest
    ):
        raise VersionChanged(key=given.key, version=given.version)


def check_same_as_stored(given: Definition) -> None:
    """Raise `VersionChanged` if this node keeps another text under that number."""
    stored = ProtocolVersion.objects.filter(key=given.key, version=given.version)
    if stored.exclude(digest=given.digest).exists():
        raise VersionChanged(key=given.key, version=given.version)


def _given(key: str, version: str) -> tuple[Definition, Mapping[str, Any]]:
    """The published text, else the one that comes with the software."""
    there = None
    if (key, version) != REFERENCE:
        there = published.published_versions().get((key, version))
    if there is not None:
        return there.definition, there.document
    try:
        return shipped(key, version), shipped_document(key, version)
    except DefinitionRefused:
        raise UnknownVersion(key=key, version=version) from None


def definition(key: str, version: str) -> Definition:
    """A version: stored, published or shipped. Raises `UnknownVersion`."""
    return kept(key, version) or _given(key, version)[0]


def document(key: str, version: str) -> Mapping[str, Any]:
    """The plain document of a version, not to be changed. Raises `UnknownVersion`."""
    stored = ProtocolVersion.objects.filter(key=key, version=version).first()
    return _given(key, version)[1] if stored is None else stored.document


def kept(key: str, version: str) -> Definition | None:
    """The text that this node keeps under a number, whatever became of what was published."""
    stored = ProtocolVersion.objects.defer("document").filter(key=key, version=version).first()
    return None if stored is None else definition_of(stored)


def definition_of(stored: ProtocolVersion) -> Definition:
    """The definition of a stored version; built once for each content in a process."""
    return built(stored.key, stored.version, stored.digest)


def definition_of_run(run: Run) -> Definition:
    """The version that a subject keeps, as it holds for its side with the national parameters
    under which it was opened."""
    kept = run.protocol
    if run.adoption is None or not run.adoption.parameters:
        return definition_of(kept)
    parameters = parameters_of(run.adoption.parameters)
    return _effective(kept.key, kept.version, kept.digest, Side(run.side), parameters)


@lru_cache(maxsize=64)
def _effective(
    key: str, version: str, digest: str, side: Side, parameters: tuple[Stricter, ...]
) -> Definition:
    return effective(built(key, version, digest), side, parameters)


@lru_cache(maxsize=32)
def built(key: str, version: str, digest: str) -> Definition:
    """From the stored document, which was checked when it was stored and cannot change."""
    return build(ProtocolVersion.objects.get(key=key, version=version, digest=digest).document)


def adopted(state: str | None = None, *, on: date | None = None) -> Adopted:
    """The version that holds for a state (this node's) on a day (today, UTC).

    Until a state has adopted one, the reference text is used, with `adopted_on` None.
    """
    state = state or members.this_node()
    day = on or clock.now().date()
    for each in adoptions():  # the latest first
        if each.state == state and each.adopted_on is not None and each.adopted_on <= day:
            return each
    return Adopted(*REFERENCE, state, None)
