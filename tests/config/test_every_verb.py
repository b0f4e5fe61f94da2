"""No write and no reading of a case without its entry: every function that a room's door offers is
told apart by its signature; every verb is called, and its entries are counted."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.audit.models import Entry, Head
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import api as statistics
from tests.architecture.test_doors import PURE_QUESTIONS, WITHOUT_ACTOR, _offered
from tests.cases.stories import ADULT, ALL_TOLD, a_case, a_decided_notice, a_notice, worked_through
from tests.config import (
    accounts,
    admitting,
    alert_calls,
    attachment_calls,
    expiring,
    her_page,
    incident_calls,
    inquiry_calls,
    pause_calls,
    return_calls,
    upload_calls,
)
from tests.config.told_apart import (
    BELOW,
    MAKE_THEIR_ACTOR,
    NOTHING_OF_A_PERSON,
    OF_ITS_AUTHOR,
    OF_NOBODY,
    OF_THE_NODE,
    OF_WHAT_IS_OPEN,
    OPENS_NOTHING,
)
from tests.config.world import World
from tests.cooperation.stories import a_consented_case, a_draft, forget_messages
from tests.exchange.peer import CONSULATE, Peer, found
from tests.statistics.stories import DATA, PERSONS, REPORTS
from tests.statistics.workbooks import a_workbook

Told = dict[str, Any]
Call = Callable[[World, Actor], Told]
CALLS: dict[str, Call] = {
    **incident_calls.CALLS,
    **her_page.CALLS,
    **accounts.CALLS,
    **admitting.CALLS,
    **expiring.CALLS,
    **pause_calls.CALLS,
    **alert_calls.CALLS,
    **attachment_calls.CALLS,
    **inquiry_calls.CALLS,
    **return_calls.CALLS,
    **upload_calls.CALLS,
}
OPENS_NOTHING |= her_page.OPENS_NOTHING | admitting.OPENS_NOTHING
MAKE_THEIR_ACTOR |= her_page.MAKE_THEIR_ACTOR
NOTHING_OF_A_PERSON |= her_page.NOTHING_OF_A_PERSON | accounts.NOTHING_OF_A_PERSON
NOTHING_OF_A_PERSON |= admitting.NOTHING_OF_A_PERSON
OPENS_NOTHING |= alert_calls.OPENS_NOTHING | return_calls.OPENS_NOTHING
OF_THE_NODE |= return_calls.OF_THE_NODE
OF_WHAT_IS_OPEN |= return_calls.OF_WHAT_IS_OPEN
BELOW |= alert_calls.BELOW


def call(name: str) -> Callable[[Call], Call]:
    """The arguments with which a verb is called; whatever must be there first is made by it."""

    def keep(made: Call) -> Call:
        CALLS[name] = made
        return made

    return keep


def _case(w: World, by: Actor, **more: Any) -> Told:
    return {"case_id": w.ids["case_id"], **more}


def _versioned(w: World, by: Actor, **more: Any) -> Told:
    row = cases.case_for(by=by, case_id=w.ids["case_id"])
    return {"case_id": row.id, "version": row.version, **more}


def _by(w: World, who: str) -> Told:
    return {"by": members.actor_of(getattr(w.cast, who))}


def _person(w: World, by: Actor) -> Any:
    return cases.case_for(by=by, case_id=w.ids["case_id"]).person


def _of(**told: Any) -> Call:
    """Arguments that name things of the world: `case_id="case_id"`."""
    return lambda w, by: {k: w.ids.get(v, v) if isinstance(v, str) else v for k, v in told.items()}


CALLS |= {
    "cases.amend_step": lambda w, by: _case(w, by, step="3.1", answers={"language": "es"}),
    "cases.answers_of_step": _of(case_id="case_id", step="3.1"),
    "cases.assign_case": lambda w, by: _versioned(w, by, to_user=w.cast.luis.id),
    "cases.case_by_reference": lambda w, by: {
        **_by(w, "dora"), "reference": cases.case_for(by=by, case_id=w.ids["case_id"]).reference,
    },
    "cases.correct_event": _of(case_id="case_id", event_id="event"),
    "cases.correct_person": lambda w, by: {
        "person_id": _person(w, by).id, "version": _person(w, by).version, "details": ADULT,
    },
    "cases.correct_told": lambda w, by: _versioned(w, by, told={"narrative": "Invented."}),
    "cases.audit_trail": lambda w, by: {**_by(w, "dora"), "query": cases.TrailQuery(), "limit": 9},
    "cases.audit_month": lambda w, by: dict(_by(w, "dora"), since=clock.now(), until=clock.now()),
    "cases.export_trail": lambda w, by: {**_by(w, "dora"), "query": cases.TrailQuery()},
    "cases.disclose": _of(case_id="case_id", fields=["birth"], reason="preview"),
    "cases.follow_up": lambda w, by: _versioned(w, by, active=False),
    "cases.hand_over": lambda w, by: _versioned(w, by, to_user=w.cast.luis.id, note="Invented."),
    "cases.hand_over_shift": lambda w, by: {
        "versions": {w.ids["case_id"]: _versioned(w, by)["version"]},
        "to_user": w.cast.luis.id, "note": "Invented.",
    },
    "cases.link_antecedent": _of(notice_id="notice_id", about="case", about_id="case_id"),
    "cases.unlink_antecedent": _of(notice_id="notice_id", about_id="case_id"),
    "cases.open_case_page": _of(case_id="case_id"),
    "cases.open_form": _of(case_id="case_id", form="close"),
    "cases.open_history": _of(case_id="case_id"),
    "cases.open_identity": lambda w, by: {"person_id": _person(w, by).id},
    "cases.open_named": _of(notice_id="notice_id"),
    "cases.open_notice": _of(notice_id="notice_id"),
    "cases.open_told": _of(case_id="case_id"),
    "cases.plan_journey": lambda w, by: _case(w, by, at=clock.now() + timedelta(days=3)),
    "cases.record_change": _of(case_id="case_id", reason="situation_changed", note="Invented."),
    "cases.record_consent": lambda w, by: _case(
        w, by,
        new=cases.NewConsent(
            purpose="interview", language="es", given_by="person", questions=ALL_TOLD
        ),
    ),
    "cases.record_notice_step": lambda w, by: {
        "notice_id": _in_danger(by), "step": "1.3.a", "kind": "done",
        "answers": {"police_told_at": clock.now().isoformat(), "police_body": "Invented"},
    },
    "cases.record_step": _of(
        case_id="second_case", step="2.5", kind="done", answers={"needs": ["food"]}
    ),
    "cases.search_antecedents": _of(details={"name": "Rosa"}, notice_id="notice_id"),
    "cases.search_referred": _of(details={"name": "Rosa"}, about="incoming", sender=None),
    "cases.set_feared_states": lambda w, by: {"person_id": _person(w, by).id, "states": ["py"]},
    "cases.set_risk": lambda w, by: _versioned(
        w, by, level="low", reason="Invented.", matrix={"consents_to_protection": True}
    ),
    "cases.take_notice": lambda w, by: {"new": cases.NewNotice(channel="phone")},
    "cases.who_opened": lambda w, by: {**_by(w, "dora"), "case_id": w.ids["case_id"]},
    "cases.withdraw_consent": _of(case_id="case_id", consent_id="consent"),
    "cooperation.ask_protection_end": lambda w, by: {
        "case_id": w.ids["second_case"], "states": _fresh_fear(w, by), "reason": "Invented.",
    },
    "cooperation.decide_protection_end": _of(case_id="case_id", end_id="end_id", agree=False),
    "cooperation.draft_referral": lambda w, by: {
        "case_id": a_consented_case(by).id, "recipient_state": "ar",
        "recipient_institution": "ar-shelter", "fields": ["birth"],
    },
    "cooperation.open_protection": _of(case_id="case_id"),
    "cooperation.open_referral": _of(referral_id="incoming"),
    "cooperation.open_request": _of(request_id="request_id"),
    "cooperation.preview_referral": _of(referral_id="draft"),
    "cooperation.print_again": _of(referral_id="letter"),
    "cooperation.protect": _of(case_id="case_id", states=["bo"]),
    "cooperation.record_letter": lambda w, by: {
        "referral_id": w.ids["letter"], "move": cooperation.Move.ARRIVE, "on": _today(),
    },
    "cooperation.search_earlier": lambda w, by: {"referral_id": _received(w, by, "read")},
    "cooperation.second_officer": lambda w, by: {**_by(w, "luis"), "referral_id": w.ids["draft"]},
    "cooperation.send_referral": _of(referral_id="draft"),
    "cooperation.send_letter": lambda w, by: {
        "referral_id": _abroad(by), "addressee": "Invented", "language": "es",
    },
    "cooperation.send_request": _of(
        case_id="referred_case", recipient_state="ar", recipient_institution="ar-shelter"
    ),
    "cooperation.owed_answers": lambda w, by: {"by": _as(by, members.Role.NATIONAL_FOCAL_POINT)},
    "cooperation.transfers": lambda w, by: _by(w, "dora"),
    "cooperation.mark_read": _of(referral_id="incoming"),
    "cooperation.decline_referral": lambda w, by: {
        "referral_id": _received(w, by, "read"), "reason": "no_capacity",
    },
    "cooperation.ask_more": lambda w, by: {
        "referral_id": _received(w, by, "read"), "wanted": ["needs"],
    },
    "cooperation.link_earlier": lambda w, by: {
        "referral_id": _received(w, by, "searched"), "about": "case", "about_id": w.ids["case_id"],
    },
    "cooperation.unlink_earlier": lambda w, by: {
        "referral_id": _received(w, by, "searched"), "about_id": w.ids["case_id"],
    },
    "cooperation.accept_referral": lambda w, by: {"referral_id": _received(w, by, "searched")},
    "cooperation.first_action": lambda w, by: {
        "referral_id": _received(w, by, "accepted"), "action": "met",
    },
    "cooperation.outcome": lambda w, by: {
        "referral_id": _received(w, by, "acted"), "outcome": "assisted",
    },
    "cooperation.close_referral": lambda w, by: {"referral_id": _received(w, by, "told")},
    "cooperation.feedback": lambda w, by: {
        "by": members.actor_of(w.cast.sol), "referral_id": _theirs(w, by, "ended"),
        "timeliness": "good", "effort": "good",
    },
    "cooperation.withdraw_referral": lambda w, by: {
        **_by(w, "sol"), "referral_id": _theirs(w, by, "read"), "reason": "mistake",
    },
    "cooperation.answer_more": lambda w, by: {
        **_by(w, "sol"), "referral_id": _theirs(w, by, "asked"), "fields": ["needs"],
    },
    "cooperation.accept_request": lambda w, by: _to_sol(w),
    "cooperation.decline_request": lambda w, by: {**_to_sol(w), "reason": "no_capacity"},
    "cooperation.answer_request": lambda w, by: _taken_on(w),
    "cooperation.withdraw_request": _of(request_id="request_id", reason="mistake"),
    "exchange.see_alarm": lambda w, by: {**_by(w, "dora"), "alarm_id": w.ids["alarm_id"]},
    "exchange.witnesses": lambda w, by: _by(w, "dora"),
    "members.add_institution": lambda w, by: {
        "by": audit.job("tests"), "code": "ar-new", "kind": "service", "state": "ar",
        "names": dict.fromkeys(("es", "pt", "en"), "Invented"),
    },
    "members.add_user": lambda w, by: {
        "by": audit.job("tests"), "email": "new@example.org", "display_name": "New",
        "role": members.Role.CONSULAR_OFFICER, "institution": w.other, "password": "x" * 20,
    },
    "members.note_reminded": lambda w, by: {
        "by": audit.job("tests"), "user_id": w.cast.ana.id, "on": _today(),
    },
    "statistics.linea145_rows": _of(figure="reports"),
    "statistics.export_htcds": lambda w, by: {
        "now": clock.now(), "wanted": statistics.Wanted(identity=True), "form": "json",
    },
    "statistics.import_htcds": lambda w, by: {
        "by": audit.job("tests", by.institution), "path": DATA / "htcds.json", "now": clock.now(),
    },
    "statistics.open_log": _of(load_id="load_id"),
    "statistics.count_cases": lambda w, by: {"by": audit.job("tests", by.institution)},
    "statistics.propose_release": lambda w, by: {
        "by": _statistician(w), "source": "linea145", "population": "linea145_reports",
    },
    "statistics.open_release": lambda w, by: {
        "by": _statistician(w), "release_id": w.ids["release"],
    },
    "statistics.discard_release": lambda w, by: {
        "by": _statistician(w), "release_id": w.ids["release"],
    },
    "statistics.check_release": lambda w, by: {
        "by": audit.job("tests"), "release_id": w.ids["release"],
    },
    "statistics.import_glotip": lambda w, by: {
        "by": audit.job("tests"), "file": a_workbook(), "now": clock.now(),
    },
    "statistics.import_linea145": lambda w, by: {
        "by": audit.job("tests", by.institution), "reports": REPORTS, "persons": PERSONS,
        "now": clock.now(),
    },
}  # fmt: skip


def _statistician(w: World) -> Actor:
    return members.actor_of(members.user(w.ids["statistician"]))


def _today() -> date:
    """The day in Buenos Aires, as letters are dated."""
    return (clock.now() - timedelta(hours=3)).date()


def _in_danger(by: Actor) -> Any:
    notice = a_notice(by)
    told: Told = {
        "version": notice.version, "situation": "emergency", "imminent_danger": True,
        "age_group": "adult", "indicators": (), "reason": "Invented.",
    }  # fmt: skip
    return cases.triage_notice(by=by, notice_id=notice.id, **told).id


def _as(by: Actor, role: members.Role) -> Actor:
    return Actor(by.kind, by.id, by.institution, str(role))


def _fresh_fear(w: World, by: Actor) -> list[str]:
    """A state that the second case is protected from, of which no end was asked for."""
    case_id = w.ids["second_case"]
    cooperation.protect(by=by, case_id=case_id, states=["py"])  # refuses the end that waits
    return ["py"]


def _abroad(by: Actor) -> Any:
    place = {"state": "uy", "institution": "uy-consulate-ar"}
    to = {f"recipient_{name}": code for name, code in place.items()}
    return a_draft(by, a_consented_case(by, **place), **to).id


def _received(w: World, by: Actor, until: str) -> Any:
    """The shelter's referral to us, as far on as asked."""
    it: Told = {"by": by, "referral_id": w.ids["incoming"]}
    cooperation.mark_read(**it)
    if until == "read":
        return it["referral_id"]
    cooperation.search_earlier(**it)
    if until == "searched":
        return it["referral_id"]
    cooperation.accept_referral(**it)
    if until == "accepted":
        return it["referral_id"]
    cooperation.first_action(**it, action="met")
    if until == "acted":
        return it["referral_id"]
    cooperation.outcome(**it, outcome="assisted")
    if until == "ended":
        return it["referral_id"]
    theirs = _outgoing_of_sol(w)
    sol = members.actor_of(w.cast.sol)
    with members.acting(sol.institution):
        cooperation.feedback(by=sol, referral_id=theirs, timeliness="good", effort="good")
    return it["referral_id"]


