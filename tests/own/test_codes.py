"""A code on paper: who gets one, how it is kept, when it opens nothing."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from hypothesis import given as for_any
from hypothesis import strategies as st

from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.lib import clock, pace
from ayni.lib.errors import NotAllowed, NotFound
from ayni.lib.identifiers import spoken_code
from ayni.members import api as members
from ayni.own import api as own
from ayni.own import codes
from tests.cases.stories import CHILD, OF_UNKNOWN_AGE, a_case
from tests.cast import Cast, an_officer
from tests.own.conftest import FOR_HER, Story, entered

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@for_any(st.text(ALPHABET, min_size=12, max_size=12), st.sampled_from(" -._"), st.booleans())
def test_a_number_is_read_however_it_is_parted(number: str, sign: str, small: bool) -> None:
    typed = sign.join([number[:4], number[4:8], number[8:]])

    assert codes.normal(typed.lower() if small else typed) == number


@for_any(st.text())
def test_whatever_is_typed_is_a_number_of_ours_or_nothing(typed: str) -> None:
    read = codes.normal(typed)

    assert read == "" or (len(read) == 12 and set(read) <= set(ALPHABET))
    assert codes.normal(read) == read


def test_letters_that_look_like_figures_are_read_as_figures() -> None:
    assert codes.normal("OIL0-oil0-UUUU") == "0110" + "0110" + "VVVV"


@for_any(st.ip_addresses())
def test_a_household_is_one_place(address: object) -> None:
    place = pace.place(str(address))

    assert place
    mapped = getattr(address, "ipv4_mapped", None) is not None
    assert ("/64" in place) == (":" in str(address) and not mapped)
    assert pace.place("nonsense") == ""


@for_any(st.ip_addresses(v=4))
def test_an_ipv4_address_is_one_place_however_the_socket_calls_it(address: object) -> None:
    assert pace.place(f"::ffff:{address}") == str(address)


def test_a_number_is_long_enough_that_nobody_guesses_it() -> None:
    assert len(codes.normal(spoken_code(codes.GROUPS, codes.LENGTH))) * 5 >= 60


def test_the_numbers_are_kept_as_digests_only(story: Story) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(c)::text from own_code c")
        rows = cursor.fetchall()
    kept = str(rows) + str(list(Entry.objects.values_list("detail", flat=True)))

    assert len(rows) == 1
    for number in (story.given.opens, story.given.harmless):
        assert number not in kept
        assert codes.normal(number) not in kept
        assert codes.normal(number).encode().hex() not in kept


def test_a_code_needs_her_will_and_a_safe_place(story: Story) -> None:
    for agreed, safe in ((True, False), (False, True)):
        new = own.NewCode(given_to="person", agreed=agreed, safe=safe)
        with pytest.raises(own.NotAgreed):
            own.give_code(by=story.ana, case_id=story.case.id, new=new)

    assert not entered(story.given.opens).harmless  # the refused one ended nothing


@pytest.mark.parametrize("person", [CHILD, OF_UNKNOWN_AGE])
def test_a_childs_code_is_for_the_child_protection_authority(
    cast: Cast, person: dict[str, object]
) -> None:
    ana = members.actor_of(cast.ana)
    with members.acting(ana.institution):
        case = a_case(ana, person)
        for given_to, view in (
            ("person", "Invented."), ("guardian", "Invented."), ("child_authority", " "),
        ):  # fmt: skip
            new = own.NewCode(given_to=given_to, agreed=True, safe=True, own_view=view)
            with pytest.raises(own.ChildAuthorityOnly):
                own.give_code(by=ana, case_id=case.id, new=new)
        new = own.NewCode(given_to="child_authority", agreed=True, safe=True, own_view="Invented.")

        assert own.give_code(by=ana, case_id=case.id, new=new).opens


@pytest.mark.parametrize("given_to", ["guardian", "child_authority"])
def test_an_adults_code_is_given_to_nobody_else(story: Story, given_to: str) -> None:
    new = own.NewCode(given_to=given_to, agreed=True, safe=True, own_view="Invented.")
    with pytest.raises(own.PersonOnly):
        own.give_code(by=story.ana, case_id=story.case.id, new=new)


def test_another_institution_gives_no_code(story: Story, cast: Cast) -> None:
    sol, dora = members.actor_of(cast.sol), members.actor_of(cast.dora)
    with members.acting(sol.institution), pytest.raises(NotFound):
        own.give_code(by=sol, case_id=story.case.id, new=FOR_HER)
    with pytest.raises(NotAllowed):
        own.give_code(by=dora, case_id=story.case.id, new=FOR_HER)


def test_a_new_paper_ends_the_old_one(story: Story) -> None:
    fresh = own.give_code(by=story.ana, case_id=story.case.id, new=FOR_HER)

    for number in (story.given.opens, story.given.harmless):
        with pytest.raises(own.UnknownNumber):
            entered(number)
    assert entered(fresh.opens).case_id == story.case.id


def test_a_code_that_was_ended_ends_its_visits(story: Story) -> None:
    visiting = entered(story.given.opens)
    own.end_code(by=story.ana, case_id=story.case.id)

    with pytest.raises(own.VisitOver):
        own.go_on(ticket=visiting.ticket, part="written")
    with pytest.raises(NotFound):
        own.written(by=visiting.person)
    assert own.code_of(by=story.ana, case_id=story.case.id) is None


def test_a_code_expires(story: Story) -> None:
    with time_machine.travel(clock.now() + timedelta(days=30, minutes=1), tick=False):
        with pytest.raises(own.UnknownNumber):
            entered(story.given.opens)
        assert own.code_of(by=story.ana, case_id=story.case.id) is None


@pytest.mark.parametrize("days", [0, -1, 91])
def test_a_code_is_valid_for_one_to_ninety_days(story: Story, days: int) -> None:
    new = own.NewCode(given_to="person", agreed=True, safe=True, valid_for=timedelta(days=days))
    with pytest.raises(own.NotAgreed):
        own.give_code(by=story.ana, case_id=story.case.id, new=new)


def test_a_broken_glass_gives_no_paper_that_opens_for_longer(ana: Actor, cast: Cast) -> None:
    case = a_case(ana)
    bruno = members.actor_of(an_officer("bruno", cast.programme))
    cases.break_glass(by=bruno, case_id=case.id, reason="Invented: she called at night.")

    with pytest.raises(cases.CaseClosed):
        own.give_code(by=bruno, case_id=case.id, new=FOR_HER)
    cases.let_in(by=ana, case_id=case.id, officer_id=UUID(bruno.id))
    assert own.give_code(by=bruno, case_id=case.id, new=FOR_HER).opens
