"""What must be true of the books of all nodes when no fault is at work and nothing is under way.

Pure. `books.py` reads the books; here they are compared, and with what the drivers have seen being
accepted, which no database can forget.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

DELIVERED, APPLIED, SET_ASIDE = "delivered", "applied", "set_aside"
LOST, GIVEN = "lost_in_restore", "exchange.given"
CANCELLED, NOT_A_MEMBER = "cancelled", "not_a_member"
LEAP = 100  # numbers that a restored node leaves out until its peer has told which are taken
# What a long run has come to with each kind of traffic; what was begun and never ended is judged by
# its records.
ENDS = frozenset(
    {
        "referral.state", "alert.read", "alert.removed", "information.answer", "attachment.state",
        "consent.effect",
    }
)  # fmt: skip
INCOMPLETE = "not complete"  # of evidence: what went down with a machine is shown by nobody


@dataclass(frozen=True, slots=True)
class Sent:
    """A message in its sender's outbox; `receipt` is the SHA-256 of the answer, "" for none."""

    peer: str
    kind: str
    conversation: str
    sequence: int
    state: str
    reason: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Got:
    """A message in its receiver's inbox; `effects` are the numbers of the entries in the audit
    chain that were written in the transaction that applied it."""

    peer: str
    kind: str
    conversation: str
    sequence: int
    state: str
    reason: str = ""
    receipt: str = ""
    effects: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Books:
    """What one node holds. `records`: conversation, and behind a slash what else there is in it
    (a file, a consent that ended) -> states of this node's records of it (`records.py`);
    `evidence`: conversation -> what is wrong with its bundle, "" for nothing."""

    sent: Mapping[str, Sent]
    got: Mapping[str, Got]
    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    chain: str = ""  # why the audit chain does not hold


def read(given: dict[str, Any]) -> Books:
    """Books as a driver tells them, in JSON."""
    return Books(
        sent={message: Sent(**row) for message, row in given["sent"].items()},
        got={
            message: Got(**{**row, "effects": tuple(row["effects"])})
            for message, row in given["got"].items()
        },
        records={key: tuple(states) for key, states in given["records"].items()},
        evidence=given["evidence"],
        chain=given["chain"],
    )


@dataclass(frozen=True, slots=True)
class Allowed:
    """What restores and removals excuse.

    `gone`: accepted by a node that was lost before anybody else heard of them; `lost`: received by
    a node that was lost, told to people and not applied again; `wounded`: conversations in which
    either happened: their records may differ, and what follows in them may find nothing there;
    `removed`: nodes that were no members for a while: what was queued for them then is cancelled;
    `restored`: nodes that were lost: they may leave out numbers, `LEAP` at a time.
    """

    gone: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    wounded: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    restored: frozenset[str] = frozenset()


def kinds(books: Mapping[str, Books]) -> Counter[str]:
    """How many messages of each kind have been applied."""
    return Counter(
        got.kind for own in books.values() for got in own.got.values() if got.state == APPLIED
    )


def talk_of(key: str) -> str:
    """The conversation of a record."""
    return key.partition("/")[0]


def wounded(books: Mapping[str, Books], allowed: Allowed) -> frozenset[str]:
    """Conversations of which a part is missing for a reason: a loss, a removed member, or what may
    not leave any more."""
    return allowed.wounded | {
        sent.conversation
        for own in books.values()
        for sent in own.sent.values()
        if _was_no_member(sent, allowed) or _not_given(sent, allowed)
    }


def _was_no_member(sent: Sent, allowed: Allowed) -> bool:
    is_it = (sent.state, sent.reason) == (CANCELLED, NOT_A_MEMBER)
    return is_it and sent.peer in allowed.removed


def _not_given(sent: Sent, allowed: Allowed) -> bool:
    """What a restore has lost is not given again where it may not leave any more: an alert that was
    taken back meanwhile, data under a consent that was withdrawn."""
    return (sent.kind, sent.state) == (GIVEN, CANCELLED) and sent.peer in allowed.restored


