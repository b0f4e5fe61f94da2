"""The secretariat keeps each part as it comes and adds when the last one is there."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.masked import masks, rounds
from ayni.statistics.masked.errors import ShareNotCommitted, SumImplausible, TooManyKept
from ayni.statistics.masked.layout import Place
from ayni.statistics.masked.reading import Known, known_rounds
from ayni.statistics.models import StateSum, SumShare
from ayni.vault import api as vault

MOST_UNKNOWN = 20  # parts of one state for sums that are not known here


class Part(StrEnum):
    """Where the part of one state is, as the secretariat sees it."""

    AWAITED = "awaited"  # neither announced nor here
    ON_ITS_WAY = "on_its_way"  # announced; it has not come
    EARLY = "early"  # here; not announced yet
    HERE = "here"  # here, and what was announced
    UNSENT = "unsent"  # announced; by what its state says it never left
    WRONG = "wrong"  # here, and not what was announced: it is not added
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Added:
    """A sum that was made. `cells`: by categories, margins included; None: the parts gave no
    possible table. True counts: nothing of it leaves the node but through a release."""

    digest: str
    added_at: datetime
    cells: Mapping[Place, int] | None


def receive_share(*, by: Actor, received: exchange.Received) -> None:
    """Keep a state's part, and add if it was the last. A second one changes nothing. One for a sum
    that is not known here yet is kept as long as there are few, and refused after that
    (`TooManyKept`: the message is set aside); one that has not the length that was declared, or of
    a state that is not named, is not kept."""
    told, sender = received.payload, received.sender
    with audit.act(by=by, verb="statistics.keep_sum_part", subject=received.message) as act:
        kept = members.this_node() == members.SECRETARIAT and _is_wanted(told, sender)
        act.note(kept=kept)
        if kept:
            row = SumShare(round=told["round"], state=sender)
            row.seal(vault.node_sealer(), share=told["share"])
            row.save()
            _add_if_complete(told["round"], known_rounds())


def _is_wanted(told: Mapping[str, str], sender: str) -> bool:
    if StateSum.objects.filter(round=told["round"]).exists():
        return False
    held = SumShare.objects.filter(state=sender)
    if held.filter(round=told["round"]).exists():
        return False
    known = next((each for each in known_rounds() if each.digest == told["round"]), None)
    if known is None:
        if held.count() >= MOST_UNKNOWN:
            raise TooManyKept(state=sender, kept=MOST_UNKNOWN)
        return True
    size = len(base64.b64decode(told["share"]))
    return sender in known.round.declared.states and size == 8 * known.table.layout.cells


def add_what_is_complete(*, by: Actor) -> int:
    """Add where every part is here and announced, and it was not done: an announcement may come
    after the part. How many sums were made."""
    waiting = set(SumShare.objects.values_list("round", flat=True))
    waiting -= set(StateSum.objects.values_list("round", flat=True))
    if not waiting:
        return 0
    with audit.act(by=by, verb="statistics.add_sums", subject="sums") as act:
        known = known_rounds()
        made = sum(_add_if_complete(digest, known) for digest in sorted(waiting))
        act.note(made=made)
    return made


def sums(*, by: Actor) -> list[Added]:
    """Every sum that was made here, the last one first; the opening is recorded. Raises
    `NotAllowed`."""
    members.check_may(by, Permission.RELEASE_PROPOSE)
    audit.read(by=by, verb="statistics.open_sums", subject="sums")
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


def parts(known: Known) -> dict[str, Part]:
    """Where the part of each state of a round is."""
    states = known.round.declared.states
    if StateSum.objects.filter(round=known.digest).exists():
        return dict.fromkeys(states, Part.ADDED)
    here, genuine = set(arrived(known.digest)), set(_genuine(known))
    found = {}
    for state in states:
        announced = state in known.round.announced
        if state in known.round.unsent:
            found[state] = Part.UNSENT
        elif state not in here:
            found[state] = Part.ON_ITS_WAY if announced else Part.AWAITED
        elif not announced:
            found[state] = Part.EARLY
        else:
            found[state] = Part.HERE if state in genuine else Part.WRONG
    return found


def added_as_table(digest: str) -> bool | None:
    """Whether the parts of a round gave a possible table; None: they were not added here."""
    return StateSum.objects.filter(round=digest).values_list("plausible", flat=True).first()


def added() -> set[str]:
    """Digests of the sums that were made here and are tables; nothing is opened."""
    return set(StateSum.objects.filter(plausible=True).values_list("round", flat=True))


def arrived(digest: str) -> list[str]:
    """States whose part of a round is here, in order."""
    return sorted(SumShare.objects.filter(round=digest).values_list("state", flat=True))


def _add_if_complete(digest: str, every: Sequence[Known]) -> bool:
    known = next((each for each in every if each.digest == digest), None)
    # What a state says has never left it is in no sum, whatever came.
    if known is None or known.round.unsent or StateSum.objects.filter(round=digest).exists():
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
        share = base64.b64decode(str(row.unseal(sealer)["share"]))
        if len(share) != 8 * known.table.layout.cells:
            continue
        try:
            rounds.check_share(known.round, state=row.state, share=share)
        except ShareNotCommitted:
            continue
        found[row.state] = share
    return found
