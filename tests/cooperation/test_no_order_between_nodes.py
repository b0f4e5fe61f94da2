"""No order of actions breaks the rules for consent, children and fear between two nodes.

Real consents, drafts, officers, queue and HTTP; a second node and the secretariat's behind it. What
arrives is judged at the moment at which it arrives, by the rules said as plainly as they can be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange import envelope
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.lib.errors import Refused
from ayni.members import api as members
from tests.cases.stories import ADULT, CHILD, OF_UNKNOWN_AGE, a_case, a_consent
from tests.cast import assemble
from tests.cooperation.stories import the_protection_ends
from tests.exchange import rests
from tests.exchange.peer import CONSULATE, Peer

FIELDS = ("birth", "citizenships", "needs")
ALL = frozenset(FIELDS)
TO = {"recipient_state": "bo", "recipient_institution": CONSULATE}


@dataclass
class Truth:
    """What holds at this moment."""

    child: bool = False
    consents: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    feared: frozenset[str] = frozenset()
    agreed: set[str] = field(default_factory=set)

    def covers(self, fields: frozenset[str]) -> bool:
        """Whether a consent that counts for this person covers these fields."""
        return any(
            fields <= named for by, named in self.consents if by == "guardian" or not self.child
        )


class Story:
    """Argentina's programme, Bolivia's node, the secretariat's node."""

    bolivia: ClassVar[Peer]
    secretariat: ClassVar[Peer]

    def __init__(self, ana: Actor, luis: Actor, person: dict[str, Any]) -> None:
        OutgoingMessage.objects.all().delete()
        PeerState.objects.all().delete()
        self.ana, self.luis = ana, luis
        self.truth = Truth(child=person is not ADULT)
        self.case = a_case(ana, person=person)
        self.drafts: list[Any] = []
        self.conversations: dict[str, str] = {}
        self.wrong: list[str] = []
        self.arrived = 0
        self.bolivia.answers = self.secretariat.answers = True
        self.bolivia.on_take, self.secretariat.on_take = self._reaches_bolivia, self._is_a_clock

    def _reaches_bolivia(self, payload: dict[str, Any]) -> None:
        """Judged on Bolivia's side, at that moment."""
        if "bo" in self.truth.feared:
            self.wrong.append("a feared state received something")
        if "data" not in payload:
            return
        sent = frozenset(payload["data"]) - {"never"}
        self.arrived += bool(sent)
        if not self.truth.covers(sent):
            self.wrong.append(f"{sorted(sent)} without a consent")
        if not self.truth.feared <= set(payload["data"].get("never", [])):
            self.wrong.append("the states that she fears were not named")
        conversation = envelope.parse(self.bolivia.raw[-1]).header.conversation
        if self.truth.child and self.conversations[conversation] not in self.truth.agreed:
            self.wrong.append("a child's data by one officer")

    def _is_a_clock(self, payload: dict[str, Any]) -> None:
        if self.truth.feared:
            self.wrong.append("a clock of a case under protection")
        if set(payload) != {"id", "owing", "owed", "kind", "due", "done"}:
            self.wrong.append("a clock that tells more")

    def consent(self, by: str, fields: frozenset[str]) -> None:
        """She agrees, or her guardian does."""
        view = "" if by == "person" else "Invented view."
        a_consent(self.ana, self.case, given_by=by, own_view=view, fields=fields, **TO)
        self.truth.consents.append((by, fields))

    def withdraw(self) -> None:
        """All consents are withdrawn; nobody recalls what is queued."""
        for consent in self.case.consents.filter(withdrawn_at=None):
            cases.withdraw_consent(by=self.ana, consent_id=consent.id)
        self.truth.consents.clear()

    def draft(self, fields: frozenset[str]) -> None:
        """A draft of these fields."""
        row = cooperation.draft_referral(by=self.ana, case_id=self.case.id, fields=fields, **TO)
        self.drafts.append(row.id)
        self.conversations[row.conversation] = str(row.id)

    def agree(self) -> None:
        """Luis agrees to the last draft."""
        if self.drafts:
            cooperation.second_officer(by=self.luis, referral_id=self.drafts[-1])
            self.truth.agreed.add(str(self.drafts[-1]))

    def send(self) -> None:
        """The last draft is sent."""
        if self.drafts:
            cooperation.send_referral(by=self.ana, referral_id=self.drafts[-1])

    def refer(self, by: str, second: bool) -> None:
        """From consent to queue in one go: what follows finds something that waits."""
        self.consent(by, ALL)
        self.draft(ALL)
        if second:
            self.agree()
        self.send()

    def take_back(self) -> None:
        """The last one is withdrawn."""
        if self.drafts:
            cooperation.withdraw_referral(
                by=self.ana, referral_id=self.drafts[-1], reason="mistake"
            )

    def fear(self, states: frozenset[str]) -> None:
        """The protection is begun, widened or, by two officers, ended."""
        ended = sorted(self.truth.feared - states)
        if states:
            cooperation.protect(by=self.ana, case_id=self.case.id, states=states)
            self.truth.feared |= states
        if ended:
            the_protection_ends(self.ana, self.luis, self.case, ended)
        self.truth.feared = states

    def grows_up(self) -> None:
        """Her age becomes known: she is of age."""
        self._is(ADULT, child=False)

    def is_a_child(self) -> None:
        """It turns out that she is a child."""
        self._is(CHILD, child=True)

    def _is(self, person: dict[str, Any], *, child: bool) -> None:
        row = cases.Person.objects.get(id=self.case.person_id)
        cases.correct_person(
            by=self.ana, person_id=row.id, version=row.version, details={"birth": person["birth"]}
        )
        self.truth.child = child

    def deliver(self, down: bool) -> None:
        """An attempt to each node, whatever the back-off says."""
        self.bolivia.answers = not down
        for node in ("bo", "secretariat"):
            rests.are_over()
            exchange.drain(peer=node)