def excused(
    before: Allowed, lost: str, known: Books, others: Mapping[str, Books], told: set[str]
) -> Allowed:
    """What the loss of a node excuses. `known`: its books at the last judgment before its backup;
    `others`: those of its peers when it was lost; `told`: messages that it had accepted since."""
    conversations: set[str] = set()
    received: set[str] = set()
    for own in others.values():
        for message, sent in own.sent.items():
            if sent.peer == lost and message not in known.got:
                received.add(message)
                conversations.add(sent.conversation)
        for message, got in own.got.items():
            if got.peer == lost and message not in known.sent:
                conversations.add(got.conversation)
    there = {message for own in others.values() for message in own.got}
    return replace(
        before,
        gone=before.gone | (told - there),
        lost=before.lost | received,
        wounded=before.wounded | conversations,
        restored=before.restored | {lost},
    )


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold: its name, the node, and ids."""

    invariant: str
    node: str
    about: str

    def __str__(self) -> str:
        return f"{self.invariant} at {self.node}: {self.about}"


def check(
    books: Mapping[str, Books],
    accepted: Mapping[str, Iterable[str]],
    allowed: Allowed | None = None,
) -> list[Broken]:
    """Everything that is broken; empty if all holds. `accepted`: node -> ids of messages that were
    seen committed in its outbox at any time."""
    given = allowed or Allowed()
    excused = replace(given, wounded=wounded(books, given))
    may_lack = excused.wounded | leapt(books, excused)
    broken: list[Broken] = []
    for node, own in books.items():
        broken += _nothing_forgotten(node, own, accepted.get(node, ()), excused)
        broken += _everything_arrived(node, own, books, excused)
        broken += _applied_once(node, own, books, excused)
        broken += _in_order(node, own, excused)
        if own.chain:
            broken.append(Broken("chain", node, own.chain))
        broken += [
            Broken("evidence", node, f"{conversation}: {wrong}")
            for conversation, wrong in own.evidence.items()
            if wrong and not (wrong == INCOMPLETE and conversation in may_lack)
        ]
    return broken + _records_agree(books, excused)


def _nothing_forgotten(
    node: str, own: Books, accepted: Iterable[str], excused: Allowed
) -> list[Broken]:
    missing = set(accepted) - set(own.sent) - excused.gone
    return [Broken("forgotten", node, message) for message in sorted(missing)]


def _everything_arrived(
    node: str, own: Books, books: Mapping[str, Books], excused: Allowed
) -> list[Broken]:
    """Every message is delivered, is there, is the same one, and both hold the same receipt."""
    broken = []
    for message, sent in own.sent.items():
        if sent.peer not in books:
            continue
        if sent.state != DELIVERED:
            # What waited when the backup was made and had not arrived is held back for people.
            held = sent.reason == "restored" and sent.conversation in excused.wounded
            if not held and not _was_no_member(sent, excused) and not _not_given(sent, excused):
                about = f"{message} to {sent.peer}: {sent.state} {sent.reason}".rstrip()
                broken.append(Broken("undelivered", node, about))
            continue
        got = books[sent.peer].got.get(message)
        if got is None:
            broken.append(Broken("lost", sent.peer, f"{message} from {node}"))
            continue
        if (got.peer, got.kind, got.conversation, got.sequence) != (
            node, sent.kind, sent.conversation, sent.sequence,
        ):  # fmt: skip
            broken.append(Broken("changed", sent.peer, f"{message} from {node}"))
        if not sent.receipt or sent.receipt != got.receipt:
            broken.append(Broken("receipt", node, f"{message} to {sent.peer}"))
    return broken


def _applied_once(
    node: str, own: Books, books: Mapping[str, Books], excused: Allowed
) -> list[Broken]:
    """Every message that came was sent, is applied, and has had its effect once."""
    broken = []
    for message, got in own.got.items():
        if got.peer in books and message not in books[got.peer].sent:
            broken.append(Broken("invented", node, f"{message} from {got.peer}"))
        if got.state == APPLIED:
            if len(got.effects) != 1:
                about = f"{message} from {got.peer}: {len(got.effects)} times"
                broken.append(Broken("not once", node, about))
            continue
        about = f"{message} from {got.peer}: {got.state} {got.reason}".rstrip()
        if got.effects:
            broken.append(Broken("half applied", node, about))
        if not _may_lie_aside(message, got, excused):
            broken.append(Broken("quarantine", node, about))
    return broken


def _may_lie_aside(message: str, got: Got, excused: Allowed) -> bool:
    if got.state != SET_ASIDE:
        return False
    if got.reason == LOST:
        return message in excused.lost
    return got.conversation in excused.wounded


def _halves(own: Books) -> dict[tuple[str, str], list[tuple[int, tuple[int, ...]]]]:
    """(peer, conversation) -> number and effects of what came, in the order of the numbers."""
    halves: dict[tuple[str, str], list[tuple[int, tuple[int, ...]]]] = {}
    for got in own.got.values():
        half = halves.setdefault((got.peer, got.conversation), [])
        half.append((got.sequence, got.effects))
    return {key: sorted(half) for key, half in halves.items()}


def _steps(half: list[tuple[int, tuple[int, ...]]]) -> set[int]:
    """From number to number, beginning before the first: {1} where none is left out."""
    found = [sequence for sequence, _ in half]
    return {after - before for before, after in zip([0, *found], found, strict=False)}


def leapt(books: Mapping[str, Books], excused: Allowed) -> set[str]:
    """Conversations in which a restored node has left out numbers, as it does until it knows which
    are taken: its node says why, the other one cannot."""
    return {
        conversation
        for own in books.values()
        for (peer, conversation), half in _halves(own).items()
        if peer in excused.restored and LEAP + 1 in _steps(half)
    }


def _in_order(node: str, own: Books, excused: Allowed) -> list[Broken]:
    """Each half of a conversation is numbered without gap, and was applied in that order."""
    broken = []
    for (peer, conversation), half in _halves(own).items():
        if conversation in excused.wounded:
            continue
        usual = {1, LEAP + 1} if peer in excused.restored else {1}
        if _steps(half) - usual:
            broken.append(Broken("gap", node, f"{conversation} of {peer}"))
        numbers = [effects[0] for _, effects in half if effects]
        if numbers != sorted(numbers):
            broken.append(Broken("order", node, f"{conversation} of {peer}"))
    return broken


def _records_agree(books: Mapping[str, Books], excused: Allowed) -> list[Broken]:
    """One record a side, and both in the same state; none on one side alone."""
    broken: list[Broken] = []
    seen: dict[str, list[tuple[str, str]]] = {}
    for node, own in books.items():
        for key, states in own.records.items():
            if talk_of(key) in excused.wounded:
                continue
            if len(states) != 1:
                broken.append(Broken("two records", node, f"{key}: {', '.join(states)}"))
            seen.setdefault(key, []).append((node, states[0]))
    for key, sides in seen.items():
        (node, state), *others = sides
        if not others:
            broken.append(Broken("one side only", node, f"{key}: {state}"))
        broken += [
            Broken("records differ", other, f"{key}: {said}, and {state} at {node}")
            for other, said in others
            if said != state
        ]
    return broken
