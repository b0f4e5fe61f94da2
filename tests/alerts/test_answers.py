"""An alert is answered: seen, or found. The minimum, on her word, to whoever asks and no other."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from ayni.alerts import api as alerts
from ayni.alerts.models import AlertAnswer
from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Transfer
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault
from tests.alerts.stories import (
    FOUND,
    SIGHTING,
    an_alert,
    an_answer,
    ending,
    from_bolivia,
    handling,
    its_officer,
    says,
    to_the_prosecution,
)
from tests.cases.stories import CHILD, a_case
from tests.cast import Cast, an_institution, an_officer
from tests.exchange.peer import CONSULATE, Peer

SEEN_BY_BOLIVIA = {
    "outcome": "seen", "ground": "not_met", "child": False, "seen_country": "BO",
    "seen_place": "Invented Town", "seen_on": "2026-11-21",
    "words": {"text": "Con una mochila roja.", "language": "es"},
}  # fmt: skip
FOUND_BY_BOLIVIA = {
    "outcome": "found", "ground": "agreed", "child": False, "found_on": "2026-11-21",
    "contact": CONSULATE,
}  # fmt: skip


def _from_bolivia(by: Actor, bolivia: Peer) -> alerts.ReceivedAlert:
    assert from_bolivia(bolivia, secrets.token_hex(16), data=ADULT_OF_BOLIVIA) == "applied"
    return alerts.alerts_received(by=by)[0]


ADULT_OF_BOLIVIA = {
    "name_as_written": "Ines INVENTADA",
    "birth": {"precision": "year", "value": "1990"},
    "last_country": "BO",
}
CHILD_OF_BOLIVIA = {
    "name_as_written": "Nina INVENTADA",
    "birth": {"precision": "year", "value": "2015"},
    "last_country": "BO",
}


def _said(alert: alerts.Alert, bolivia: Peer, sequence: int = 1, **data: Any) -> str:
    """What Bolivia's consulate answers to our alert, and how it was taken."""
    (copy,) = alert.copies.all()
    told = {"at": clock.isoformat(clock.now()), "handling": handling(), "data": data}
    return says(bolivia, copy.conversation, sequence, "alert.answer", **told)


def test_seen_leaves_as_it_was_looked_at_and_nothing_more(ana: Actor, bolivia: Peer) -> None:
    received = _from_bolivia(ana, bolivia)
    row = an_answer(ana, received.id, told={**SIGHTING, "phones": ["1"], "contact": CONSULATE})
    looked_at = alerts.open_answer(by=ana, answer_id=row.id).content
    alerts.send_answer(by=ana, answer_id=row.id)
    exchange.drain(peer="bo")

    (told,) = bolivia.read
    assert told == {
        "at": clock.isoformat(AlertAnswer.objects.get(id=row.id).sent_at),
        "handling": {"see": "institution", "onward": "none", "until": ""},
        "data": {"outcome": "seen", "ground": "not_met", "child": False, **SIGHTING},
    }
    assert told["data"] == looked_at
    assert alerts.open_answer(by=ana, answer_id=row.id).delivered
    line = Transfer.objects.get(about=received.id)
    assert (line.recipient_institution, line.purpose) == (CONSULATE, "search")
    assert line.fields == sorted(told["data"])


def test_found_names_an_institution_and_no_place(ana: Actor, bolivia: Peer) -> None:
    received = _from_bolivia(ana, bolivia)
    row = an_answer(ana, received.id, outcome="found", ground="agreed",
                    told={**FOUND, **SIGHTING})  # fmt: skip
    alerts.send_answer(by=ana, answer_id=row.id)
    exchange.drain(peer="bo")

    assert bolivia.read[0]["data"] == {
        "outcome": "found", "ground": "agreed", "child": False, **FOUND,
    }  # fmt: skip


def test_an_adult_who_was_found_and_did_not_agree_is_not_told_of(ana: Actor, bolivia: Peer) -> None:
    received = _from_bolivia(ana, bolivia)
    for ground in ("not_met", "authority"):
        with pytest.raises(alerts.NotAgreed):
            an_answer(ana, received.id, outcome="found", ground=ground, told=FOUND)
    with pytest.raises(alerts.NotAgreed):
        an_answer(ana, received.id, ground="authority")
    assert AlertAnswer.objects.count() == 0


