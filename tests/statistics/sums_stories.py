"""A sum over Argentina, Bolivia and Chile, as a state and as the secretariat see it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.masked import adding, giving, kinds, masks, reading
from ayni.statistics.masked.declaring import Wanted
from ayni.statistics.masked.tables import sum_table
from tests.agenda.stories import comes, found_as
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer, a_secretariat

STATES = ("ar", "bo", "cl")
TABLE = "trafficking_sex_age"
LAYOUT = sum_table(TABLE).layout


@dataclass
class World:
    """This node and its peers."""

    ar: Peer
    bo: Peer
    cl: Peer
    secretariat: Peer
    officer: Actor
    statistician: Actor


def found(own: str) -> Iterator[World]:
    peers = {
        "ar": Peer(node="ar", institution="ar-focal-point", kind="focal_point"),
        "bo": Peer(node="bo", institution="bo-focal-point", kind="focal_point"),
        "cl": Peer(node="cl", institution="cl-focal-point", kind="focal_point"),
        "secretariat": a_secretariat(),
    }
    others = [peer for node, peer in peers.items() if node != own]
    found_as(own, *others)
    secretariat = own == members.SECRETARIAT
    place = an_institution(f"{own}-desk", kind="secretariat", state=own)
    role = members.Role.SECRETARIAT_OFFICER if secretariat else members.Role.STATISTICIAN
    statistician = members.actor_of(an_officer("eva", place, members.Role.STATISTICIAN))
    officer = members.actor_of(an_officer("ines", place, role))
    yield World(officer=officer, statistician=statistician, **peers)
    for peer in others:
        peer.stop()


def a_row(**counts: int) -> list[int]:
    """A row with its margins: female_adult=3."""
    return LAYOUT.row({tuple(name.split("_")): n for name, n in counts.items()})


def wanted(**changed: Any) -> Wanted:
    """The whole of 2025, of three states."""
    now = clock.now()
    plain: dict[str, Any] = {
        "table": TABLE,
        "first": date(2025, 1, 1),
        "last": date(2025, 12, 31),
        "states": list(STATES),
        "answer_due": now + timedelta(days=10),
        "share_due": now + timedelta(days=20),
    }
    return Wanted(**{**plain, **changed})


def declared_by(secretariat: Peer, key: str = "round-1", **changed: Any) -> str:
    """A round that the secretariat, a peer, has declared; its digest."""
    plain = wanted(**changed)
    body = {
        "answer_due": clock.isoformat(plain.answer_due),
        "first": plain.first.isoformat(),
        "last": plain.last.isoformat(),
        "share_due": clock.isoformat(plain.share_due),
        "states": list(plain.states),
        "table": plain.table,
    }
    comes(secretariat, kinds.ROUND, key, body)
    (found,) = [each for each in reading.known_rounds() if each.key == key]
    return found.digest


def says(peer: Peer, digest: str, *, takes_part: bool = True, **changed: Any) -> None:
    """A peer says whether it takes part."""
    comes(peer, kinds.ANSWER, digest, {"takes_part": takes_part}, **changed)


def message_comes(kind: str, sender: str, **payload: str) -> None:
    """A message about a sum arrives, as the inbox hands it on."""
    exchange.check_payload(kind, payload)
    received = exchange.Received("m", kind, "c", 1, sender, "", "", clock.now(), None, payload)
    receive = {"sum.seed": giving.receive_seed, "sum.share": adding.receive_share}[kind]
    with transaction.atomic():
        receive(by=audit.peer(sender), received=received)


def gives(
    peer: Peer,
    digest: str,
    row: list[int],
    seeds: dict[frozenset[str], bytes],
    *,
    announces: bool = True,
) -> bytes:
    """A peer gives its part; the bytes of it."""
    own = {
        next(iter(pair - {peer.node})): seed for pair, seed in seeds.items() if peer.node in pair
    }
    about = bytes.fromhex(digest)
    share = masks.packed(
        masks.masked(row, state=peer.node, states=STATES, seeds=own, round_digest=about)
    )
    if announces:
        announces_share(peer, digest, share)
    message_comes("sum.share", peer.node, round=digest, share=base64.b64encode(share).decode())
    return share


def announces_share(peer: Peer, digest: str, share: bytes, **changed: Any) -> None:
    """A peer announces a part."""
    said = masks.commitment(share, state=peer.node, round_digest=bytes.fromhex(digest))
    comes(peer, kinds.SHARE, digest, {"commitment": said}, **changed)


COUNTED = a_row(female_adult=7, male_child=1)  # what this node has, at the edge of these tests


def counted(table: str, years: tuple[int, int]) -> tuple[int, ...]:
    """What the node counts: the wiring of a test names this function."""
    assert (table, years) == (TABLE, (2025, 2025))
    return tuple(COUNTED)


def now_counts(row: list[int]) -> None:
    """From now on the node counts this."""
    COUNTED[:] = row