def _theirs(w: World, by: Actor, until: str) -> Any:
    """The same referral as the shelter has it."""
    if until == "asked":
        wanted = _received(w, by, "read")
        cooperation.ask_more(by=by, referral_id=wanted, wanted=["needs"])
    else:
        _received(w, by, until)
    return _outgoing_of_sol(w)


def _outgoing_of_sol(w: World) -> Any:
    sol = members.actor_of(w.cast.sol)
    with members.acting(sol.institution):
        return cooperation.outgoing(by=sol, only_open=False)[0].id


def _to_sol(w: World) -> Told:
    sol = members.actor_of(w.cast.sol)
    with members.acting(sol.institution):
        return {"by": sol, "request_id": cooperation.requests_in(by=sol)[0].id}


def _taken_on(w: World) -> Told:
    told = _to_sol(w)
    with members.acting(told["by"].institution):
        cooperation.accept_request(**told)
    return {**told, "outcome": "assisted"}


@call("cases.triage_notice")
def _triage(w: World, by: Actor) -> Told:
    notice = a_notice(by)
    return {
        "notice_id": notice.id, "version": notice.version, "situation": "urgency",
        "imminent_danger": False, "age_group": "adult", "indicators": (), "reason": "Invented.",
    }  # fmt: skip


@call("cases.decide_notice")
def _decide(w: World, by: Actor) -> Told:
    notice = a_decided_notice(by)
    return {"notice_id": notice.id, "version": notice.version, "outcome": "open_case",
            "reason": "Invented."}  # fmt: skip