def test_no_shelter_and_nobody_abroad_is_named_as_whom_to_speak_with(
    ana: Actor, bolivia: Peer
) -> None:
    received = _from_bolivia(ana, bolivia)
    for contact in ("ar-shelter", CONSULATE, "ar-nobody", ""):
        with pytest.raises(alerts.NoSuchContact):
            an_answer(ana, received.id, outcome="found", ground="agreed",
                      told={**FOUND, "contact": contact})  # fmt: skip
    for missing in ("seen_country", "seen_on"):
        with pytest.raises(alerts.NothingSeen):
            an_answer(ana, received.id, told={**SIGHTING, missing: ""})


def test_what_is_over_is_not_answered_and_an_answer_on_its_way_does_not_arrive(
    ana: Actor, bolivia: Peer
) -> None:
    received = _from_bolivia(ana, bolivia)
    sent, draft = an_answer(ana, received.id), an_answer(ana, received.id)
    alerts.send_answer(by=ana, answer_id=sent.id)
    at = clock.isoformat(clock.now())
    assert says(bolivia, received.conversation, 2, "alert.recall", at=at) == "applied"
    exchange.drain(peer="bo")

    assert [set(told) for told in bolivia.read] == [{"at", "why", "fields"}]
    with pytest.raises(alerts.AlertOver):
        alerts.send_answer(by=ana, answer_id=draft.id)
    with pytest.raises(alerts.AlertOver):
        an_answer(ana, received.id)
    with pytest.raises(alerts.AlertOver):
        alerts.open_answer(by=ana, answer_id=sent.id)
    assert not AlertAnswer.objects.filter(content__isnull=False).exists(), "it went with the alert"
    with pytest.raises(vault.Erased):
        vault.sealer(sent.subject)


def test_an_answer_is_sent_once_and_a_thrown_away_one_never(ana: Actor, bolivia: Peer) -> None:
    received = _from_bolivia(ana, bolivia)
    sent, dropped = an_answer(ana, received.id), an_answer(ana, received.id)
    alerts.send_answer(by=ana, answer_id=sent.id)
    alerts.drop_answer(by=ana, answer_id=dropped.id)
    for row in (sent, dropped):
        with pytest.raises(WrongState):
            alerts.send_answer(by=ana, answer_id=row.id)
        with pytest.raises(WrongState):
            alerts.drop_answer(by=ana, answer_id=row.id)
    assert AlertAnswer.objects.get(id=dropped.id).content is None


