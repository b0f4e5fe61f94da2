"""Which basis one state may name to another."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from django.utils import translation

from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.norms import api
from ayni.norms.api import Basis, Mark, NotCitable, Status, Why

ON = date(2026, 11, 24)


def _bases(
    requesting: str, requested: str, crime: str, subject: str, on: date = ON
) -> dict[str, Basis]:
    found = api.legal_bases(
        requesting=requesting, requested=requested, crime=crime, subject=subject, on=on
    )
    return {basis.id: basis for basis in found}


def _reasons(basis: Basis) -> set[Why]:
    return {reason.why for reason in basis.reasons}


def _only_unnamed(basis: Basis) -> bool:
    """Whether nothing is in the way but that the register names no article."""
    in_the_way = {each.why for each in basis.reasons if each.status is not Status.AVAILABLE}
    return basis.status is Status.CANDIDATE and in_the_way == {Why.ARTICLE_NOT_NAMED}


def test_no_ground_is_claimed_of_which_the_register_names_no_article() -> None:
    framework, unnamed = api.framework(), 0
    for subject in api.Subject:
        for crime in api.Crime:
            for one, other in permutations(sorted(members.states()), 2):
                for basis in _bases(one, other, str(crime), str(subject)).values():
                    if basis.provisions:
                        assert Why.ARTICLE_NOT_NAMED not in _reasons(basis)
                        continue
                    unnamed += 1
                    assert basis.status is not Status.AVAILABLE, basis
                    assert Why.ARTICLE_NOT_NAMED in _reasons(basis)
                    assert not basis.citable
                    assert "does not name the article" in " ".join(_sentences(basis))
    assert unnamed
    assert framework.instruments["untoc"].grounds[0].provisions == ()


def test_an_instrument_in_force_whose_article_is_not_named_stands_as_in_force_and_to_check() -> (
    None
):
    found = api.legal_basis(
        requesting="ar", requested="bo", crime="trafficking", purposes=["assistance"], on=ON
    )
    untoc = next(each for each in found.instruments if each.instrument.id == "untoc")
    assert (untoc.purposes, [each.value for each in untoc.to_check]) == ((), ["assistance"])
    with translation.override("en"):
        words = api.kept_legal_basis_in_words(api.legal_basis_to_keep(found))
    (told,) = [
        each for each in words.to_check
        if each.startswith("United Nations Convention against Transnational Organized Crime")
    ]  # fmt: skip
    assert "in force for both" in told
    assert told.endswith("Its article is not named here.")
    assert not [each for each in words.named if "Organized Crime (2000)" in each]


def _sentences(basis: Basis) -> list[str]:
    with translation.override("en"):
        return [str(each) for each in api.reasons_of(basis)]


def test_the_main_job_has_its_bases_from_argentina_to_bolivia() -> None:
    found = _bases("ar", "bo", "trafficking", "assistance")

    available = {id_ for id_, basis in found.items() if basis.status is Status.AVAILABLE}
    assert "palermo-trafficking" in available
    for ident in ("untoc", "ar-bo-trafficking"):  # in force for both, and no article is named
        assert _only_unnamed(found[ident]), ident
    assert found["mercosur-trafficking"].status is Status.CANDIDATE


def test_bolivia_signed_the_smuggling_protocol_and_colombia_did_neither() -> None:
    bolivia = _bases("ar", "bo", "smuggling", "assistance")["palermo-smuggling"]
    colombia = _bases("ar", "co", "smuggling", "assistance")["palermo-smuggling"]

    assert Why.SIGNED_ONLY in _reasons(bolivia)
    assert Why.NEITHER in _reasons(colombia)
    assert bolivia.status is colombia.status is Status.MISSING


@pytest.mark.parametrize(
    ("national", "host", "status"),
    [
        ("co", "cl", Status.MISSING),
        ("ec", "cl", Status.MISSING),
        ("pe", "cl", Status.MISSING),
        ("cl", "pe", Status.CANDIDATE),  # in force; no article of it is named
        ("cl", "ec", Status.CANDIDATE),
        ("cl", "co", Status.MISSING),
        ("ar", "cl", Status.CANDIDATE),
        ("ve", "ar", Status.MISSING),
    ],
)
def test_mercosur_residence_is_not_symmetric(national: str, host: str, status: Status) -> None:
    found = _bases(national, host, "trafficking", "stay")["mercosur-residence"]
    assert found.status is status
    assert (status is Status.CANDIDATE) == _only_unnamed(found)


def test_what_no_source_shows_for_a_day_is_not_known_and_never_available() -> None:
    before = _bases("cl", "co", "trafficking", "stay", date(2018, 12, 31))["mercosur-residence"]
    during = _bases("cl", "co", "trafficking", "stay", date(2019, 6, 1))["mercosur-residence"]

    assert before.status is Status.CANDIDATE  # Colombia's accession: a secondary source only
    assert Why.NOT_YET_SEEN in _reasons(before)
    assert during.status is Status.CANDIDATE  # the source gives only the year


def test_stay_begins_with_the_hosts_own_rule() -> None:
    uruguay = _bases("ve", "uy", "trafficking", "stay")
    elsewhere = _bases("uy", "ve", "trafficking", "stay")

    assert uruguay["uy.reflection.1"].status is Status.AVAILABLE
    assert uruguay["uy.residence.1"].status is Status.AVAILABLE
    assert not [id_ for id_ in elsewhere if id_.startswith("uy.")]
    assert elsewhere["ve.residence.1"].status is Status.CANDIDATE


def test_nationals_of_venezuela_have_neither_andean_nor_mercosur_residence() -> None:
    for host in ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy"):
        found = _bases("ve", host, "trafficking", "stay")
        assert found["mercosur-residence"].status is Status.MISSING
        if "can-decision-878" in found:
            assert found["can-decision-878"].status is Status.MISSING


def test_return_of_smuggled_persons_rests_on_an_article_that_nobody_read() -> None:
    found = _bases("ar", "pe", "smuggling", "return")["palermo-smuggling"]

    assert found.status is Status.CANDIDATE
    assert Why.PROVISION_UNVERIFIED in _reasons(found)
    assert not found.citable


def test_an_agreement_is_not_named_before_its_entry_into_force() -> None:
    before = _bases("ar", "bo", "trafficking", "assistance", date(2018, 1, 15))
    since = _bases("ar", "bo", "trafficking", "assistance", date(2018, 1, 16))

    assert before["ar-bo-trafficking"].status is Status.MISSING
    assert _only_unnamed(since["ar-bo-trafficking"])


def test_inside_one_state_only_its_own_law_counts() -> None:
    found = _bases("ar", "ar", "trafficking", "assistance")

    assert set(found) == {"ar.help.1"}


def test_agreements_of_third_states_are_not_listed() -> None:
    assert "ar-bo-trafficking" not in _bases("ar", "co", "trafficking", "assistance")


def test_an_unknown_state_crime_or_subject_raises() -> None:
    with pytest.raises(NotFound):
        _bases("ar", "na", "trafficking", "assistance")
    with pytest.raises(ValueError, match="kidnapping"):
        _bases("ar", "bo", "kidnapping", "assistance")
    with pytest.raises(ValueError, match="extradition"):
        _bases("ar", "bo", "trafficking", "extradition")


def test_every_reason_of_every_pair_has_its_sentence() -> None:
    for subject in api.Subject:
        for crime in api.Crime:
            for basis in _bases("bo", "co", str(crime), str(subject)).values():
                sentences = api.reasons_of(basis)
                assert sentences
                assert not [text for text in sentences if "%(" in text]


def test_what_nobody_verified_is_never_cited() -> None:
    for id_ in ("palermo-smuggling.18", "vccr.36", "mercosur-trafficking", "pe.residence.1"):
        with pytest.raises(NotCitable):
            api.cite(id_, language="es")
        assert not api.citable(id_)
        assert api.provision(id_) if "." in id_ else api.instrument(id_)  # it may be shown


def test_a_citation_carries_title_reference_and_source_in_the_language_asked_for() -> None:
    citation = api.cite("palermo-trafficking.8", language="pt-br")

    assert citation.title.startswith("Protocolo relativo à prevenção")
    assert citation.reference == "art. 8"
    assert "demora indevida" in citation.text
    assert citation.source


def test_everything_citable_was_read_in_its_source() -> None:
    for id_, provision in api.framework().provisions.items():
        assert not api.citable(id_) or provision.evidence.mark is Mark.VERIFIED


def test_asking_for_what_does_not_exist_is_refused() -> None:
    with pytest.raises(NotFound):
        api.provision("palermo-trafficking.99")
    with pytest.raises(NotFound):
        api.instrument("nothing")


def test_what_a_grant_may_name_is_verified_and_for_this_direction() -> None:
    found = api.citable_provisions(
        requesting="ar", requested="bo", crime="trafficking", subject="assistance", on=ON
    )

    assert "palermo-trafficking.6" in found
    assert not {"untoc", "ar-bo-trafficking"} & set(found)
    assert all(api.citable(id_) for id_ in found)
    assert "mercosur-trafficking" not in found
