"""No order of actions breaks the rules for children and fear: against a simple reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.lib.errors import Refused
from ayni.members import api as members
from tests.cases.stories import ADULT, CHILD, OF_UNKNOWN_AGE, a_case, a_consent
from tests.cast import Cast
from tests.cooperation.stories import FIELDS, a_draft, the_protection_ends

ACTIONS = st.lists(
    st.sampled_from(
        ["consent", "guardian", "withdraw", "draft", "agree", "agree_oneself", "send", "fear",
         "trust"]
    ),
    min_size=4,
    max_size=12,
)  # fmt: skip


@dataclass
class Reference:
    """The rules, as plainly as they can be said."""

    child: bool
    consents: list[str] = field(default_factory=list)
    draft: str = ""
    second: bool = False
    feared: bool = False
    sent: int = 0

    def may(self, action: str) -> bool:
        """Whether the rules let this action through."""
        if action == "consent":
            return not self.child
        if action in ("draft", "agree", "send") and (self.feared or not self.consents):
            return False
        if action in ("agree", "send") and not self.draft:
            return False
        if action == "agree":
            return not self.second
        if action == "send":
            return self.second or not self.child
        return action != "agree_oneself"

    def did(self, action: str) -> None:
        """What is true afterwards."""
        match action:
            case "consent" | "guardian":
                self.consents.append(action)
            case "withdraw":
                self.consents.clear()
            case "draft":
                self.draft, self.second = "draft", False
            case "agree":
                self.second = True
            case "send":
                self.draft, self.second, self.sent = "", False, self.sent + 1
            case "fear":
                self.feared, self.draft, self.second = True, "", False
            case "trust":
                self.feared = False


def _act(action: str, ana: Actor, luis: Actor, case: cases.Case, drafts: list[Any]) -> None:
    to = {"recipient_state": "ar", "recipient_institution": "ar-shelter", "fields": FIELDS}
    match action:
        case "consent":
            a_consent(ana, case, **to)
        case "guardian":
            a_consent(ana, case, given_by="guardian", own_view="Invented view.", **to)
        case "withdraw":
            for consent in case.consents.filter(withdrawn_at=None):
                cases.withdraw_consent(by=ana, consent_id=consent.id)
        case "draft":
            drafts.append(a_draft(ana, case).id)
        case "agree" | "agree_oneself" | "send":
            if not drafts:
                raise Refused
            by = luis if action == "agree" else ana
            verb = cooperation.send_referral if action == "send" else cooperation.second_officer
            verb(by=by, referral_id=drafts[-1])
        case "fear":
            cooperation.protect(by=ana, case_id=case.id, states=["ar"])
        case "trust":
            if cooperation.open_protection(by=ana, case_id=case.id).states:
                the_protection_ends(ana, luis, case, ["ar"])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(person=st.sampled_from([ADULT, CHILD, OF_UNKNOWN_AGE]), actions=ACTIONS)
def test_nothing_leaves_against_the_rules(
    cast: Cast, person: dict[str, Any], actions: list[str]
) -> None:
    ana, luis = members.actor_of(cast.ana), members.actor_of(cast.luis)
    rules = Reference(child=person is not ADULT)
    drafts: list[Any] = []
    with members.acting(cast.programme.id):
        case = a_case(ana, person=person)
        for action in actions:
            allowed = rules.may(action)
            try:
                _act(action, ana, luis, case, drafts)
            except Refused:
                assert not allowed, action
            else:
                assert allowed, action
                rules.did(action)
            left = Referral.objects.filter(case=case, sent_at__isnull=False)
            assert left.count() == rules.sent
            for row in left:
                assert not rules.child or row.second_officer not in ("", row.written_by)
