"""States that are responsible together with the owner of a commitment: named, and no writers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ayni.agenda import api, report
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.members import api as members
from tests.agenda.stories import comes, today
from tests.agenda.working import KEY, commitment_comes, objective_comes, the, undertaking, word
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db
BESIDE = {"states": ["bo", "cl"], "offices": "Direcciones inventadas"}


@pytest.fixture
def written(saul: Actor) -> str:
    """The key of an objective that the secretariat has published."""
    return api.set_objective(
        by=saul, key="", axis="Asistencia", objective="Manual", after=""
    ).said.key  # fmt: skip


def record(by: Actor, objective: str, **changed: Any) -> str:
    said = undertaking(objective=objective, **changed)
    return api.set_commitment(by=by, key="", said=said, after="").said.key


def test_who_is_responsible_beside_the_owner_is_recorded_and_shown(
    saul: Actor, written: str, client: Client
) -> None:
    states = {"beside": ("cl", "bo"), "beside_offices": "Direcciones inventadas"}
    key = record(saul, written, **states)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"

    found = the(key)
    assert found.said.states == ("ar", "bo", "cl")
    page = client.get(f"/platform/work/commitments/{key}").content.decode()
    assert page.count("Bolivia, Chile: Direcciones inventadas") == 2, "its facts, and its version"
    assert "Together with: Bolivia, Chile." in client.get("/platform/work").content.decode()
    assert "Manual común" in client.get("/platform/work?state=cl").content.decode()
    assert "Manual común" not in client.get("/platform/work?state=pe").content.decode()
    shown = client.get("/platform/work/report?state=bo").content.decode()
    assert "Bolivia, Chile: Direcciones inventadas" in shown
    row = dict(zip(report.COLUMNS, report.row(found, today()), strict=True))
    assert (row["states_beside"], row["offices_beside"]) == ("bo cl", "Direcciones inventadas")


def test_a_change_of_something_else_does_not_lose_them(
    saul: Actor, written: str, client: Client
) -> None:
    key = record(saul, written, beside=("bo",), beside_offices="Dirección")
    enter(client, members.user(saul.id))
    form = client.get(f"/platform/work/commitments/{key}/change").content.decode()

    (box,) = [each for each in form.split("<input") if 'name="beside"' in each and '"bo"' in each]
    assert "checked" in box
    assert 'value="Dirección"' in form


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"beside": ("ar", "bo")}, api.BesideUnclear),
        ({"beside": (), "beside_offices": "De nadie"}, api.BesideUnclear),
        ({"beside": ("na",)}, api.UnknownState),
        ({"beside": ("bo",), "beside_offices": "rosa@example.org"}, api.NamesAPerson),
    ],
)
def test_the_owner_is_not_beside_itself_and_offices_are_of_somebody(
    saul: Actor, written: str, changed: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        record(saul, written, **changed)
    assert api.commitments(today(), api.presidencies()) == []


def test_without_any_it_is_the_same_entry_as_before(saul: Actor, written: str) -> None:
    key = record(saul, written)

    (kept,) = gazette.current(kind="agenda.commitment")
    assert "beside" not in kept.said.body
    assert the(key).said.states == ("ar",)


def test_only_the_owner_says_how_far_it_is(secretariat: Peer, bolivia: Peer) -> None:
    objective_comes(secretariat)
    commitment_comes(secretariat, beside=BESIDE)
    comes(bolivia, "agenda.progress", KEY, word("in_progress"))

    assert the().said.beside == ("bo", "cl")
    assert the().standing.report is None


@pytest.mark.parametrize(
    "beside",
    [
        {**BESIDE, "states": ["cl", "bo"]},
        {**BESIDE, "states": ["bo", "bo"]},
        {**BESIDE, "states": []},
        {**BESIDE, "states": ["ar"]},
        {"states": ["bo"]},
    ],
)
def test_of_another_form_it_does_not_count(secretariat: Peer, beside: dict[str, Any]) -> None:
    objective_comes(secretariat)
    commitment_comes(secretariat, beside=beside)

    assert api.commitments(today(), api.presidencies()) == []
    assert len(gazette.current(kind="agenda.commitment")) == 1, "it is kept"