@call("cases.open_case")
def _open(w: World, by: Actor) -> Told:
    new = cases.NewCase(side="host", tracks=("trafficking",), person=ADULT)
    return {"notice_id": a_decided_notice(by).id, "new": new}


@call("cases.close_case")
def _close(w: World, by: Actor) -> Told:
    row = worked_through(by, a_case(by))
    return {"case_id": row.id, "version": row.version, "reason": "goals_met", "note": "Invented."}


@call("cases.reopen_case")
def _reopen(w: World, by: Actor) -> Told:
    row = cases.close_case(by=by, **_close(w, by))
    return {"case_id": row.id, "version": row.version, "reason": "Invented."}


@call("cases.record_historical_notices")
def _historical(w: World, by: Actor) -> Told:
    one = cases.HistoricalNotice(number="1", received_at=clock.now(), original={})
    return {"by": audit.job("tests", by.institution), "source": "invented", "notices": [one]}


@call("cases.record_historical_persons")
def _named(w: World, by: Actor) -> Told:
    told = _historical(w, by)
    cases.record_historical_notices(**told)
    return {"by": told["by"], "source": "invented", "persons": {"1": []}}


OFFERED = dict(_offered())


def _takes_by(name: str) -> bool:
    by = inspect.signature(OFFERED[name]).parameters.get("by")
    return by is not None and by.kind is inspect.Parameter.KEYWORD_ONLY


