"""Comparing with the other nodes what is held, once a day: who was away, new or restored learns
what it lacks, from whoever has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import index_rules, keeping
from ayni.gazette.errors import NotComparedYet
from ayni.gazette.messages import ENTRIES, HELD, INDEX
from ayni.gazette.models import Answer, Comparison, Entry
from ayni.gazette.publishing import check_compared
from ayni.lib import clock
from ayni.members import api as members

# A node is sent the same again only after this: a question of a hundred bytes may be answered with
# megabytes, and whoever repeats it would fill our outbox. A day has several, for who was away.
AGAIN_AFTER = timedelta(hours=3)


def compare(*, by: Actor, now: datetime) -> int:
    """Tell the other nodes what is held here, each once a day (UTC); how many were told.

    A node that has told us on this day is not asked: its question was answered. After a restore
    every node is asked each time, until most have told that nothing of ours is missing here.
    """
    today = now.astimezone(UTC).date()
    rows = {row.node: row for row in Comparison.objects.all()}
    asked = 0
    for node in exchange.other_nodes():
        row = rows.get(node)
        times = [] if row is None else [row.asked_at, row.told_at]
        done = any(at is not None and at.astimezone(UTC).date() >= today for at in times)
        if not done or _is_restored():
            ask(by=by, node=node)
            asked += 1
    return asked


def _is_restored() -> bool:
    try:
        check_compared()
    except NotComparedYet:
        return True
    return False


def ask(*, by: Actor, node: str) -> None:
    """Tell one node what is held here, and ask it to tell the same."""
    with audit.act(by=by, verb="gazette.ask", subject=node):
        Comparison.objects.update_or_create(node=node, defaults={"asked_at": clock.now()})
        _tell(by, node, answer=True)


def _tell(by: Actor, node: str, *, answer: bool) -> None:
    payload = {"answer": answer, "owners": sums()}
    exchange.send_to_node(by=by, node=node, kind=INDEX.name, payload=payload)


def sums() -> dict[str, str]:
    """Of each member of whom anything is held: the sum over its entries."""
    found: dict[str, list[str]] = {}
    rows = Entry.objects.filter(subject__owner__in=_owners())
    for owner, digest in rows.values_list("subject__owner", "digest"):
        found.setdefault(owner, []).append(digest)
    return {owner: index_rules.sum_of(digests) for owner, digests in sorted(found.items())}


def _owners() -> list[str]:
    """Members by the directory: what a former one published stays here and is not passed on, for
    a node that does not know it cannot verify it."""
    return [members.this_node(), *exchange.other_nodes()]


def _digests(owner: str) -> list[str]:
    return list(Entry.objects.filter(subject__owner=owner).values_list("digest", flat=True))


def receive_index(*, by: Actor, received: exchange.Received) -> None:
    """Compare the sums of the sender with ours; where they are not the same, say what is held."""
    told, sender = received.payload, received.sender
    owners, here = set(_owners()), members.this_node()
    theirs = {owner: said for owner, said in told["owners"].items() if owner in owners}
    with audit.act(by=by, verb="gazette.compare", subject=sender) as act:
        differ = index_rules.other(sums(), theirs)
        act.note(differ=len(differ))
        now = clock.now()
        times = {"told_at": now}
        if here not in differ:
            times |= {"agreed_at": now, "no_more_at": now}
        Comparison.objects.update_or_create(node=sender, defaults=times)
        if told["answer"]:
            _tell(by, sender, answer=False)
            return  # whoever asked says what it holds where ours is another
        for owner in differ:
            if _first_time(sender, owner, "list", now=now):
                _say(by, sender, owner, _digests(owner), answer=True)


def _first_time(node: str, owner: str, what: str, *, now: datetime, begins: str = "") -> bool:
    """Whether this was not sent to a node within `AGAIN_AFTER`, nor a part of it; from now on it
    was. What another transaction sends to the same node waits."""
    Comparison.objects.get_or_create(node=node)
    Comparison.objects.select_for_update().get(node=node)
    Answer.objects.filter(node=node, at__lte=now - AGAIN_AFTER).delete()
    rows = Answer.objects.filter(node=node, owner=owner, what=what)
    if index_rules.overlap(begins, rows.values_list("begins", flat=True)):
        return False
    Answer.objects.create(node=node, owner=owner, what=what, begins=begins, at=now)
    return True


def _say(
    by: Actor, node: str, owner: str, digests: Iterable[str], *, answer: bool, begins: str = ""
) -> None:
    for begin, part in index_rules.parts(digests, begins):
        payload = {"answer": answer, "begins": begin, "digests": part, "owner": owner}
        exchange.send_to_node(by=by, node=node, kind=HELD.name, payload=payload)


def receive_held(*, by: Actor, received: exchange.Received) -> None:
    """Send what the sender lacks of one owner; say what is held here if it holds more. Each once in
    `AGAIN_AFTER`, and of the entries not more than `index_rules.MOST_LOADS` messages."""
    told, sender = received.payload, received.sender
    owner, begins, now = told["owner"], told["begins"], clock.now()
    with audit.act(by=by, verb="gazette.compare", subject=sender, owner=owner) as act:
        if owner not in _owners():
            act.note(refused="not_a_member")
            return
        ours = _digests(owner)
        here, there = index_rules.differences(ours, told["digests"], begins=begins)
        act.note(only_here=len(here), only_there=len(there))
        if owner == members.this_node() and not begins and not there:
            # It lacks some of ours, which it may not get from us (`_send`), and has none besides.
            Comparison.objects.filter(node=sender).update(no_more_at=now)
        if here and _first_time(sender, owner, "entries", now=now, begins=begins):
            _send(by, sender, here)
        wanted = there and told["answer"]
        if wanted and _first_time(sender, owner, "list", now=now, begins=begins):
            mine = [each for each in ours if each.startswith(begins)]
            _say(by, sender, owner, mine, answer=False, begins=begins)


def _send(by: Actor, node: str, digests: list[str]) -> None:
    here = members.this_node()
    # Whatever its owner brings is believed. What others brought here under our name, by a key that
    # we have revoked, may be the thief's: it is not passed on as ours.
    revoked = sorted(exchange.revoked_sheets().get(here, ()))
    doubtful = Q(subject__owner=here, sheet__in=revoked) & ~Q(source=here)
    rows = Entry.objects.filter(~doubtful, digest__in=digests).order_by(
        "subject__owner", "subject__kind", "subject__key", "version"
    )
    most = rows[: index_rules.MOST_LOADS * index_rules.MOST_SENT]
    things = [(keeping.signed(row), len(row.document)) for row in most]
    for load in index_rules.first_loads(things):
        exchange.send_to_node(by=by, node=node, kind=ENTRIES.name, payload={"entries": load})
