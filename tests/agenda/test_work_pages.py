"""Pages of the work agenda: what is typed stays, each sees what is hers to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from ayni.agenda import api
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members
from tests.agenda.stories import days, today
from tests.agenda.working import KEY, commitment_comes, objective_comes, report, the, undertaking
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db
HERE = f"/platform/work/commitments/{KEY}"


@pytest.fixture
def reader(client: Client, saul: Actor) -> Client:
    """The browser of the secretariat's officer, in English; an objective is published."""
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    api.set_objective(by=saul, key="manual", axis="Asistencia", objective="Manual", after="")
    return client


def as_focal_point(
    client: Client, name: str = "ana", role: members.Role = members.Role.NATIONAL_FOCAL_POINT
) -> Actor:
    """A focal point of Argentina at her browser, in English."""
    officer = an_officer(name, an_institution("ar-programme"), role)
    enter(client, officer)
    client.cookies["ayni_ar_language"] = "en"
    return members.actor_of(officer)


def sent(**changed: str) -> dict[str, str]:
    """The form of a commitment, filled in."""
    known = {
        "title": "Manual común", "objective": "manual", "state": "ar", "institution": "",
        "office": "Oficina inventada", "due_day": "1", "due_month": "12", "due_year": "2027",
        "after": "", "meeting": "",
    }  # fmt: skip
    return {**known, **changed}


def test_without_an_office_it_is_refused_with_what_was_typed(reader: Client) -> None:
    answer = reader.post("/platform/work/new", sent(office=""))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Name the office of the state that is responsible" in page
    assert "Manual común" in page
    assert api.commitments(today(), api.presidencies()) == []

    assert reader.post("/platform/work/new", sent()).status_code == 302
    assert "Manual común" in reader.get("/platform/work").content.decode()


def test_who_wrote_on_something_else_is_shown_what_stands(reader: Client, saul: Actor) -> None:
    api.set_commitment(by=saul, key=KEY, said=undertaking(), after="")
    seen = the().stands.ref
    api.set_commitment(by=saul, key=KEY, said=undertaking(title="Otro texto"), after=seen)

    answer = reader.post(f"{HERE}/change", sent(after=seen, title="Mi texto"))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "What stands now" in page
    assert "Otro texto: Argentina" in page
    assert "Mi texto" in page
    assert (
        reader.post(f"{HERE}/change", sent(after="secretariat:2", title="Mi texto")).status_code
        == 302
    )
    history = reader.get(HERE).content.decode()
    assert all(each in history for each in ("Manual común", "Otro texto", "Mi texto"))


def test_a_decision_fills_in_the_form_of_a_commitment(reader: Client, saul: Actor) -> None:
    at = clock.now() - timedelta(hours=1)
    called = api.call_meeting(by=saul, title="Plenario", place="", at=at, items=["x"])
    key = called.said.key
    api.record_attendance(
        by=saul, key=key, present=sorted(members.states()), minutes="", after="secretariat:1"
    )
    decision = api.Decision("Escribir el manual (inventado)", (), (), "")
    api.decide(by=saul, key=key, decision=decision, after="secretariat:2")
    link = f"/platform/work/new?meeting={key}&amp;decision=0"
    assert link in reader.get(f"/platform/meetings/{key}").content.decode()

    form = reader.get(link.replace("&amp;", "&")).content.decode()

    assert "Escribir el manual (inventado)" in form
    assert f'value="{key}"' in form
    # An address that nobody offered fills in nothing and breaks nothing.
    assert reader.get(f"/platform/work/new?meeting={key}&decision=9").status_code == 200
    reader.post("/platform/work/new", sent(meeting=key))
    assert f"/platform/meetings/{key}" in reader.get(HERE).content.decode()


def test_a_long_decision_becomes_a_commitment_with_all_its_words_and_is_named_there(
    reader: Client, saul: Actor
) -> None:
    at = clock.now() - timedelta(hours=1)
    key = api.call_meeting(by=saul, title="Plenario", place="", at=at, items=["x"]).said.key
    api.record_attendance(
        by=saul, key=key, present=sorted(members.states()), minutes="", after="secretariat:1"
    )
    words = ("Primero lo uno (inventado), " * 22)[:590] + " hasta aquí"
    for n, text in enumerate(("Otra cosa (inventada)", words)):
        decision = api.Decision(text[:600], (), (), "")
        api.decide(by=saul, key=key, decision=decision, after=f"secretariat:{n + 2}")
    page = reader.get(f"/platform/work/new?meeting={key}&decision=1").content.decode()
    assert words[:600] in page

    typed = sent(meeting=key, title=words[:600], decision="2")
    assert reader.post("/platform/work/new", typed).status_code == 302

    (found,) = [each for each in api.commitments(today(), api.presidencies()) if each.said.decision]
    assert (found.said.title, found.said.decision) == (words[:600], 2)
    page = reader.get(f"/platform/work/commitments/{found.key}").content.decode()
    assert page.count(words[:600]) >= 2, "its title, and the words of the decision"
    change = reader.get(f"/platform/work/commitments/{found.key}/change").content.decode()
    assert 'name="decision" value="2"' in change, "a change does not lose it"


