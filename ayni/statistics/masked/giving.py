"""A state takes part in a sum, or does not, and gives its part when all others take part.

Two acts of one person each: what she has seen before her is what is given. A secret of each pair
goes sealed to the other state; the masked part waits here (`sending`) until all others know what
this state is bound to.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from django.db import connection

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.masked import masks, rounds, sending
from ayni.statistics.masked.errors import (
    CountsChanged,
    NotTheGiver,
    ReasonNeeded,
    TooLate,
    TooManyKept,
)
from ayni.statistics.masked.kinds import ANSWER, SEED_MESSAGE, SHARE, Reason
from ayni.statistics.masked.reading import Known, known_round, others
from ayni.statistics.masked.rounds import Standing
from ayni.statistics.models import SumGiven, SumSeed
from ayni.vault import api as vault

MOST_HELD = 500  # secrets of one state for sums that were not made: no peer fills the disk


def take_part(*, by: Actor, digest: str) -> None:
    """Say that this state takes part, and send its pairs' secrets to the states after it.

    Raises `NotAllowed`, `UnknownRound`, what `rounds.check_may_take_part` raises, what
    `gazette.publish` raises, `exchange.NoNode` for a state that cannot be written to now.
    """
    members.check_may(by, Permission.SUM_GIVE)
    known, here = known_round(digest), members.this_node()
    _check_stands(known)
    rounds.check_may_take_part(known.round, state=here, earlier=others(known), now=clock.now())
    with audit.act(by=by, verb="statistics.take_part_in_sum", subject=digest):
        for other in known.round.declared.states:
            if other != here and masks.giver(here, other) == here:
                _send_seed(by, digest, other)
        _answer(by, digest, takes_part=True)


def decline(*, by: Actor, digest: str, reason: str) -> None:
    """Say that this state does not take part, and why (a value of `Reason`); the sum is not made.

    Raises `NotAllowed`, `ReasonNeeded`, `UnknownRound`, what `rounds.check_may_decline` and
    `gazette.publish` raise."""
    members.check_may(by, Permission.SUM_GIVE)
    if reason not in set(Reason):
        raise ReasonNeeded
    known, here = known_round(digest), members.this_node()
    rounds.check_may_decline(known.round, state=here, now=clock.now())
    with audit.act(by=by, verb="statistics.decline_sum", subject=digest):
        _answer(by, digest, takes_part=False, reason=reason)
        SumSeed.objects.filter(round=digest).delete()


def give(*, by: Actor, digest: str, row: Sequence[int], seen: Sequence[int]) -> None:
    """Give this state's part: announced to all, and kept masked until all others of the sum have
    confirmed that; then it leaves for the secretariat (`sending`).

    `row`: what is counted now, in the order of the table's layout; `seen`: what the officer had
    before her. Raises `CountsChanged` if they differ, `SeedMissing` while a secret has not come,
    what `rounds.check_may_give` raises, `CountRefused`, what `gazette.publish` raises.
    """
    members.check_may(by, Permission.SUM_GIVE)
    if list(row) != list(seen):
        raise CountsChanged
    with audit.act(by=by, verb="statistics.give_to_sum", subject=digest):
        _one_at_a_time()
        known, here = known_round(digest), members.this_node()
        _check_stands(known)
        rounds.check_may_give(known.round, state=here, earlier=others(known), now=clock.now())
        share = _masked(known, row)
        _remember(known)
        said = {
            "commitment": masks.commitment(share, state=here, round_digest=bytes.fromhex(digest))
        }
        gazette.publish(by=by, kind=SHARE, key=digest, body=said, seen=_seen(SHARE, digest))
        sending.keep(digest=digest, share=share)
        # Given once: this room keeps nothing with which another part could be made. The messages
        # that carried the secrets stay, sealed, as long as every message does.
        SumSeed.objects.filter(round=digest).delete()


def _one_at_a_time() -> None:
    """Until the transaction ends nobody else gives a part here: each looks at what was given."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('ayni.statistics.sums'))")


def _masked(known: Known, row: Sequence[int]) -> bytes:
    rows = SumSeed.objects.select_for_update().filter(round=known.digest)
    return masks.packed(
        masks.masked(
            row,
            state=members.this_node(),
            states=known.round.declared.states,
            seeds={each.state: _secret(each) for each in rows},
            round_digest=bytes.fromhex(known.digest),
        )
    )


def _remember(known: Known) -> None:
    about = known.round.declared
    SumGiven.objects.create(
        round=known.digest,
        population=about.population,
        table=about.table,
        first=about.first,
        last=about.last,
        states=list(about.states),
        given_at=clock.now(),
    )


def withdraw(*, by: Actor, digest: str) -> None:
    """Take back this state's part before every part is there: the sum is not made. Raises
    `NotAllowed`, `UnknownRound`, what `rounds.check_may_withdraw` and `gazette.withdraw` raise."""
    members.check_may(by, Permission.SUM_GIVE)
    known = known_round(digest)
    rounds.check_may_withdraw(known.round, state=members.this_node())
    with audit.act(by=by, verb="statistics.withdraw_from_sum", subject=digest):
        # First the part, then the announcement: in the order in which the job takes them.
        sending.forget(digest)
        gazette.withdraw(by=by, kind=SHARE, key=digest, seen=_seen(SHARE, digest))


def receive_seed(*, by: Actor, received: exchange.Received) -> None:
    """Keep the secret that the first state of a pair has made. A second one for the same pair and
    round changes nothing: masks may rest on the first. Raises `NotTheGiver`, `TooManyKept`: the
    message is set aside with that reason, its sender is told, and it can be taken in later."""
    told, sender, here = received.payload, received.sender, members.this_node()
    if masks.giver(sender, here) != sender or sender == here:
        raise NotTheGiver
    secret = base64.b64decode(told["seed"], validate=True)
    with audit.act(by=by, verb="statistics.keep_sum_secret", subject=received.message) as act:
        held = SumSeed.objects.filter(state=sender)
        kept = not held.filter(round=told["round"]).exists()
        if kept and held.count() >= MOST_HELD:
            raise TooManyKept(state=sender, kept=MOST_HELD)
        act.note(kept=kept)
        if kept:
            _keep(told["round"], sender, secret)


def _check_stands(known: Known) -> None:
    if known.standing(clock.now()) is Standing.ENDED:
        raise TooLate


def _answer(by: Actor, digest: str, **said: object) -> None:
    gazette.publish(
        by=by,
        kind=ANSWER,
        key=digest,
        body=said,
        seen=_seen(ANSWER, digest),
    )


def _seen(kind: str, digest: str) -> int:
    found = gazette.one(owner=members.this_node(), kind=kind, key=digest)
    return 0 if found is None else found.said.version


def _send_seed(by: Actor, digest: str, other: str) -> None:
    row = SumSeed.objects.filter(round=digest, state=other).first()
    secret = masks.new_seed() if row is None else _secret(row)
    if row is None:
        _keep(digest, other, secret)
    exchange.send_to_node(
        by=by,
        node=other,
        kind=SEED_MESSAGE.name,
        payload={"round": digest, "seed": base64.b64encode(secret).decode()},
        must=True,
    )


def _keep(digest: str, state: str, secret: bytes) -> None:
    row = SumSeed(round=digest, state=state)
    row.seal(vault.node_sealer(), secret=base64.b64encode(secret).decode())
    row.save()


def _secret(row: SumSeed) -> bytes:
    return base64.b64decode(str(row.unseal(vault.node_sealer())["secret"]))
