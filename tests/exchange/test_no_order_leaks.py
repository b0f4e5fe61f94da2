"""No order of grant, withdraw, queue, retry and deliver sends a field that is not covered at the
moment of sending: any story of such events over the real outbox, with a real peer behind HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage, PeerState, RestingConversation
from ayni.lib import clock
from tests.exchange import kinds, rests
from tests.exchange.peer import CONSULATE, Peer

BY = audit.job("tests")
FIELDS = ("birth", "documents", "needs")
SUBJECTS = ("case-1", "case-2")


@dataclass
class Consents:
    """What is allowed at this moment, by subject: the truth that the exchange must follow."""

    covered: dict[str, frozenset[str]] = field(default_factory=dict)

    def tell(self) -> None:
        """Put the answers where the room would give them."""
        kinds.answer.clear()
        for subject in SUBJECTS:
            if subject not in self.covered:
                kinds.answer[subject] = "consent_withdrawn"


class Story:
    """Argentina's outbox, a person who changes her mind, a peer that comes and goes."""

    peer: ClassVar[Peer]

    def __init__(self) -> None:
        OutgoingMessage.objects.all().delete()
        PeerState.objects.all().delete()
        RestingConversation.objects.all().delete()
        self.consents = Consents(dict.fromkeys(SUBJECTS, frozenset(FIELDS)))
        self.consents.tell()
        self.leaked: list[tuple[str, frozenset[str]]] = []
        self.settled: dict[str, str] = {}
        self.peer.answers, self.peer.loses_receipts = True, False
        self.peer.on_take = self._taken

    def _taken(self, payload: dict[str, Any]) -> None:
        """At the moment at which it arrives, on the peer's side."""
        subject, fields = payload["step"], frozenset(payload["data"])
        if not fields <= self.consents.covered.get(subject, frozenset()):
            self.leaked.append((subject, fields))

    def consent(self, subject: str) -> None:
        """She allows all fields, from now on."""
        self.consents.covered[subject] = frozenset(FIELDS)
        self.consents.tell()

    def withdraw(self, subject: str) -> None:
        """She withdraws; nobody recalls what is queued."""
        self.consents.covered.pop(subject, None)
        self.consents.tell()

    def withdraw_and_recall(self, subject: str) -> None:
        """She withdraws, and what is queued is cancelled at once."""
        self.consents.covered.pop(subject, None)
        self.consents.tell()
        exchange.cancel(by=BY, subject=subject, peers=None, reason="consent_withdrawn")

    def queue(self, subject: str, sent: frozenset[str], granted: frozenset[str]) -> None:
        """A message under a grant that may cover too little, or nothing any more."""
        covered = self.consents.covered.get(subject, frozenset())
        grant = exchange.Grant(
            id="g",
            recipient="bo",
            recipient_institution=CONSULATE,
            purpose="refer",
            fields=granted & covered,
            basis="consent:c",
            valid_until=clock.now() + timedelta(days=1),
        )
        try:
            exchange.queue(
                by=BY,
                kind="test.note",
                recipient="bo",
                recipient_institution=CONSULATE,
                institution="ar-programme",
                payload={"data": dict.fromkeys(sent, 1), "step": subject},
                grant=grant,
                conversation=exchange.new_conversation(),
                subject=subject,
            )
        except exchange.NotGranted:
            assert not sent <= grant.fields
        else:
            assert sent <= grant.fields

    def peer_changes(self, down: bool, loses: bool) -> None:
        """The other node goes down, comes back, or loses what it answers."""
        self.peer.answers, self.peer.loses_receipts = not down, loses

    def deliver(self) -> None:
        """An attempt, whatever the back-off says."""
        rests.are_over()
        exchange.drain(peer="bo")

    def nothing_uncovered_has_left(self) -> None:
        """The promise."""
        assert self.leaked == []

    def what_is_settled_stays_so(self) -> None:
        """Cancelled leaves no envelope; nothing settled moves again."""
        for row in OutgoingMessage.objects.exclude(state="queued"):
            assert self.settled.setdefault(row.message, row.state) == row.state
            assert (row.envelope is None) == (row.state == "cancelled")


_SUBJECT = st.sampled_from(SUBJECTS)
_SOME = st.frozensets(st.sampled_from(FIELDS), min_size=1, max_size=2)
_GRANTED = st.sampled_from([frozenset(FIELDS)] * 3 + [frozenset(), frozenset({"needs"})])
EVENTS = st.one_of(
    st.tuples(st.just("queue"), _SUBJECT, _SOME, _GRANTED),
    st.tuples(st.just("deliver")),
    st.tuples(st.sampled_from(["consent", "withdraw", "withdraw_and_recall"]), _SUBJECT),
    st.tuples(st.just("peer_changes"), st.booleans(), st.booleans()),
)


@pytest.mark.database_room
@given(events=st.lists(EVENTS, min_size=15, max_size=40))
@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_order_of_events_sends_what_is_not_covered_at_that_moment(
    bolivia: Peer, events: list[tuple[Any, ...]]
) -> None:
    Story.peer = bolivia
    story = Story()
    for name, *arguments in events:
        getattr(story, name)(*arguments)
        story.nothing_uncovered_has_left()
        story.what_is_settled_stays_so()


@pytest.mark.database_room
def test_the_story_can_deliver_and_can_be_stopped(bolivia: Peer) -> None:
    """The test above would hold for an exchange that never sends."""
    Story.peer = bolivia
    story = Story()
    needs, every = frozenset({"needs"}), frozenset(FIELDS)
    story.queue("case-1", needs, every)
    story.queue("case-2", needs, every)
    story.withdraw("case-2")
    story.deliver()

    assert [p["step"] for p in bolivia.read] == ["case-1"]