def test_a_focal_point_reports_and_only_the_authority_is_asked_to_validate(
    secretariat: Peer, client: Client
) -> None:
    objective_comes(secretariat)
    commitment_comes(secretariat)
    as_focal_point(client)
    typed = {"word": "done", "action": "Se escribió", "evidence": "hecho", "seen": "0"}

    refused = client.post(f"{HERE}/progress", typed)

    assert refused.status_code == 422
    assert "The evidence is neither an address" in refused.content.decode()
    assert "Se escribió" in refused.content.decode()
    good = {**typed, "evidence": "https://example.org/acta"}
    assert client.post(f"{HERE}/progress", good).status_code == 302
    page = client.get(HERE).content.decode()
    assert 'href="https://example.org/acta"' in page
    assert "Validate what was reported" not in page
    own = client.post(f"{HERE}/validate", {"answer": "yes", "seen": "1"})
    assert own.status_code == 403

    as_focal_point(client, "berta", members.Role.VALIDATING_AUTHORITY)
    assert "Validate what was reported" in client.get(HERE).content.decode()
    assert client.post(f"{HERE}/validate", {"answer": "yes", "seen": "1"}).status_code == 302
    assert "Done and validated" in client.get(HERE).content.decode()


def test_a_stale_report_is_shown_what_stands(secretariat: Peer, client: Client) -> None:
    commitment_comes(secretariat)
    ana = as_focal_point(client)
    report(ana, api.Word.IN_PROGRESS, action="Lo de la colega")

    typed = {"word": "in_progress", "action": "Lo mío", "evidence": "", "seen": "0"}
    page = client.post(f"{HERE}/progress", typed).content.decode()

    assert "What stands now" in page
    assert "Lo de la colega" in page
    assert "Lo mío" in page


def test_what_was_reported_before_stays_on_the_page(secretariat: Peer, client: Client) -> None:
    objective_comes(secretariat)
    commitment_comes(secretariat)
    ana = as_focal_point(client)
    for words in ("Primero el taller", "Luego el manual"):
        report(ana, api.Word.IN_PROGRESS, action=words)

    page = client.get(HERE).content.decode()
    assert page.count("Luego el manual") == 2, "what stands, and its version"
    assert page.count("Primero el taller") == 1


def test_what_is_late_stands_on_the_first_page_of_the_owners_focal_point(
    secretariat: Peer, client: Client
) -> None:
    commitment_comes(secretariat, due=today() - days(1))
    as_focal_point(client)

    page = client.get("/").content.decode()

    assert "Commitments of your state" in page
    assert HERE in page


def test_the_agenda_is_shown_for_one_state(secretariat: Peer, client: Client) -> None:
    commitment_comes(secretariat, "ours", title="Nuestro")
    commitment_comes(secretariat, "theirs", title="De otros", state="bo")
    as_focal_point(client)

    everything = client.get("/platform/work").content.decode()
    only = client.get("/platform/work?state=bo").content.decode()

    assert "Nuestro" in everything
    assert "De otros" in everything
    assert "Nuestro" not in only
    assert "De otros" in only
    assert client.get("/platform/work?state=zz").status_code == 200


def test_evidence_that_is_too_long_is_refused_and_nothing_typed_is_lost(
    secretariat: Peer, client: Client
) -> None:
    commitment_comes(secretariat)
    as_focal_point(client)
    evidence = "https://example.org/" + "a" * 300
    typed = {"word": "done", "action": "Se escribió", "evidence": evidence, "seen": "0"}

    refused = client.post(f"{HERE}/progress", typed)

    assert refused.status_code == 422
    assert "at most 300" in refused.content.decode()
    assert "Se escribió" in refused.content.decode()
    assert api.progress(KEY, "ar") == []


def test_the_secretariat_names_an_indicator_and_withdraws_and_the_pages_say_so(
    reader: Client,
) -> None:
    reader.post("/platform/work/new", sent())
    typed = {"code": "answered_on_time", "target": "101", "after": ""}
    refused = reader.post(f"{HERE}/indicator", typed)
    assert refused.status_code == 422
    assert "per cent from 1 to 100" in refused.content.decode()
    assert reader.post(f"{HERE}/indicator", {**typed, "target": "80"}).status_code == 302
    assert "at least 80 per cent" in reader.get(HERE).content.decode()

    why = {"reason": "Se hace en otro marco", "after": "", "intends": "withdraw"}
    assert reader.post(f"{HERE}/withdraw", why).status_code == 302
    page = reader.get(HERE).content.decode()
    assert "Withdrawn by the plenary" in page
    assert "Take up again" in page
    assert "Se hace en otro marco" in page
    stale = reader.post(f"{HERE}/withdraw", why)
    assert "What stands now" in stale.content.decode()
    again = reader.post(f"{HERE}/withdraw", {**why, "after": "secretariat:1"})
    assert "It stands like this already." in again.content.decode()
    assert "Withdrawn by the plenary" in reader.get(HERE).content.decode()
    assert reader.get("/platform/work/objectives/nothing/withdraw").status_code == 302
    assert reader.post("/platform/work/objectives/manual/withdraw", why).status_code == 302
    assert "Withdrawn by the plenary" in reader.get("/platform/work").content.decode()
