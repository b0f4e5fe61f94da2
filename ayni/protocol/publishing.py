"""The secretariat publishes a version; a state adopts it, with what it reserves and makes stricter.

Each is one signed entry of the gazette: the same on every node, also with its author's node down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.protocol import kinds, published, versions
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.load import build, checked
from ayni.protocol.model import Definition
from ayni.protocol.national import Stricter
from ayni.protocol.published import ADOPTION, VERSION, Adopted, Reservation, number_of
from ayni.protocol.refusals import (
    ActNeeded,
    DayOver,
    InForceAlready,
    NotPublished,
    StillFollowed,
    VersionIsFixed,
)
from ayni.protocol.source import Located, quick, whole


@dataclass(frozen=True, slots=True)
class Publishing:
    """What the secretariat says with a version: by which decision, what changes, from which day
    states may adopt it."""

    decision: str
    changes: str
    on: date


@dataclass(frozen=True, slots=True)
class Adopting:
    """What a state says when it adopts: the act and its day, from which day it holds for new
    cases, its stricter limits and its reservations."""

    act: str
    act_on: date
    on: date
    parameters: tuple[Stricter, ...] = ()
    reservations: tuple[Reservation, ...] = ()


def may_publish(*, by: Actor) -> bool:
    """Whether this officer publishes versions: on the secretariat's node alone."""
    here = members.this_node()
    return here == members.SECRETARIAT and members.may(by, Permission.PROTOCOL_PUBLISH)


def may_adopt(*, by: Actor) -> bool:
    """Whether this officer adopts for the own state, on its own node."""
    here = members.this_node()
    return here != members.SECRETARIAT and members.may(by, Permission.PROTOCOL_ADOPT)


def read_definition(text: str, name: str) -> tuple[Located, Definition]:
    """A definition that is one text, checked in everything; `name` is the file named in mistakes.

    Raises `DefinitionRefused` with every mistake found, `VersionUnsound` for one that is too
    large, `LeavesWithoutStep`, `VersionChanged` for another text under
    a number that is known here, `VersionIsFixed` for a number that is published already.
    """
    found = _read(text, name)
    definition = build(found.value)
    kinds.sound(found.value)
    versions.check_same_as_shipped(definition)
    versions.check_same_as_stored(definition)
    number = number_of(definition.key, definition.version)
    if gazette.one(owner=members.SECRETARIAT, kind=VERSION, key=number) is not None:
        raise VersionIsFixed
    return found, definition


def _read(text: str, name: str) -> Located:
    """A text in order. Only one with mistakes is read for its lines, which takes long."""
    found = quick(text)
    if found is not None:
        try:
            checked(found)
        except DefinitionRefused:
            pass
        else:
            return found
    found = whole(text, name)
    checked(found)
    return found


def publish_version(*, by: Actor, text: str, said: Publishing) -> Definition:
    """Publish a version to all members, for ever.

    `text`: the whole definition in YAML or JSON. Raises what `read_definition` raises,
    `NotAllowed`, `NamesPerson`, `gazette.NotItsOwner` on a state's node, `gazette.NoKeys`,
    `gazette.NotComparedYet`.
    """
    members.check_may(by, Permission.PROTOCOL_PUBLISH)
    found, definition = read_definition(text, "protocol")
    number = number_of(definition.key, definition.version)
    with audit.act(by=by, verb="protocol.publish_version", subject=number):
        gazette.publish(
            by=by,
            kind=VERSION,
            key=number,
            body={
                "changes": said.changes.strip(),
                "decision": said.decision.strip(),
                "definition": found.value,
            },
            valid_from=said.on,
            seen=0,
        )
    return definition


def take_back_version(*, by: Actor, key: str, version: str) -> None:
    """Take back a version that no state has adopted: none can adopt it any more. Raises
    `StillFollowed`, `NotFound`, `NotAllowed`, and what `gazette.withdraw` raises."""
    members.check_may(by, Permission.PROTOCOL_PUBLISH)
    there = published.published_versions().get((key, version))
    if there is None:
        raise NotFound(version=version)
    number = number_of(key, version)
    with audit.act(by=by, verb="protocol.take_back_version", subject=number):
        following = {
            each.state
            for each in versions.adoptions()
            if (each.key, each.version) == (key, version)
        }
        if following:
            raise StillFollowed(states=" ".join(sorted(following)))
        gazette.withdraw(by=by, kind=VERSION, key=number, seen=there.seen)


def adopt_version(*, by: Actor, key: str, version: str, said: Adopting, seen: int) -> Adopted:
    """Adopt a published version for this node's state, from a day on, for cases opened from then
    on; or change an adoption whose day has not come.

    `seen`: number of what stood for that day when the author wrote, 0 for none. Raises
    `NotAllowed`, `NotPublished`, `LeavesWithoutStep`, `DayOver`, `InForceAlready`, what the kind's
    `check` raises, `gazette.StaleEntry`, `gazette.NotItsOwner`, `gazette.NoKeys`,
    `gazette.NotComparedYet`.
    """
    members.check_may(by, Permission.PROTOCOL_ADOPT)
    there = published.published_versions().get((key, version))
    if there is None or there.taken_back:
        raise NotPublished(version=version)
    today, number = clock.now().date(), number_of(key, version)
    if said.on < today:
        raise DayOver
    if said.on < there.on:
        raise NotPublished(version=version)
    with audit.act(by=by, verb="protocol.adopt_version", subject=number, on=said.on):
        kinds.sound(dict(there.document))
        versions.check_same_as_stored(there.definition)
        if said.on == today and _stands(said.on):
            raise InForceAlready
        versions.store(key, version)
        gazette.publish(
            by=by,
            kind=ADOPTION,
            key=said.on.isoformat(),
            body={
                "act": said.act.strip(),
                "act_on": said.act_on.isoformat(),
                "definition": there.definition.digest,
                "parameters": _parameters(said.parameters),
                "protocol": key,
                "reservations": [
                    {"step": each.step, "text": each.text.strip()} for each in said.reservations
                ],
                "version": version,
            },
            valid_from=said.on,
            seen=seen,
        )
    return versions.adopted(on=said.on)


def _parameters(parameters: Iterable[Stricter]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for each in parameters:
        if not each.act.strip():
            raise ActNeeded
        found.append(
            {"act": each.act.strip(), "limit": each.limit, "step": each.step, "value": each.value}
        )
    return found


def _stands(on: date) -> bool:
    there = published.own_adoption(on)
    return there is not None and not there.said.withdrawn


def take_back_adoption(*, by: Actor, on: date, seen: int) -> None:
    """Take back an adoption whose day has not come: what was adopted before holds on. Raises
    `InForceAlready`, `NotAllowed`, and what `gazette.withdraw` raises."""
    members.check_may(by, Permission.PROTOCOL_ADOPT)
    if on <= clock.now().date():
        raise InForceAlready
    with audit.act(by=by, verb="protocol.take_back_adoption", subject=on):
        gazette.withdraw(by=by, kind=ADOPTION, key=on.isoformat(), seen=seen)
