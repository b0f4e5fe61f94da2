"""What lets personal data leave a state (survey, 3.1.3)."""

from __future__ import annotations

from datetime import date

import pytest

from ayni.members import api as members
from ayni.norms import api
from ayni.norms.api import Status, TransferGround, Why

ON = date(2026, 11, 24)


def _grounds(
    sender: str, recipient: str, crime: str | None = "trafficking", on: date = ON
) -> dict[str, api.TransferBasis]:
    found = api.transfer_grounds(sender=sender, recipient=recipient, crime=crime, on=on)
    return {str(basis.ground): basis for basis in found}


def test_consent_comes_first_for_every_state() -> None:
    for sender in members.states():
        found = api.transfer_grounds(sender=sender, recipient="ar", on=ON)
        assert found[0].ground is TransferGround.CONSENT
        assert {each.ground for each in found} == set(TransferGround)


@pytest.mark.parametrize("sender", ["co", "pe", "uy"])
def test_consent_is_a_ground_in_the_laws_that_list_it(sender: str) -> None:
    assert _grounds(sender, "ar")["consent"].status is Status.AVAILABLE


def test_argentine_law_lists_no_consent_and_its_regulation_was_not_read() -> None:
    found = _grounds("ar", "bo")["consent"]

    assert found.status is Status.CANDIDATE
    assert not found.citable


@pytest.mark.parametrize("sender", ["ar", "co", "pe", "uy"])
def test_all_four_rules_read_in_full_are_open_to_a_treaty(sender: str) -> None:
    assert _grounds(sender, "bo")["treaty"].status is Status.AVAILABLE


def test_only_uruguay_names_vital_interest() -> None:
    available = {
        sender
        for sender in members.states()
        if _grounds(sender, "ar" if sender != "ar" else "bo")["vital_interest"].status
        is Status.AVAILABLE
    }

    assert available == {"uy"}


def test_no_treaty_for_smuggling_data_has_been_verified() -> None:
    found = _grounds("uy", "pe", "smuggling")["treaty"]

    assert found.status is Status.CANDIDATE
    assert found.reasons[0].why is Why.NO_TREATY_AVAILABLE


def test_without_a_crime_a_treaty_must_serve_for_both() -> None:
    assert _grounds("uy", "pe", None)["treaty"].status is Status.CANDIDATE


@pytest.mark.parametrize("sender", ["bo", "ve"])
def test_where_there_is_no_general_law_nothing_is_said_to_be_permitted(sender: str) -> None:
    for basis in _grounds(sender, "ar").values():
        assert basis.status is Status.CANDIDATE
        assert basis.reasons[0].why is Why.NO_GENERAL_LAW


def test_the_law_is_that_of_the_day() -> None:
    for day, law in (
        (date(2026, 11, 30), "cl.personal_data.1"),
        (date(2026, 12, 1), "cl.personal_data.2"),
    ):
        found = api.law_on(state="cl", on=day)
        assert found is not None
        assert found.provision.id == law
    assert api.law_on(state="co", on=date(2000, 1, 1)) is None


def test_on_a_day_without_a_known_law_everything_is_to_check() -> None:
    for basis in _grounds("co", "ar", on=date(2000, 1, 1)).values():
        assert basis.status is Status.CANDIDATE
