"""How a referral comes to be, through `api`. All persons are invented."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange import models
from ayni.lib import clock
from ayni.members import api as members
from tests.cases.stories import a_case, a_consent
from tests.cast import assemble
from tests.exchange.peer import CONSULATE, Peer, found

FIELDS = frozenset({"birth", "needs", "name_as_written", "tracks", "citizenships"})


def a_consented_case(
    by: Actor, *, state: str = "ar", institution: str = "ar-shelter", **known: Any
) -> cases.Case:
    """A case with her consent that this institution receives `FIELDS`."""
    consent = known.pop("consent", {})
    case = a_case(by, **known)
    a_consent(
        by,
        case,
        recipient_state=state,
        recipient_institution=institution,
        **{"fields": FIELDS, **consent},
    )
    return case


def a_draft(by: Actor, case: cases.Case, **changed: Any) -> cooperation.Referral:
    """A draft to the shelter."""
    usual: dict[str, Any] = {
        "recipient_state": "ar",
        "recipient_institution": "ar-shelter",
        "fields": FIELDS,
    }
    return cooperation.draft_referral(by=by, case_id=case.id, **{**usual, **changed})


def a_sent_referral(by: Actor, **known: Any) -> cooperation.Referral:
    """A referral in the shelter's inbox."""
    return sent_by_two(by, a_draft(by, a_consented_case(by, **known)))


def sent_by_two(by: Actor, draft: cooperation.Referral) -> cooperation.Referral:
    """Send a draft; Luis agrees before where a second officer must."""
    if cooperation.preview_referral(by=by, referral_id=draft.id).needs_second:
        luis = members.actor_of(assemble().luis)
        cooperation.second_officer(by=luis, referral_id=draft.id)
    return cooperation.send_referral(by=by, referral_id=draft.id)


def the_protection_ends(first: Actor, second: Actor, case: cases.Case, states: list[str]) -> None:
    """One officer asks for it, another one agrees."""
    asked = cooperation.ask_protection_end(
        by=first, case_id=case.id, states=states, reason="Invented reason."
    )
    cooperation.decide_protection_end(by=second, case_id=case.id, end_id=asked.id, agree=True)


def tells(bolivia: Peer, row: Any, moves: list[tuple[str, dict[str, Any]]], kind: str) -> None:
    """Bolivia's node tells these moves of a referral or request, in this order."""
    for sequence, (move, detail) in enumerate(moves, 1):
        payload = {"move": move, "at": clock.isoformat(clock.now()), **detail}
        raw = bolivia.seal(payload, sequence=sequence, kind=kind, conversation=row.conversation)
        reply = exchange.receive(raw=raw, signed_by="bo")
        assert reply.receipt is not None
        assert reply.receipt["body"]["state"] == "applied"


def shared_with(by: Actor, bolivia: Peer, side: str, **known: Any) -> cooperation.Referral:
    """A referral that Bolivia's consulate has accepted."""
    case = a_consented_case(by, state="bo", institution=CONSULATE, side=side, **known)
    draft = a_draft(by, case, recipient_state="bo", recipient_institution=CONSULATE)
    sent = cooperation.send_referral(by=by, referral_id=draft.id)
    exchange.drain(peer="bo")
    tells(bolivia, sent, [("arrive", {}), ("read", {}), ("accept", {})], "referral.state")
    return sent


def forget_messages() -> None:
    """Tests of two nodes commit, as two processes would."""
    for model in (
        models.OutgoingMessage,
        models.IncomingMessage,
        models.Conversation,
        models.PeerState,
        models.KeySheetDocument,
        models.DirectoryDocument,
    ):
        model.objects.all().delete()


@contextmanager
def bolivias_node() -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours; of a test that commits."""
    forget_messages()
    peer = Peer()
    found(peer)
    try:
        yield peer
    finally:
        peer.stop()
