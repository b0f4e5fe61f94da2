"""Focal points, rules, working groups and observers: offices, never persons; each with its days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from ayni.agenda import api, kinds, seed, wording
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.stories import comes, days, today
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db

Make = Callable[[Role], Actor]


def name(by: Actor, office: str = "Dirección inventada", seen: int = 0, **more: Any) -> None:
    known: dict[str, Any] = {
        "function": "main", "institution": "Ministerio inventado", "act": "Resolución 12/2026",
        "begins": today() - days(10), "until": None,
    }  # fmt: skip
    api.name_office(by=by, office=office, seen=seen, **{**known, **more})


def shown(day: date) -> str:
    """A day as the page says it in English."""
    with translation.override("en"):
        return wording.day_text(day)


@pytest.fixture
def paula(officer: Make) -> Actor:
    """Argentina's focal point."""
    return officer(Role.NATIONAL_FOCAL_POINT)


def test_each_state_names_its_own_offices_and_all_see_them(paula: Actor, bolivia: Peer) -> None:
    name(paula)
    body = {"office": "Viceministerio inventado", "institution": "", "act": ""}
    comes(bolivia, kinds.FOCAL_POINT, "alternate", body, valid_from="2026-01-01")

    found = api.focal_points(today())
    assert {key: each.office for key, each in found.items()} == {
        ("ar", "main"): "Dirección inventada",
        ("bo", "alternate"): "Viceministerio inventado",
    }


def test_a_mandate_that_ends_before_it_begins_is_refused(paula: Actor) -> None:
    with pytest.raises(api.MandateEndsBeforeItBegins):
        name(paula, until=today() - days(11))
    with pytest.raises(api.DayNeeded):
        name(paula, begins=None)
    assert not Entry.objects.exists()


def test_an_office_named_from_a_coming_day_on_leaves_the_one_before_until_then(
    paula: Actor,
) -> None:
    name(paula)
    name(paula, "Oficina siguiente", seen=1, begins=today() + days(5))

    assert api.focal_points(today())["ar", "main"].office == "Dirección inventada"
    assert api.focal_points(today() + days(5))["ar", "main"].office == "Oficina siguiente"


def test_what_begins_later_and_what_has_ended_stands_on_the_page(
    paula: Actor, bolivia: Peer, client: Client
) -> None:
    name(paula, until=today() - days(1))
    body = {"office": "Viceministerio inventado", "institution": "", "act": ""}
    day = (today() + days(5)).isoformat()
    comes(bolivia, kinds.FOCAL_POINT, "alternate", body, valid_from=day)
    enter(client, members.user(paula.id))
    client.cookies["ayni_ar_language"] = "en"

    page = client.get("/platform/").content.decode()

    assert f"Earlier, until {shown(today() - days(1))}: Dirección inventada." in page
    assert f"Later, from {shown(today() + days(5))}: Viceministerio inventado." in page
    beside = api.offices_beside(today() + days(5))
    assert ("bo", "alternate") not in beside, "it has begun"


def test_a_mandate_that_has_ended_leaves_the_function_without_an_office(paula: Actor) -> None:
    name(paula, until=today() - days(1))

    assert api.focal_points(today()) == {}
    assert api.focal_points(today() - days(1))


@pytest.mark.parametrize(
    "text", ["Dra. Inventada", "oficina@inventada.example", "Mesa +54 11 5555-0000"]
)
def test_a_text_that_looks_like_a_person_is_refused(paula: Actor, text: str) -> None:
    with pytest.raises(api.NamesAPerson):
        name(paula, text)
    assert not Entry.objects.exists()


def test_only_the_focal_point_names_offices_and_only_of_a_state(
    paula: Actor, officer: Make, settings: Any
) -> None:
    with pytest.raises(NotAllowed):
        name(officer(Role.PRESIDENCY_OFFICER))
    with pytest.raises(NotFound):
        name(paula, function="minister")
    settings.AYNI_NODE = members.SECRETARIAT
    with pytest.raises(gazette.NotItsOwner):
        name(paula)


def test_an_author_who_has_not_seen_what_stands_is_shown_it(paula: Actor) -> None:
    name(paula)

    with pytest.raises(gazette.StaleEntry) as refused:
        name(paula, "Otra")

    assert refused.value.stands is not None
    assert refused.value.stands.said.body["office"] == "Dirección inventada"