def test_every_function_of_every_door_is_told_apart() -> None:
    free = OPENS_NOTHING | OF_WHAT_IS_OPEN | OF_ITS_AUTHOR | MAKE_THEIR_ACTOR | NOTHING_OF_A_PERSON
    known = free | PURE_QUESTIONS | set(WITHOUT_ACTOR) | set(CALLS) | BELOW | OF_THE_NODE
    there = {name for name in OFFERED if name.split(".")[0] not in OF_NOBODY}

    assert there - known == set(), "say in told_apart.py or here how it leaves its entry"
    assert known - there == set(), "gone: remove it from this file"


@pytest.mark.parametrize("name", sorted(set(CALLS) | BELOW | OF_THE_NODE))
def test_a_verb_says_by_whom(name: str) -> None:
    assert _takes_by(name), f"{name}: keyword-only `by`"


@pytest.mark.parametrize("name", sorted(CALLS))
def test_no_verb_without_its_entry(name: str, world: World) -> None:
    room, verb = name.split(".")
    offered = getattr(importlib.import_module(f"ayni.{room}.api"), verb)
    with transaction.atomic():
        ana = members.actor_of(world.cast.ana)
        with members.acting(ana.institution):
            told = {"by": ana, **CALLS[name](world, ana)}
        with members.acting(told["by"].institution or None):
            before = Head.objects.get().number
            offered(**told)
            left = list(Entry.objects.filter(number__gt=before).order_by("number"))
        transaction.set_rollback(True)

    assert left, f"{name} left no entry"
    assert {e.actor_id for e in left} >= {told["by"].id}
    assert all(e.verb.count(".") == 1 for e in left)


def test_what_the_node_does_leaves_its_entries(world: World) -> None:
    from ayni.exchange import api as exchange

    by = audit.job("tests")
    peer = Peer()
    try:
        with transaction.atomic():
            forget_messages()
            before = Head.objects.get().number
            found(peer)
            conversation = exchange.new_conversation()
            message: Told = {
                "recipient": "bo", "recipient_institution": CONSULATE, "grant": None,
                "institution": "ar-programme", "conversation": conversation, "subject": "s",
                "kind": "referral.state",
                "payload": {"move": "read", "at": "2026-11-26T12:00:00Z"},
            }  # fmt: skip
            exchange.queue(by=by, **message)
            exchange.cancel(by=by, subject="s", peers=None, reason="withdrawn")
            verbs = set(Entry.objects.filter(number__gt=before).values_list("verb", flat=True))
            transaction.set_rollback(True)
    finally:
        peer.stop()

    assert verbs >= {
        "exchange.accept_directory", "exchange.accept_key_sheet", "exchange.cancel",
        "exchange.make_identity", "exchange.make_key_sheet", "exchange.queue",
        "exchange.sign_directory",
    }  # fmt: skip
