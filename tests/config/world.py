"""One thing of every kind that stands in an address, of Argentina's programme, made through `api`;
an officer of every role there and in another institution of the same node. All invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Role
from ayni.own import api as her_page
from ayni.protocol import api as protocol
from ayni.statistics import api as statistics
from tests.alerts.stories import one_of_each
from tests.cases.stories import a_case, a_consent, a_decided_notice, a_notice
from tests.cast import Cast, an_institution, an_officer, assemble, enter
from tests.config.return_calls import a_plan, an_assessment
from tests.cooperation.files import a_picture
from tests.cooperation.stories import a_consented_case, a_draft
from tests.cooperation.untaken import an_untaken_request
from tests.exchange.trail import an_alarm
from tests.incidents.stories import decided
from tests.protocol.registry import version_kept_here
from tests.statistics.stories import an_edition, load
from tests.support.stories import kept_here

FIELDS = frozenset({"birth", "needs", "name_as_written", "tracks", "citizenships"})


@dataclass(slots=True)
class World:
    """Ids by the names that addresses use, and a signed-in browser of each officer."""

    cast: Cast
    other: members.Institution
    ids: dict[str, Any] = field(default_factory=dict)
    browsers: dict[tuple[Role, bool], Client] = field(default_factory=dict)

    def make(self) -> None:
        """Everything of the programme, then the browsers."""
        by = members.actor_of(self.cast.ana)
        with members.acting(by.institution):
            self._cases(by)
            self._referrals(by)
            protocol.begin_post(by=by)
            run = load(audit.job("import-linea145", by.institution))
            self.ids["reading_id"] = self._too_much(by)
        self.ids |= {"load_id": run.id, "alarm_id": an_alarm(), "edition_id": an_edition().id}
        kept_here()
        version_kept_here()
        with members.acting(by.institution):
            self.ids["incident_id"] = decided(
                members.actor_of(self.cast.dora), notify=True, tell_persons=True
            ).id
        for role in Role:
            self._officers(role)
        self.ids["release"] = self._release()
        there = members.actor_of(an_officer("consular-officer-other", self.other))
        with members.acting(self.other.id):
            protocol.begin_post(by=there)

    def _release(self) -> UUID:
        """Proposed by a statistician, of what the hotline's files gave."""
        office = members.actor_of(an_officer("tomas", self.cast.programme, Role.STATISTICIAN))
        self.ids["statistician"] = UUID(office.id)
        return statistics.propose_release(
            by=office, source="linea145", population="linea145_reports"
        ).id

    def _cases(self, by: Actor) -> None:
        self.ids["notice_id"] = a_notice(by).id
        self.ids["decided_notice"] = a_decided_notice(by).id
        case, second = a_case(by), a_case(by)
        self.ids |= {
            "case_id": case.id,
            "consent": a_consent(by, case).id,
            "second_case": second.id,
            "second_consent": a_consent(by, second).id,
            "event": self._event(by, case.id),
            "delay_id": her_page.delay(
                by=by,
                case_id=case.id,
                whom=her_page.NODE + "pe",
                ground="court_order",
                order="Invented.",
                until=clock.now() + timedelta(days=3),
            ).id,
            "second_event": self._event(by, second.id),
            "access_id": self._broken(case.id),
            "officer_id": self._let_in(by, case.id, "carla"),
            "second_officer": self._let_in(by, second.id, "delia"),
            "end_id": self._end(by, case.id),
            "second_end": self._end(by, second.id),
        }

    def _let_in(self, by: Actor, case_id: UUID, name: str) -> UUID:
        officer = an_officer(name, self.cast.programme)
        return cases.let_in(by=by, case_id=case_id, officer_id=officer.id).officer_id

    def _too_much(self, by: Actor) -> UUID:
        """An officer stood before more closed cases than is usual."""
        other = members.actor_of(an_officer("bruno", self.cast.programme))
        for _ in range(6):
            cases.why_closed(by=other, case_id=a_case(by).id)
        cases.notice_readings(by=audit.job("tests", by.institution), now=clock.now())
        return cases.reading_alarms(by=members.actor_of(self.cast.dora))[0].id

    def _broken(self, case_id: UUID) -> UUID:
        """Another officer broke the glass for a case, and let it go again."""
        other = members.actor_of(an_officer("bruno", self.cast.programme))
        broken = cases.break_glass(by=other, case_id=case_id, reason="Invented: nobody is there.")
        cases.let_out(by=other, case_id=case_id, officer_id=UUID(other.id))
        return broken.id

    @staticmethod
    def _end(by: Actor, case_id: UUID) -> UUID:
        cooperation.protect(by=by, case_id=case_id, states=["py"])
        asked = cooperation.ask_protection_end(
            by=by, case_id=case_id, states=["py"], reason="Invented."
        )
        return asked.id

    @staticmethod
    def _event(by: Actor, case_id: UUID) -> UUID:
        cases.record_step(
            by=by, case_id=case_id, step="3.1", kind="done", answers={"language": "es"}
        )
        return UUID(protocol.events_of(case_id)[-1].event.id)

    def _referrals(self, by: Actor) -> None:
        self.ids["draft"] = a_draft(by, a_consented_case(by)).id
        abroad = {"state": "uy", "institution": "uy-consulate-ar"}  # without a node
        to = {f"recipient_{name}": code for name, code in abroad.items()}
        letter = a_draft(by, a_consented_case(by, **abroad), **to).id
        cooperation.send_letter(by=by, referral_id=letter, addressee="Invented", language="es")
        self.ids["letter"] = letter
        files = {"fields": FIELDS | {cases.ATTACHMENTS}}
        filed = a_draft(by, a_consented_case(by, consent=files))
        sent = cooperation.send_referral(by=by, referral_id=filed.id)
        sol = members.actor_of(self.cast.sol)
        with members.acting(sol.institution):
            theirs = cooperation.incoming(by=sol)[0].id
            cooperation.mark_read(by=sol, referral_id=theirs)
            cooperation.search_earlier(by=sol, referral_id=theirs)
            accepted = cooperation.accept_referral(by=sol, referral_id=theirs)
            assert accepted.case is not None
            a_consent(
                sol, accepted.case, recipient_state="ar", recipient_institution="ar-programme",
                fields=FIELDS,
            )  # fmt: skip
            back = a_draft(sol, accepted.case, recipient_institution="ar-programme")
            cooperation.send_referral(by=sol, referral_id=back.id)
        assert sent.case is not None
        asked = cooperation.send_request(
            by=by, case_id=sent.case.id, recipient_state="ar", recipient_institution="ar-shelter"
        )
        self.ids |= {
            "referred_case": sent.case.id,
            "request_id": asked.id,
            "incoming": cooperation.incoming(by=by)[0].id,
        }
        self.ids["untaken_request"] = an_untaken_request(by).id
        self._files(by, sent.id, asked.id, files)
        self._pauses(by, sol)
        self.ids |= one_of_each(by)
        self.ids["assessment_id"] = an_assessment(by, self.ids["letter"])
        self.ids["plan_id"] = a_plan(by, self.ids["letter"])
        self.ids["effect_id"] = ConsentEffect.objects.create(
            institution_id=by.institution, direction="in", about=self.ids["incoming"],
            case=sent.case, subject=sent.case.subject, shared_id="e" * 32, counterpart_state="ar",
            counterpart_institution="ar-shelter", ended_at=clock.now(), due_at=clock.now(),
        ).id  # fmt: skip
        self.ids["right_id"] = cooperation.ask_right(by=by, case_id=sent.case.id, right="access").id

    def _files(self, by: Actor, sent: UUID, asked: UUID, named: dict[str, Any]) -> None:
        """One file with a referral, one with a request, one with another referral."""
        other = a_draft(by, a_consented_case(by, consent=named))
        cooperation.send_referral(by=by, referral_id=other.id)
        self.ids["filed"] = sent
        for name, about in (("file", sent), ("request_file", asked), ("second_file", other.id)):
            writer = cooperation.IncomingFile()
            writer.write(a_picture())
            one = cooperation.attach(by=by, about_id=about, file=writer, what="photo")
            self.ids[name] = one.id

    def _pauses(self, by: Actor, sol: Actor) -> None:
        """One that runs and one that the shelter asks us for, of each kind; one that we ask for."""
        told: dict[str, Any] = {
            "reason": "awaiting_documents",
            "until": clock.hour_up(clock.now()) + timedelta(days=3),
        }
        for wanted in ("runs", "pause"):
            with members.acting(sol.institution):
                back = cooperation.outgoing(by=sol)[0].id
                cooperation.ask_pause(by=sol, about_id=back, **told)
                asked = cooperation.requests_in(by=sol)[0].id
                cooperation.ask_pause(by=sol, about_id=asked, **told)
            for name, row in (
                ("referral", cooperation.incoming(by=by)[0]),
                ("request", cooperation.requests_out(by=by)[0]),
            ):
                (pause,) = (p.id for p in cooperation.pauses_of(row) if p.standing == "asked")
                self.ids[f"{name}_{wanted}"] = pause
                if wanted == "runs":
                    cooperation.answer_pause(by=by, about_id=row.id, pause_id=pause, agree=True)
        sent = cooperation.send_referral(by=by, referral_id=a_draft(by, a_consented_case(by)).id)
        self.ids["runs"] = sent.id
        self.ids["second_pause"] = cooperation.ask_pause(by=by, about_id=sent.id, **told).id

    def _officers(self, role: Role) -> None:
        for own in (True, False):
            place: members.Institution | None = self.cast.programme if own else self.other
            if role is Role.NODE_ADMINISTRATOR:
                place = None
            user = an_officer(f"{role.value}-{'own' if own else 'other'}".replace("_", "-"), place,
                              role)  # fmt: skip
            client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
            enter(client, user)
            self.browsers[role, own] = client


def a_world() -> World:
    """The whole world, in the transaction at hand."""
    cast = assemble()
    world = World(cast, an_institution("ar-other", kind="service"))
    world.make()
    return world
