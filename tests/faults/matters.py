"""What officers do beside referring: they tell many of somebody missing and take it back, ask about
a person whom both sides know, and withdraw what she agreed to. All persons are invented."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from ayni.alerts import api as alerts
from ayni.cooperation import api as cooperation
from ayni.cooperation.attached import Attachment, Standing
from ayni.cooperation.models import ConsentEffect, FirstReading, Referral, Request
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.members import api as members
from tests.alerts.stories import SEEN
from tests.faults.dice import Dice
from tests.faults.filing import Filing

QUESTION = "signed_paper"  # tells nothing of the person: no consent is needed for its answer
_OTHER = {"ar": "bo", "bo": "ar"}
_LOOKED_AT = 40  # of the newest
_STAYS = 4  # one alert of so many is not taken back
_AT_LEAST = 3  # referrals under a consent that is withdrawn
_ENDS = 3  # one consent of so many is
_TAKEN_ON = ("accepted", "first_action", "outcome", "feedback", "done")


class Matters(Filing):
    """Beside the rest of an office."""

    node: str
    dice: Dice
    done: Counter[str]

    def _matter_step(self) -> bool:
        """The next step of what is no referral; False if there is none."""
        return (
            self._answer_question()
            or self._say_kept()
            or self._read_alert()
            or self._recall()
            or (not self.dice.below(6) and self._withdraw())
        )

    # -- somebody is missing

    def _warn(self, case_id: Any) -> None:
        """Tell two institutions of the other state."""
        officer, other = self._officer("oficial"), _OTHER[self.node]
        by = members.actor_of(officer)
        with members.acting(officer.institution_id):
            draft = alerts.draft_alert(
                by=by, case_id=case_id, why_unasked="reported", search=SEEN,
                to=[f"{other}-consulate-{self.node}", f"{other}-programme"],
                until=clock.now() + timedelta(days=7),
            )  # fmt: skip
            alerts.issue_alert(by=by, alert_id=draft.id)
        self.done["alerts"] += 1

    def _read_alert(self) -> bool:
        consul = self._officer("consul")
        with members.acting(consul.institution_id):
            unread = alerts.ReceivedAlert.objects.filter(removed_at=None).exclude(
                id__in=FirstReading.objects.values("about")
            )
            row = unread.order_by("received_at").first()
            if row is None:
                return False
            alerts.open_received(by=members.actor_of(consul), alert_id=row.id)
        self.done["alerts read"] += 1
        return True

    def _recall(self) -> bool:
        """Take one back that everybody has."""
        officer = self._officer("oficial")
        with members.acting(officer.institution_id):
            issued = alerts.Alert.objects.filter(state="issued").order_by("-issued_at")
            for alert in issued[:_LOOKED_AT]:
                if alert.id.int % _STAYS == 0:
                    continue
                copies = [str(each) for each in alert.copies.values_list("id", flat=True)]
                there = OutgoingMessage.objects.filter(
                    kind="alert.issue", subject__in=copies, state="delivered"
                )
                if there.count() < len(copies):
                    continue
                alerts.recall_alert(by=members.actor_of(officer), alert_id=alert.id, reason="found")
                self.done["alerts recalled"] += 1
                return True
        return False

    # -- a question with its answer

    def _ask(self) -> bool:
        """Ask about somebody whom the other side has taken on; False where there is nobody new."""
        officer, other = self._officer("oficial"), _OTHER[self.node]
        with members.acting(officer.institution_id):
            asked = Request.objects.filter(direction="out").values("case_id")
            shared = Referral.objects.filter(direction="out", state__in=_TAKEN_ON)
            row = shared.exclude(case_id__in=asked).order_by("-created_at").first()
            if row is None:
                return False
            cooperation.ask_inquiry(
                by=members.actor_of(officer), case_id=row.case_id, kind="information",
                recipient_state=other, recipient_institution=row.counterpart_institution,
                questions=[QUESTION],
            )  # fmt: skip
        self.done["questions"] += 1
        return True

    def _answer_question(self) -> bool:
        consul = self._officer("consul")
        by = members.actor_of(consul)
        with members.acting(consul.institution_id):
            row = (
                Request.objects.filter(
                    direction="in", kind="information", state__in=["received", "accepted"]
                )
                .order_by("created_at")
                .first()
            )
            if row is None:
                return False
            if row.state == "received":
                cooperation.accept_request(by=by, request_id=row.id)
                return True
            said = ("yes", "no")[int(row.conversation, 16) % 2]
            cooperation.answer_inquiry(by=by, request_id=row.id, answers={QUESTION: said})
        self.done["questions answered"] += 1
        return True

    # -- she no longer agrees

    def _withdraw(self) -> bool:
        """Withdraw a consent under which all that was sent is there."""
        officer = self._officer("oficial")
        with members.acting(officer.institution_id):
            latest = Referral.objects.filter(direction="out", consent_id__isnull=False)
            known = list(latest.order_by("-created_at")[:_LOOKED_AT])
            ended = set(
                ConsentEffect.objects.filter(direction="out").values_list("consent_id", flat=True)
            )
            for consent in sorted({row.consent_id for row in known if row.consent_id} - ended):
                under = [row for row in known if row.consent_id == consent]
                if consent.int % _ENDS or len(under) < _AT_LEAST:
                    continue
                if _all_there(under):
                    cooperation.withdraw_consent(
                        by=members.actor_of(officer), consent_id=consent, case_id=under[0].case_id
                    )
                    self.done["consents withdrawn"] += 1
                    return True
        return False

    def _say_kept(self) -> bool:
        """Say why it is kept what became a case here; what did not the software has destroyed."""
        consul = self._officer("consul")
        with members.acting(consul.institution_id):
            row = ConsentEffect.objects.filter(direction="in", effect="").order_by("due_at").first()
            if row is None:
                return False
            cooperation.confirm_effect(
                by=members.actor_of(consul), effect_id=row.id, effect="kept", reason="proceedings"
            )
        self.done["consents heard"] += 1
        return True


def _all_there(rows: list[Referral]) -> bool:
    """Whether nothing of these has still to leave or to arrive."""
    left = {row.state for row in rows}.isdisjoint({"draft", "approved", "sent"})
    files = Attachment.objects.filter(about__in=[row.id for row in rows], direction="out")
    return left and not files.exclude(standing=Standing.ARRIVED).exists()