_SOME = st.frozensets(st.sampled_from(FIELDS), min_size=1)
_FEARED = st.sampled_from([frozenset(), frozenset({"bo"}), frozenset({"pe"})])
EVENTS = st.one_of(
    st.tuples(st.just("refer"), st.sampled_from(["person", "guardian"]), st.booleans()),
    st.tuples(st.just("consent"), st.sampled_from(["person", "guardian"]), _SOME),
    st.tuples(st.just("draft"), _SOME),
    st.tuples(st.sampled_from(["agree", "send", "withdraw", "take_back"])),
    st.tuples(st.sampled_from(["grows_up", "is_a_child", "withdraw"])),
    st.tuples(st.just("fear"), _FEARED),
    st.tuples(st.just("deliver"), st.booleans()),
)


def _run(platform: tuple[Peer, Peer], person: dict[str, Any], events: list[Any]) -> Story:
    Story.bolivia, Story.secretariat = platform
    cast = assemble()
    ana, luis = members.actor_of(cast.ana), members.actor_of(cast.luis)
    with members.acting(cast.programme.id):
        story = Story(ana, luis, person)
        for name, *arguments in events:
            try:
                getattr(story, name)(*arguments)
            except Refused:
                continue
            assert story.wrong == [], name
    return story


@pytest.mark.database_room
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    person=st.sampled_from([ADULT, CHILD, OF_UNKNOWN_AGE]),
    events=st.lists(EVENTS, min_size=12, max_size=30),
)
def test_no_order_of_actions_lets_out_what_the_rules_forbid(
    platform: tuple[Peer, Peer], person: dict[str, Any], events: list[Any]
) -> None:
    _run(platform, person, events)


@pytest.mark.parametrize(
    ("person", "events", "arrived"),
    [
        (ADULT, [("consent", "person", ALL), ("draft", ALL), ("send",)], 1),
        (CHILD, [("consent", "guardian", ALL), ("draft", ALL), ("agree",), ("send",)], 1),
        (CHILD, [("consent", "guardian", ALL), ("draft", ALL), ("send",)], 0),
        (CHILD, [("consent", "person", ALL), ("draft", ALL), ("send",)], 0),
        (ADULT, [("refer", "person", False), ("withdraw",)], 0),
        (ADULT, [("refer", "person", False), ("is_a_child",)], 0),
        (ADULT, [("refer", "person", False), ("fear", frozenset({"bo"}))], 0),
        (ADULT, [("refer", "person", False), ("fear", frozenset({"pe"}))], 0),
        (ADULT, [("fear", frozenset({"pe"})), ("refer", "person", False)], 1),
    ],
)
def test_the_story_delivers_what_is_allowed_and_nothing_else(
    platform: tuple[Peer, Peer], person: dict[str, Any], events: list[Any], arrived: int
) -> None:
    """The test above would hold for a node that never sends."""
    story = _run(platform, person, [*events, ("deliver", False)])

    assert story.arrived == arrived
    assert story.wrong == []
