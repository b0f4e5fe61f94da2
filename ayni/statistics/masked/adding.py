"""The secretariat keeps each part as it comes and adds when the last one is there."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.masked import masks, rounds
from ayni.statistics.masked.errors import ShareNotCommitted, SumImplausible, UnknownRound
from ayni.statistics.masked.layout import Place
from ayni.statistics.masked.reading import Known, known_round, known_rounds
from ayni.statistics.models import StateSum, SumShare
from ayni.vault import api as vault


@dataclass(frozen=True, slots=True)
class Added:
    """A sum that was made. `cells`: by categories, margins included; None: the parts gave no
    possible table. True counts: nothing of it leaves the node but through a release."""

    digest: str
    added_at: datetime
    cells: Mapping[Place, int] | None


def receive_share(*, by: Actor, received: exchange.Received) -> None:
    """Keep a state's part, and add if it was the last. A second one changes nothing."""
    told, sender = received.payload, received.sender
    with audit.act(by=by, verb="statistics.keep_sum_part", subject=received.message) as act:
        kept = members.this_node() == members.SECRETARIAT
        kept = kept and not SumShare.objects.filter(round=told["round"], state=sender).exists()
        act.note(kept=kept)
        if kept:
            row = SumShare(round=told["round"], state=sender)
            row.seal(vault.node_sealer(), share=told["share"])
            row.save()
            _add_if_complete(told["round"])


def add_what_is_complete(*, by: Actor) -> int:
    """Add where every part is here and announced, and it was not done: an announcement may come
    after the part. How many sums were made."""
    waiting = set(SumShare.objects.values_list("round", flat=True))
    waiting -= set(StateSum.objects.values_list("round", flat=True))
    if not waiting:
        return 0
    with audit.act(by=by, verb="statistics.add_sums", subject="sums") as act:
        made = sum(_add_if_complete(digest) for digest in sorted(waiting))
        act.note(made=made)
    return made


def sums() -> list[Added]:
    """Every sum that was made here, the last one first."""
    sealer = vault.node_sealer()
    known = {each.digest: each for each in known_rounds()}
    found = []
    for row in StateSum.objects.order_by("-added_at", "id"):
        cells: Mapping[Place, int] | None = None
        if row.plausible and row.round in known:
            opened = row.unseal(sealer)["row"]
            assert isinstance(opened, list)
            places = known[row.round].table.layout.places
            cells = {place: int(str(n)) for place, n in zip(places, opened, strict=True)}
        found.append(Added(row.round, row.added_at, cells))
    return found


def arrived(digest: str) -> list[str]:
    """States whose part of a round is here, in order."""
    return sorted(SumShare.objects.filter(round=digest).values_list("state", flat=True))


def _add_if_complete(digest: str) -> bool:
    try:
        known = known_round(digest)
    except UnknownRound:
        return False
    if StateSum.objects.filter(round=digest).exists():
        return False
    shares = _genuine(known)
    if set(shares) != set(known.round.declared.states):
        return False
    layout = known.table.layout
    row = masks.added(masks.unpacked(each, cells=layout.cells) for each in shares.values())
    try:
        rounds.check_sum(row, layout=layout, states=len(shares))
        plausible = True
    except SumImplausible:
        plausible, row = False, []
    made = StateSum(round=digest, added_at=clock.now(), plausible=plausible)
    made.seal(vault.node_sealer(), row=list(row))
    made.save()
    SumShare.objects.filter(round=digest).delete()
    return True


def _genuine(known: Known) -> Mapping[str, bytes]:
    """Parts that are what their states have announced, of the length that was declared."""
    sealer = vault.node_sealer()
    found = {}
    for row in SumShare.objects.filter(round=known.digest, state__in=known.round.declared.states):
        share = base64.b64decode(str(row.unseal(sealer)["share"]), validate=True)
        if len(share) != 8 * known.table.layout.cells:
            continue
        try:
            rounds.check_share(known.round, state=row.state, share=share)
        except ShareNotCommitted:
            continue
        found[row.state] = share
    return found