def test_who_asks_reads_the_answer_on_the_page_of_her_alert(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert alerts.at_a_glance(by=ana).answered == 0
    assert _said(alert, bolivia, 1, **SEEN_BY_BOLIVIA) == "applied"
    assert alerts.outcomes(by=ana, alerts=[alert]) == {alert.id: alerts.Outcome.SEEN}
    assert _said(alert, bolivia, 2, **FOUND_BY_BOLIVIA) == "applied"

    found, seen = alerts.open_alert(by=ana, alert_id=alert.id).heard
    assert (found.content, seen.content) == (FOUND_BY_BOLIVIA, SEEN_BY_BOLIVIA)
    assert (found.state, found.institution) == ("bo", CONSULATE)
    assert alerts.outcomes(by=ana, alerts=[alert]) == {alert.id: alerts.Outcome.FOUND}
    assert alerts.at_a_glance(by=ana).answered == 1
    assert Entry.objects.filter(verb="alerts.hear_answer", subject=str(alert.id)).count() == 2
    # It prompts and does not force: the alert stands until an officer takes it back.
    assert alerts.open_alert(by=ana, alert_id=alert.id).may_recall
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    assert alerts.at_a_glance(by=ana).answered == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {**SEEN_BY_BOLIVIA, "ground": "authority"},
        {**SEEN_BY_BOLIVIA, "phones": ["1"]},
        {**SEEN_BY_BOLIVIA, "seen_on": "2026-02-30"},
        {**SEEN_BY_BOLIVIA, "seen_place": "x" * 81},
        {**SEEN_BY_BOLIVIA, "words": {"text": "x" * 601, "language": "es"}},
        {**SEEN_BY_BOLIVIA, "words": {"text": "x", "language": "xx"}},
        {**FOUND_BY_BOLIVIA, "ground": "not_met"},
        {**FOUND_BY_BOLIVIA, "seen_place": "Invented Town"},
        {**FOUND_BY_BOLIVIA, "contact": "ar-programme"},
        {**FOUND_BY_BOLIVIA, "contact": ""},
        {**FOUND_BY_BOLIVIA, "child": True},
        {**FOUND_BY_BOLIVIA, "child": True, "ground": "authority"},
    ],
)
def test_what_no_node_may_answer_is_not_taken(
    ana: Actor, bolivia: Peer, wrong: dict[str, Any]
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")

    assert _said(alert, bolivia, **wrong) != "applied"
    assert alerts.open_alert(by=ana, alert_id=alert.id).heard == []


@pytest.mark.parametrize(
    "codes",
    [None, {"see": "handler", "onward": "none", "until": ""}, ending(clock.now()),
     {"see": "institution", "onward": "consent", "until": ""}],
)  # fmt: skip
def test_an_answer_says_that_it_goes_no_further(
    ana: Actor, bolivia: Peer, codes: dict[str, str] | None
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    (copy,) = alert.copies.all()
    told = {"at": clock.isoformat(clock.now()), "data": SEEN_BY_BOLIVIA}
    told |= {} if codes is None else {"handling": codes}

    assert says(bolivia, copy.conversation, 1, "alert.answer", **told) != "applied"


def test_a_stranger_answers_nothing(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    told = {"at": clock.isoformat(clock.now()), "handling": handling(), "data": SEEN_BY_BOLIVIA}
    assert says(bolivia, secrets.token_hex(16), 1, "alert.answer", **told) == "set_aside"
    # Nor does its recipient before it was issued: a draft has left for nobody.
    draft = to_the_prosecution(ana)
    pablo = its_officer()
    with members.acting(pablo.institution):
        assert alerts.alerts_received(by=pablo) == []
    assert alerts.open_alert(by=ana, alert_id=draft.id).heard == []
    assert alerts.open_alert(by=ana, alert_id=alert.id).heard == []


def test_an_answer_about_an_erased_case_tells_nothing(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    vault.erase_subject(alert.subject)

    assert _said(alert, bolivia, **SEEN_BY_BOLIVIA) == "set_aside"
    assert AlertAnswer.objects.count() == 0


# -- children


@pytest.fixture
def authority(cast: Cast) -> Iterator[tuple[Actor, Actor]]:
    """Carla and Delia of Argentina's child authority."""
    place = an_institution("ar-child-authority", kind="child_authority")
    role = members.Role.CASE_SUPERVISOR
    first, second = (members.actor_of(an_officer(n, place, role)) for n in ("carla", "delia"))
    with members.acting(place.id):
        yield first, second


def test_about_a_child_only_child_authorities_speak(ana: Actor, bolivia: Peer) -> None:
    conversation = secrets.token_hex(16)
    assert from_bolivia(bolivia, conversation, data=CHILD_OF_BOLIVIA) == "applied"
    (received,) = alerts.alerts_received(by=ana)
    with pytest.raises(alerts.ChildAuthorityAnswers):
        an_answer(ana, received.id)
    # Nor about somebody whom the alert takes for an adult, and who may be none.
    adult = _from_bolivia(ana, bolivia)
    with pytest.raises(alerts.ChildAuthorityAnswers):
        an_answer(ana, adult.id, may_be_child=True)
    with pytest.raises(alerts.ChildAuthorityAnswers):
        an_answer(ana, adult.id, outcome="found", ground="authority", may_be_child=True, told=FOUND)
    assert AlertAnswer.objects.count() == 0


def _to_the_child_authority(first: Actor, second: Actor) -> tuple[alerts.Alert, UUID]:
    """A second child authority of this node alerts the first about a child; its alert there."""
    other = an_institution("ar-child-authority-2", kind="child_authority")
    role = members.Role.CASE_SUPERVISOR
    asks, agrees = (members.actor_of(an_officer(n, other, role)) for n in ("elena", "flor"))
    code = members.institution(first.institution).code
    with members.acting(other.id):
        from tests.alerts.stories import a_draft

        draft = a_draft(asks, a_case(asks, CHILD), to=[code])
        alerts.agree_alert(by=agrees, alert_id=draft.id)
        alert = alerts.issue_alert(by=asks, alert_id=draft.id)
    (received,) = alerts.alerts_received(by=first)
    return alert, received.id


def test_a_child_authority_answers_with_two_officers(authority: tuple[Actor, Actor]) -> None:
    first, second = authority
    alert, received = _to_the_child_authority(first, second)
    with pytest.raises(alerts.NotAgreed):
        an_answer(first, received, outcome="found", ground="agreed", told=FOUND)
    told = {**FOUND, "contact": "ar-child-authority"}
    row = an_answer(first, received, outcome="found", ground="authority", told=told)
    assert alerts.open_answer(by=first, answer_id=row.id).needs_second
    with pytest.raises(cases.SecondOfficerMissing):
        alerts.send_answer(by=first, answer_id=row.id)
    with pytest.raises(cooperation.SameOfficer):
        alerts.agree_answer(by=first, answer_id=row.id)
    alerts.agree_answer(by=second, answer_id=row.id)
    alerts.send_answer(by=first, answer_id=row.id)

    asks = alert.institution_id
    with members.acting(asks):
        (heard,) = alerts.open_alert(by=_officer_of(asks), alert_id=alert.id).heard
    assert (heard.content["contact"], heard.row.as_child) == ("ar-child-authority", True)


def _officer_of(institution: UUID) -> Actor:
    role = members.Role.CASE_SUPERVISOR
    return members.actor_of(an_officer("elena", members.institution(institution), role))


def test_a_found_child_is_spoken_with_through_a_child_authority(
    authority: tuple[Actor, Actor],
) -> None:
    first, second = authority
    _alert, received = _to_the_child_authority(first, second)
    with pytest.raises(alerts.NoSuchContact):
        an_answer(first, received, outcome="found", ground="authority", told=FOUND)


def test_the_database_keeps_the_rules_of_answers(ana: Actor, bolivia: Peer) -> None:
    row = an_answer(ana, _from_bolivia(ana, bolivia).id)
    now = clock.now()
    both = {"answers_kind": "child_authority", "asks_kind": "child_authority"}
    for name, told in (
        ("alerts_answer_child_authorities", {"as_child": True, "second_officer": "another"}),
        ("alerts_answer_two_officers", {"as_child": True, **both}),
        ("alerts_answer_sent_or_dropped", {"dropped_at": now}),
        ("alerts_found_rests_on_her_word", {"outcome": "found"}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            AlertAnswer.objects.filter(id=row.id).update(sent_at=now, **told)


# -- within this node, and for whom


def test_within_one_node_an_answer_is_heard_by_whoever_asked(ana: Actor) -> None:
    alert = alerts.issue_alert(by=ana, alert_id=to_the_prosecution(ana).id)
    pablo = its_officer()
    with members.acting(pablo.institution):
        (received,) = alerts.alerts_received(by=pablo)
        row = an_answer(pablo, received.id)
        alerts.send_answer(by=pablo, answer_id=row.id)
        assert alerts.open_answer(by=pablo, answer_id=row.id).delivered

    (heard,) = alerts.open_alert(by=ana, alert_id=alert.id).heard
    assert (heard.institution, heard.content["seen_place"]) == ("ar-prosecution", "Invented Town")
    case = cases.case_for(by=ana, case_id=alert.case_id)
    assert heard.row.subject == case.subject, "it goes when her case goes"


def test_another_institution_sees_neither_side(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    ours = an_answer(ana, _from_bolivia(ana, bolivia).id)
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert _said(alert, bolivia, **SEEN_BY_BOLIVIA) == "applied"
    pablo = its_officer()
    with members.acting(pablo.institution):
        assert alerts.at_a_glance(by=pablo).answered == 0
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from alerts_alertanswer")
            assert cursor.fetchone() == (0,)
        for act in (alerts.open_answer, alerts.send_answer, alerts.drop_answer):
            with pytest.raises(NotFound):
                act(by=pablo, answer_id=ours.id)
    dora = members.actor_of(cast.dora)
    for act in (alerts.open_answer, alerts.send_answer, alerts.agree_answer):
        with pytest.raises(NotAllowed):
            act(by=dora, answer_id=ours.id)