def a_rule(by: Actor, code: str = "quorum", value: str = "7", **more: Any) -> None:
    known = {"source": "Acta inventada", "mark": "V", "after": ""}
    api.set_rule(by=by, code=code, value=value, **{**known, **more})


def test_the_plenary_sets_its_rules_and_no_code_holds_them(saul: Actor) -> None:
    known = api.presidencies()
    quorum = api.rule("quorum", known).now
    assert (quorum.value, quorum.mark) == ("", "X")

    a_rule(saul)

    quorum = api.rule("quorum", known).now
    assert (quorum.value, quorum.source) == ("7", "Acta inventada")
    assert {each.code for each in api.rules(known)} == set(seed.rules())


@pytest.mark.parametrize(
    ("code", "value"), [("quorum", "seven"), ("quorum", "0"), ("decision", "by lot")]
)
def test_a_rule_with_a_value_that_it_cannot_have_is_refused(
    saul: Actor, code: str, value: str
) -> None:
    with pytest.raises(api.WrongValue):
        a_rule(saul, code, value)
    with pytest.raises(NotFound):
        a_rule(saul, "other")


def a_party(by: Actor, key: str = "", **changed: Any) -> None:
    known: dict[str, Any] = {
        "sort": "group", "name": "Grupo inventado", "about": "Niñez", "leads": "uy",
        "source": "Acta inventada", "mark": "V", "begins": None, "until": None,
    }  # fmt: skip
    after = changed.pop("after", "")
    api.set_party(by=by, key=key, party=api.About(**{**known, **changed}), after=after)


def test_working_groups_and_observers_have_their_days(saul: Actor) -> None:
    a_party(saul, begins=today() - days(9), until=today() - days(1))
    a_party(saul, "observer:iom", sort="observer", name="OIM (inventado)", leads="")

    found = {each.key: each for each in api.parties(api.presidencies())}
    assert set(found) == {*seed.parties(), "group:grupo-inventado"}
    assert not found["group:grupo-inventado"].at_work(today())
    assert found["group:grupo-inventado"].at_work(today() - days(1))
    assert found["observer:iom"].name == "OIM (inventado)"


def test_a_group_that_begins_later_or_has_ended_stands_under_its_own_heading(
    saul: Actor, client: Client
) -> None:
    a_party(saul, "group:later", name="Grupo que viene", begins=today() + days(3))
    a_party(saul, "group:over", name="Grupo que hubo", begins=today() - days(9),
            until=today() - days(2))  # fmt: skip
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"

    page = client.get("/platform/").content.decode()

    later, earlier = page.index(">Later</h4>"), page.index(">Earlier</h4>")
    assert later < page.index("Grupo que viene") < earlier < page.index("Grupo que hubo")
    assert "/platform/organisations/group:over" in page, "and can be put right"


def test_a_working_group_that_ends_before_it_begins_is_refused(saul: Actor) -> None:
    with pytest.raises(gazette.EndsBeforeItBegins):
        a_party(saul, begins=date(2026, 3, 2), until=date(2026, 3, 1))


def test_a_new_group_under_the_name_of_one_that_is_there_does_not_replace_it(saul: Actor) -> None:
    a_party(saul)

    with pytest.raises(api.StandsOtherwise):
        a_party(saul, about="Otra cosa")


def test_the_checklist_names_what_is_open(saul: Actor, secretariat_here: Peer) -> None:
    body = {"office": "Viceministerio inventado", "institution": "", "act": ""}
    until = (today() + days(20)).isoformat()
    for function in ("main", "alternate", "authority"):
        comes(
            secretariat_here, kinds.FOCAL_POINT, function, body,
            valid_from="2026-01-01", valid_until=until,
        )  # fmt: skip
    a_party(saul)

    found = {each.code: each.about for each in api.items(today(), api.presidencies())}

    assert "bo" not in found["functions_without_office"]
    assert len(found["functions_without_office"]) == 9
    assert found["mandates_ending"] == ("bo",)
    assert found["groups"] == ("Grupo inventado",)
    assert set(found["rules_not_known"]) == {"quorum", "call_days"}
    assert "documents" in found
