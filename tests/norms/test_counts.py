"""The counts of the survey (3.5), computed by the resolver over all 45 pairs."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pytest

from ayni.members import api as members
from ayni.norms import api
from ayni.norms.api import Status

ON = date(2026, 11, 24)
PAIRS = list(combinations(sorted(members.states()), 2))


def _pairs(instrument: str, crime: str, subject: str = "assistance") -> dict[Status, set[str]]:
    """Pairs like "ar-bo" by the status that the instrument has for them."""
    found: dict[Status, set[str]] = {status: set() for status in Status}
    for one, other in PAIRS:
        for basis in api.legal_bases(
            requesting=one, requested=other, crime=crime, subject=subject, on=ON
        ):
            if basis.id == instrument:
                found[basis.status].add(f"{one}-{other}")
    return found


def test_no_instrument_is_registered_for_the_search_for_a_missing_person() -> None:
    assert api.names_serving("missing_person") == ()
    assert "Protocolo" in " ".join(api.names_serving("assistance"))
    with pytest.raises(ValueError, match="nothing"):
        api.names_serving("nothing")


def test_trafficking_has_a_universal_basis_for_all_45_pairs() -> None:
    assert len(_pairs("untoc", "trafficking")[Status.CANDIDATE]) == 45  # no article is named
    assert len(_pairs("palermo-trafficking", "trafficking")[Status.AVAILABLE]) == 45


def test_smuggling_protocol_serves_28_pairs_and_misses_every_pair_with_bolivia_or_colombia() -> (
    None
):
    found = _pairs("palermo-smuggling", "smuggling")

    assert len(found[Status.AVAILABLE]) == 28
    assert len(found[Status.MISSING]) == 17
    assert all({"bo", "co"} & set(pair.split("-")) for pair in found[Status.MISSING])


@pytest.mark.parametrize("subject", ["assistance", "consular"])
def test_andean_decision_548_serves_six_pairs(subject: str) -> None:
    found = _pairs("can-decision-548", "trafficking", subject)

    assert found[Status.AVAILABLE] == {"bo-co", "bo-ec", "bo-pe", "co-ec", "co-pe", "ec-pe"}


def test_bilateral_agreements_were_found_for_six_pairs() -> None:
    known = {
        "ar-bo-trafficking": Status.CANDIDATE,
        "ar-co-trafficking": Status.CANDIDATE,
        "bo-py-trafficking": Status.CANDIDATE,
        "co-pe-trafficking": Status.CANDIDATE,
        "co-ec-trafficking": Status.CANDIDATE,
        "ec-pe-trafficking": Status.CANDIDATE,
    }

    for instrument, status in known.items():
        assert len(_pairs(instrument, "trafficking")[status]) == 1
    bilateral = {each.id for each in api.instruments() if each.kind == "bilateral"}
    assert bilateral - set(known) == {"bo-pe-trafficking", "ar-pe-residence"}
    assert not api.citable("bo-pe-trafficking")  # only reported to exist


def test_new_mercosur_agreement_is_to_check_for_ten_pairs() -> None:
    found = _pairs("mercosur-trafficking", "trafficking")

    assert len(found[Status.CANDIDATE]) == 10
    assert not found[Status.AVAILABLE]


def test_the_2004_agreement_is_only_a_candidate_for_bolivia_with_its_five_neighbours() -> None:
    found = _pairs("mercosur-smuggling-bo-cl", "smuggling")

    assert {"ar-bo", "bo-br", "bo-cl", "bo-py", "bo-uy"} <= found[Status.CANDIDATE]
    assert not found[Status.AVAILABLE]


def test_caracas_1911_is_the_only_consular_basis_beside_vienna_that_includes_venezuela() -> None:
    found = api.legal_bases(
        requesting="ve", requested="pe", crime="trafficking", subject="consular", on=ON
    )

    by_id = {basis.id: basis.status for basis in found}
    assert by_id["caracas-1911"] is Status.CANDIDATE
    assert by_id["vccr"] is Status.AVAILABLE
    assert by_id["can-decision-548"] is Status.MISSING
