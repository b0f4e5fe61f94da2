"""Which faults happen, in which order, to whom: everything follows from the seed. Pure.

A run has rounds. In each the cheap faults of the network are armed at once and strike the requests
that come; the dear ones (something is killed, a disk fills …) happen when so many of the cheap ones
have struck. After each round the books of all nodes are compared (`invariants.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.dice import Dice

A_ROUND = 100


ALL = "all"
TRAFFIC = (ALL, "referrals")  # what officers do meanwhile


class Kind(StrEnum):
    """What goes wrong. Up to `KEEP`, with one request between nodes; then with a whole node."""

    CUT_BEFORE = "cut_before"  # the request never reaches the node
    CUT_WITHIN = "cut_within"  # half of it does
    CUT_AFTER = "cut_after"  # all of it does, and the answer is lost
    CUT_ANSWER = "cut_answer"  # half of the answer passes
    DELAY = "delay"  # the request is held
    DELAY_ANSWER = "delay_answer"  # the answer is held
    TWICE = "twice"  # delivered twice, one after the other
    TWICE_AT_ONCE = "twice_at_once"  # delivered twice at the same moment
    LATE = "late"  # the sender is cut off, and the request delivered seconds later
    OVERTAKEN = "overtaken"  # held until another sender's request has passed
    AGAIN = "again"  # an earlier request is delivered once more, before this one
    OUTAGE = "outage"  # nobody reaches the node for some seconds
    KILL_WEB = "kill_web"
    KILL_WORKER = "kill_worker"
    KILL_DATABASE = "kill_database"
    KILL_BACKEND = "kill_backend"  # one process of PostgreSQL, which then throws all others out
    KILL_NODE = "kill_node"  # supervisor, web, worker and database
    PACKETS = "packets"  # for some seconds packets are lost, doubled, late and out of order
    SEVERED = "severed"  # no packet passes for some seconds; connections stay open on both sides
    ROTATE = "rotate"  # a new key sheet
    DIRECTORY = "directory"  # a new directory: the node's address changes
    CLOCK = "clock"  # the node's clock is off by hours
    CLOCKS = "clocks"  # those of two nodes are, each by its own
    DISK = "disk"  # a state's disk is full
    DISK_SECRETARIAT = "disk_secretariat"
    RESTORE = "restore"  # a state's node is lost and comes back from its backup
    RESTORE_SECRETARIAT = "restore_secretariat"
    AWAY = "away"  # the secretariat is down for a long stretch, and the states go on
    REMOVED = "removed"  # a directory removes the node, and a later one takes it in again


# How many of a thousand; what is left over are delays.
OF_A_THOUSAND: dict[Kind, float] = {
    Kind.CUT_BEFORE: 60,
    Kind.CUT_WITHIN: 60,
    Kind.CUT_AFTER: 120,
    Kind.CUT_ANSWER: 60,
    Kind.DELAY_ANSWER: 150,
    Kind.TWICE: 100,
    Kind.TWICE_AT_ONCE: 80,
    Kind.LATE: 60,
    Kind.OVERTAKEN: 50,
    Kind.AGAIN: 100,
    Kind.OUTAGE: 10,
    Kind.KILL_WEB: 16,
    Kind.KILL_WORKER: 14,
    Kind.KILL_DATABASE: 10,
    Kind.KILL_BACKEND: 8,
    Kind.KILL_NODE: 4,
    Kind.PACKETS: 12,
    Kind.SEVERED: 6,
    Kind.ROTATE: 4,
    Kind.DIRECTORY: 3,
    Kind.CLOCK: 1,
    Kind.CLOCKS: 1,
    Kind.DISK: 0.5,
    Kind.DISK_SECRETARIAT: 0.5,
    Kind.RESTORE: 1,
    Kind.RESTORE_SECRETARIAT: 0.5,
    Kind.AWAY: 0.5,
    Kind.REMOVED: 1,
}
_OF_STATES = frozenset({Kind.RESTORE, Kind.DISK, Kind.DIRECTORY})
_OF_SECRETARIAT = frozenset({Kind.RESTORE_SECRETARIAT, Kind.DISK_SECRETARIAT, Kind.AWAY})
RESTORES = frozenset({Kind.RESTORE, Kind.RESTORE_SECRETARIAT})
DISKS = frozenset({Kind.DISK, Kind.DISK_SECRETARIAT})
NETWORK = frozenset(list(Kind)[: list(Kind).index(Kind.KILL_WEB)])
# From so many faults on, each kind happens once at least.
ALL_FROM = 200
# By the length that each kind takes: seconds, or hours of a clock.
_AMOUNTS = {
    Kind.DELAY: (0.02, 1.2),
    Kind.DELAY_ANSWER: (0.02, 1.2),
    Kind.LATE: (0.3, 6.0),
    Kind.OVERTAKEN: (1.0, 2.0),
    Kind.OUTAGE: (0.5, 4.0),
    Kind.PACKETS: (2.0, 8.0),
    Kind.SEVERED: (0.5, 6.0),
    Kind.CLOCK: (-5.0, 5.0),
    Kind.CLOCKS: (-5.0, 5.0),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what, at which node, how long or how much."""

    number: int
    kind: Kind
    node: str
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Round:
    """`network` strikes requests in this order at each node; each of `dear` happens when so many
    of `network` have struck."""

    network: tuple[Fault, ...]
    dear: tuple[tuple[int, Fault], ...]

    def __len__(self) -> int:
        return len(self.network) + len(self.dear)


