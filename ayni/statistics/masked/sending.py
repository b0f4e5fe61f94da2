"""A part that was given stays in its node until all other states of the round are known to hold
its announcement; then it leaves for the secretariat, once. If the last day passes first it never
leaves, and all members are told so.

Each step is one transaction: the part is queued and gone from here, or neither.
"""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass

from django.db.models import QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import AyniError, Refused, Text
from ayni.members import api as members
from ayni.statistics.masked import rounds
from ayni.statistics.masked.errors import NotConfirmed, RoundEnded, TooLate
from ayni.statistics.masked.kinds import SHARE, SHARE_MESSAGE, UNSENT
from ayni.statistics.masked.reading import Known, known_round, others
from ayni.statistics.masked.rounds import Standing
from ayni.statistics.models import SumShare
from ayni.vault import api as vault

log = logging.getLogger("ayni.statistics")


@dataclass(frozen=True, slots=True)
class Kept:
    """A part that has not left: `states` that are not known to hold its announcement, in order;
    `refused`: why it does not leave although all hold it, empty otherwise."""

    states: tuple[str, ...]
    refused: Text = ""


def keep(*, digest: str, share: bytes) -> None:
    """Keep this state's part until it may leave, in the caller's transaction."""
    row = SumShare(round=digest, state=members.this_node())
    row.seal(vault.node_sealer(), share=base64.b64encode(share).decode())
    row.save()


def forget(digest: str) -> None:
    """A part that has not left never does, in the caller's transaction."""
    _rows().filter(round=digest).delete()


def kept(known: Known) -> Kept | None:
    """Why this node's part of a round has not left; None where nothing waits here."""
    if not _rows().filter(round=known.digest).exists():
        return None
    try:
        _check(known)
    except NotConfirmed:
        return Kept(_waits_for(known))
    except Refused as refusal:
        return Kept(_waits_for(known), refusal.reason)
    return Kept(())


def send_what_may_leave(*, by: Actor) -> int:
    """Let every part leave whose announcement all others hold; how many left. One that cannot be
    sent now stops no other."""
    left = 0
    # Looked at without any lock: one that is not there any more is left alone.
    for digest in sorted(_rows().values_list("round", flat=True)):
        try:
            left += _send_or_end(digest, by)
        except AyniError as refused:
            ids = {"round": digest[:12], "why": refused.code}
            log.warning("a part of a sum stays here", extra={"ids": ids})
    return left


def _send_or_end(digest: str, by: Actor) -> bool:
    """Whether the part left. Raises why it could be neither sent nor ended though it was to be."""
    try:
        known = known_round(digest)
        _check(known)
    except TooLate:
        _end(known, by)
        return False
    except Refused:
        return False  # it waits; the page says for what
    return _send(known, by)


def _send(known: Known, by: Actor) -> bool:
    with audit.act(by=by, verb="statistics.send_sum_part", subject=known.digest) as act:
        row = _rows().select_for_update().filter(round=known.digest).first()
        act.note(sent=row is not None)
        if row is None:
            return False
        share = str(row.unseal(vault.node_sealer())["share"])
        exchange.send_to_node(
            by=by,
            node=members.SECRETARIAT,
            kind=SHARE_MESSAGE.name,
            payload={"round": known.digest, "share": share},
            must=True,
        )
        row.delete()
    return True


def _end(known: Known, by: Actor) -> None:
    """The last day has passed: the part is gone, and all members read for whom it waited."""
    with audit.act(by=by, verb="statistics.end_sum_part", subject=known.digest) as act:
        row = _rows().select_for_update().filter(round=known.digest).first()
        act.note(ended=row is not None)
        if row is None:
            return
        row.delete()
        found = gazette.one(owner=members.this_node(), kind=UNSENT, key=known.digest)
        if found is None:
            body = {"states": list(_waits_for(known))}
            gazette.publish(by=by, kind=UNSENT, key=known.digest, body=body, seen=0)


def _check(known: Known) -> None:
    now = clock.now()
    rounds.check_may_send(
        known.round,
        state=members.this_node(),
        holders=_holders(known),
        earlier=others(known),
        now=now,
    )
    if known.standing(now) is Standing.ENDED:
        raise RoundEnded  # the secretariat took it back


def _waits_for(known: Known) -> tuple[str, ...]:
    here = members.this_node()
    return tuple(rounds.unconfirmed(known.round, state=here, holders=_holders(known)))


def _holders(known: Known) -> frozenset[str]:
    """Nodes that are known to hold what this one has announced: the first version, which is what
    it is bound to."""
    said = gazette.history(owner=members.this_node(), kind=SHARE, key=known.digest)
    first = [each for each in said if each.said.version == 1]
    # Two under one number: neither can be added, and nothing of this node's leaves.
    return gazette.holders(first[0].digest) if len(first) == 1 else frozenset()


def _rows() -> QuerySet[SumShare]:
    return SumShare.objects.filter(state=members.this_node())
