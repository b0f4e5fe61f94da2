"""Pages of the platform: what is typed stays; who wrote on something else is shown what stands."""

from __future__ import annotations

import pytest
from django.test import Client

from ayni.agenda import api
from ayni.audit.api import Actor
from ayni.members import api as members
from tests.agenda.stories import a_term, record, today
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, saul: Actor) -> Client:
    """The browser of the secretariat's officer, in English."""
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    return client


def test_who_wrote_on_something_else_is_shown_what_stands_and_loses_nothing(
    reader: Client, saul: Actor
) -> None:
    sent = {"value": "7", "source": "Acta inventada", "mark": "V", "after": ""}
    api.set_rule(by=saul, code="quorum", value="6", source="Otra", mark="V", after="")

    answer = reader.post("/platform/rules/quorum", sent)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "What stands now" in page
    assert "Acta inventada" in page
    assert 'name="after" value="secretariat:1"' in page
    # Having seen it, she decides.
    again = {**sent, "after": "secretariat:1", "replaces": "unknown"}
    assert reader.post("/platform/rules/quorum", again).status_code == 302
    assert api.rule("quorum", api.presidencies()).now.value == "7"


def test_a_presidency_that_overlaps_is_refused_on_its_page_with_what_was_typed(
    reader: Client,
) -> None:
    sent = {
        "state": "pe", "begins_day": "1", "begins_month": "1", "begins_year": "2024",
        "end": "open", "source": "Acta inventada", "mark": "V", "after": "",
    }  # fmt: skip

    answer = reader.post("/platform/presidencies/new", sent)

    assert answer.status_code == 422
    assert "two states would preside on the same day" in answer.content.decode()
    assert "Acta inventada" in answer.content.decode()
    assert api.presidencies().stands.version is None


def test_the_page_says_that_nobody_knows_who_presides_and_then_who_does(
    reader: Client, saul: Actor
) -> None:
    assert "It is not known who presides today" in reader.get("/platform/").content.decode()

    record(saul, a_term("pe", today()))

    assert "Peru presides, since" in reader.get("/platform/").content.decode()


def test_a_presidency_that_is_not_known_to_preside_is_told_so_and_sees_no_button(
    secretariat: Peer, client: Client
) -> None:
    role = members.Role.PRESIDENCY_OFFICER
    enter(client, an_officer("pilar", an_institution("ar-programme"), role))
    client.cookies["ayni_ar_language"] = "en"

    page = client.get("/platform/hand-over").content.decode()

    assert "It is not known that this node" in page
    assert "Hand over and publish" not in page
    assert client.get("/platform/focal-points/main").status_code == 403


def test_states_that_named_no_office_stand_in_one_sentence(reader: Client) -> None:
    page = reader.get("/platform/").content.decode()

    assert "Not told" not in page
    (sentence,) = [line for line in page.splitlines() if "No office is named yet by" in line]
    assert all(each.name in sentence for each in members.states().values())