def numbers(count: int, kinds: Sequence[Kind] = tuple(Kind)) -> dict[Kind, int]:
    """How many faults of each kind; together `count`. `kinds` may leave some out: then each of the
    others happens once at least, as it does in a long run."""
    told: dict[Kind, int] = {}
    each_once = count >= ALL_FROM or (len(kinds) < len(Kind) and count >= len(kinds))
    for kind in Kind:
        share = OF_A_THOUSAND.get(kind, 0) if kind in kinds else 0
        wanted = int(count * share / 1000)
        if share and not wanted and each_once:
            wanted = 1
        told[kind] = wanted
    told[Kind.DELAY] = count - sum(told.values())
    return told


def plan(
    *,
    seed: int,
    count: int,
    nodes: Sequence[str],
    states: Sequence[str],
    kinds: Sequence[Kind] = tuple(Kind),
) -> list[Round]:
    """The rounds of a run of `count` faults. `states` are those among `nodes` that are no
    secretariat: some kinds strike only them, some only the others."""
    others = [node for node in nodes if node not in states]
    dice = Dice(seed)
    wanted = numbers(count, kinds)
    cheap = [kind for kind in Kind if kind in NETWORK for _ in range(wanted[kind])]
    dear = [kind for kind in Kind if kind not in NETWORK for _ in range(wanted[kind])]
    cheap, dear = dice.shuffled(cheap), dice.shuffled(dear)
    rounds = max(1, round(count / A_ROUND))
    made: list[Round] = []
    number = 0
    for place in range(rounds):
        own_cheap = cheap[place::rounds]
        own_dear = dear[place::rounds]
        network = []
        for kind in own_cheap:
            number += 1
            network.append(_fault(dice, number, kind, nodes))
        happens = []
        for kind in own_dear:
            number += 1
            among = states if kind in _OF_STATES else others if kind in _OF_SECRETARIAT else nodes
            # In the first half: what recovers has time until the books are compared.
            when = dice.below(max(1, len(network) // 2))
            happens.append((when, _fault(dice, number, kind, among)))
        made.append(Round(tuple(network), tuple(sorted(happens, key=lambda h: h[0]))))
    return made


def _fault(dice: Dice, number: int, kind: Kind, nodes: Sequence[str]) -> Fault:
    least, most = _AMOUNTS.get(kind, (0.0, 0.0))
    return Fault(number, kind, dice.one_of(nodes), dice.between(least, most))
