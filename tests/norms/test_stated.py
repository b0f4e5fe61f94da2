"""What a state says of an instrument for itself: published to all, used beside the register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, Refused
from ayni.members import api as members
from ayni.norms import api
from ayni.norms.api import Force, Mark, Statement
from ayni.norms.standing_kind import in_words
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

DAY = date(2026, 11, 20)
ENTRY = Statement(
    Force.IN_FORCE, date(2021, 3, 4), seen_in_force=False, source="Boletín 1", mark=Mark.VERIFIED
)
MERCOSUR = "mercosur-trafficking"  # of which no source says that it is in force


@pytest.fixture
def bolivia(db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours and the secretariat."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia
    bolivia.stop()
    secretariat.stop()


@pytest.fixture
def paula(bolivia: Peer) -> Actor:
    """The national focal point."""
    role = members.Role.NATIONAL_FOCAL_POINT
    return members.actor_of(an_officer("paula", an_institution("ar-programme"), role))


def states(by: Actor, instrument: str = MERCOSUR, seen: int = 0, **changed: Any) -> None:
    values = {name: getattr(ENTRY, name) for name in ENTRY.__dataclass_fields__}
    statement = Statement(**{**values, **changed})
    api.state_standing(by=by, instrument=instrument, statement=statement, seen=seen)


def bolivia_states(bolivia: Peer, instrument: str = MERCOSUR, **changed: Any) -> dict[str, Any]:
    body = {"force": "in_force", "mark": "V", "seen": False, "source": "Gaceta Oficial 77"}
    told = {name: changed.pop(name) for name in list(changed) if name in body}
    entry = an_entry(
        bolivia,
        **{
            "body": {**body, **told},
            "key": instrument,
            "kind": "norms.standing",
            "valid_from": "2022-05-06",
            **changed,
        },
    )
    arrive(entry)
    return entry


def force(state: str, instrument: str = MERCOSUR, on: date = DAY) -> Force:
    return api.in_force(api.instrument(instrument), state, on).force


def test_what_is_verified_travels_to_every_other_node_and_is_used_here(
    paula: Actor, bolivia: Peer
) -> None:
    assert force("ar") is Force.NOT_KNOWN
    states(paula)

    assert force("ar") is Force.IN_FORCE
    assert api.in_force(api.instrument(MERCOSUR), "ar", DAY).since == ENTRY.on
    assert force("ar", on=date(2021, 3, 3)) is Force.NOT_IN_FORCE
    assert force("bo") is Force.NOT_KNOWN, "nobody says it of another"
    rows = OutgoingMessage.objects.filter(kind="gazette.entries")
    assert sorted(rows.values_list("peer", flat=True)) == ["bo", "secretariat"]
    assert audit.entries_of(verb="norms.state_standing", limit=1)[0].subject == MERCOSUR


def test_the_resolver_names_it_once_both_have_said_so(paula: Actor, bolivia: Peer) -> None:
    def named() -> set[str]:
        found = api.legal_basis(
            requesting="ar", requested="bo", crime="trafficking", purposes=list(api.Purpose), on=DAY
        )
        return {each.instrument.id for each in found.instruments}

    states(paula)
    assert MERCOSUR not in named()
    bolivia_states(bolivia)

    assert MERCOSUR in named()
    pair = next(p for p in api.common_ground(on=DAY) if (p.a, p.b) == ("ar", "bo"))
    assert MERCOSUR in pair.matters[api.Crime.TRAFFICKING].specific
    data = api.common_ground_as_data(on=DAY)["pairs"][0]["matters"]["trafficking"]
    assert MERCOSUR in data["of_this_matter_alone"]["instruments"]


def said_by(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_commands_on_a_node_answer_from_what_the_states_have_stated(
    paula: Actor, bolivia: Peer
) -> None:
    asked = ("legal_basis", "--from=AR", "--to=BO", "--matter=trafficking")
    assert MERCOSUR in {each["id"] for each in said_by(*asked)["missing"]}
    states(paula)
    bolivia_states(bolivia)

    basis, ground = said_by(*asked), said_by("common_ground")
    assert MERCOSUR in {each["id"] for each in basis["instruments"]}
    assert MERCOSUR in ground["pairs"][0]["matters"]["trafficking"]["instruments"]
    assert basis["register"] == ground["register"] == "shipped_and_published"
    out = StringIO()
    call_command(*asked, stdout=out)
    assert out.getvalue().rstrip().endswith(api.register_in_words(shipped=False))


def test_commands_without_a_node_ask_no_database_and_say_that_they_know_the_register_alone(
    paula: Actor, bolivia: Peer, django_assert_num_queries: Any
) -> None:
    states(paula)
    bolivia_states(bolivia)
    with django_assert_num_queries(0):
        basis = said_by("legal_basis", "--from=AR", "--to=BO", "--matter=trafficking", "--shipped")
        ground = said_by("common_ground", "--shipped")

    assert MERCOSUR in {each["id"] for each in basis["missing"]}
    assert MERCOSUR not in ground["pairs"][0]["matters"]["trafficking"]["instruments"]
    assert basis["register"] == ground["register"] == "shipped"


def test_a_statement_that_was_not_read_in_its_source_is_shown_and_never_a_ground(
    paula: Actor,
) -> None:
    states(paula, mark=Mark.SECONDARY)

    assert force("ar") is Force.NOT_KNOWN
    (shown,) = api.statements(MERCOSUR)
    assert shown.said.body["mark"] == "2"


def test_where_the_state_and_the_register_do_not_agree_both_are_told(
    paula: Actor, bolivia: Peer
) -> None:
    states(paula, "palermo-smuggling", force=Force.NOT_IN_FORCE, on=date(2026, 1, 1))
    bolivia_states(bolivia, "palermo-smuggling")

    ours, theirs = api.contradictions(api.instrument("palermo-smuggling"))
    assert (ours.state, ours.answer.force) == ("ar", Force.IN_FORCE)
    assert ours.answer.evidence.source != ours.stated.evidence.source == "Boletín 1"
    assert (theirs.state, theirs.answer.force) == ("bo", Force.NOT_IN_FORCE)
    assert (force("ar", "palermo-smuggling"), force("bo", "palermo-smuggling")) == (
        Force.NOT_IN_FORCE,
        Force.IN_FORCE,
    )


def test_the_warnings_say_what_the_state_itself_says(paula: Actor, bolivia: Peer) -> None:
    def warned() -> set[tuple[str, str]]:
        found = api.legal_basis(
            requesting="ar", requested="bo", crime="smuggling", purposes=["return"], on=DAY
        )
        return {(each.code, each.state) for each in found.warnings}

    assert warned() == {("ratification_pending", "bo")}
    bolivia_states(bolivia, "palermo-smuggling")
    assert warned() == set()
    states(paula, "palermo-smuggling", force=Force.NOT_IN_FORCE, on=date(2026, 1, 1))
    assert warned() == {("stated_not_in_force", "ar")}


def test_two_statements_under_one_number_make_it_not_known(bolivia: Peer) -> None:
    bolivia_states(bolivia, "palermo-trafficking")
    bolivia_states(bolivia, "palermo-trafficking", force="not_in_force")

    assert force("bo", "palermo-trafficking") is Force.NOT_KNOWN
    assert api.contradictions(api.instrument("palermo-trafficking")) == ()
    assert len(api.statements("palermo-trafficking")) == 1
    bolivia_states(bolivia, "palermo-trafficking", version=2)
    assert force("bo", "palermo-trafficking") is Force.IN_FORCE


def test_what_is_taken_back_leaves_the_register_alone(paula: Actor) -> None:
    states(paula)
    api.take_back_standing(by=paula, instrument=MERCOSUR, seen=1)

    assert force("ar") is Force.NOT_KNOWN
    assert api.statements(MERCOSUR) == []
    own = api.own_statement(MERCOSUR)
    assert own is not None
    assert own.said.version == 2
    states(paula, seen=2)
    assert force("ar") is Force.IN_FORCE


def test_a_stale_statement_is_refused_and_its_author_is_shown_what_stands(paula: Actor) -> None:
    states(paula)
    with pytest.raises(gazette.StaleEntry) as refused:
        states(paula, force=Force.NOT_KNOWN)

    assert refused.value.stands is not None
    assert refused.value.stands.said.body["source"] == "Boletín 1"
    assert force("ar") is Force.IN_FORCE


@pytest.mark.parametrize(
    ("instrument", "changed", "refusal"),
    [
        ("no-such-thing", {}, api.UnknownInstrument),
        ("co-ec-trafficking", {}, api.NotAmongItsStates),
        ("py-pe-negotiation", {}, api.NotAmongItsStates),
        ("palermo-trafficking", {"on": date(2003, 12, 24)}, api.BeforeItsSignature),
        (MERCOSUR, {"on": date(1899, 12, 31)}, api.DayNeeded),
        (MERCOSUR, {"on": date(2199, 1, 1), "seen_in_force": True}, api.SeenLater),
        (MERCOSUR, {"source": " "}, gazette.NotOfItsForm),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(
    paula: Actor, instrument: str, changed: dict[str, Any], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        states(paula, instrument, **changed)

    assert gazette.current(kind="norms.standing") == []


@pytest.mark.parametrize(
    "source",
    [
        "Visto por J. Quispe, DNI 12.345.678",
        "Ley 26.364, llamar al 4123-4567",
        "Ley 26.364; CI 7'654'321",
        "consultas@cancilleria.example",
        "Lei 11.340, tel. +55 61 2030 1234",
    ],
)
def test_a_source_holds_no_address_and_no_number_of_a_person(
    paula: Actor, bolivia: Peer, source: str
) -> None:
    with pytest.raises(api.SourceNamesPerson):
        states(paula, source=source)
    bolivia_states(bolivia, source=source)

    (kept,) = gazette.current(kind="norms.standing")
    assert not kept.counts
    assert "Quispe" not in in_words(kept.said)
    assert source not in in_words(kept.said)


@pytest.mark.parametrize(
    "source",
    [
        "Ley 26.364",
        "Ley 26.364 (2008), Ley 26.842",
        "Decreto 1048/2024",
        "Ley N° 12.345/08, B.O. 30/04/2008",
        "Gaceta 77",
        "Boletín Oficial 34.567 del 3 de marzo de 2021, p. 12",
        "Decreto Supremo N° 001-2016-IN",
        "Gaceta Oficial de Bolivia N° 1486, artículos 12-15",
        "Decreto n.º 5.948, de 26 de outubro de 2006",
        "Expediente 2024/10485",
        "UNTS vol. 2237, p. 319; 2001-2003",
        "https://www.argentina.gob.ar/normativa/nacional/ley-26364-140784/texto",
    ],
)
def test_laws_and_gazettes_are_named_as_they_are(paula: Actor, source: str) -> None:
    states(paula, source=source)

    (kept,) = gazette.current(kind="norms.standing")
    assert kept.counts
    assert source in in_words(kept.said)


def test_what_another_state_cannot_mean_is_kept_with_the_reason_and_changes_nothing(
    bolivia: Peer,
) -> None:
    before = force("bo", "co-ec-trafficking")
    bolivia_states(bolivia, "co-ec-trafficking")

    (kept,) = gazette.current(kind="norms.standing", owner="bo")
    assert str(kept.problem) == str(api.NotAmongItsStates.reason)
    assert force("bo", "co-ec-trafficking") is before


def test_only_a_focal_point_says_it(bolivia: Peer) -> None:
    administrator = members.Role.NODE_ADMINISTRATOR
    for role in set(members.Role) - {members.Role.NATIONAL_FOCAL_POINT}:
        of = None if role is administrator else an_institution("ar-programme")
        officer = an_officer(role.value, of, role)
        with pytest.raises(NotAllowed):
            states(members.actor_of(officer))


def test_a_former_id_of_an_instrument_is_the_instrument(bolivia: Peer) -> None:
    former = next(iter(api.shipped().former), None)
    if former is None:
        pytest.skip("no instrument has had another id")
    bolivia_states(bolivia, former, valid_from="2026-01-01")

    assert [each.said.key for each in api.statements(api.current_id(former))] == [former]
    assert exchange.other_nodes() == ["bo", "secretariat"]


FORMER, PRESENT = "palermo_trafficking", "palermo-trafficking"


def said_before(by: Actor) -> None:
    """This node's statement was published when the instrument still had its former id."""
    body = {"force": "not_in_force", "mark": "V", "seen": False, "source": "Boletín 0"}
    gazette.publish(
        by=by, kind="norms.standing", key=FORMER, body=body, seen=0, valid_from=date(2020, 1, 2)
    )


def test_what_was_stated_under_a_former_id_is_shown_and_taken_back_as_the_own(
    paula: Actor,
) -> None:
    before = force("ar", PRESENT)
    said_before(paula)
    own = api.own_statement(PRESENT)
    assert own is not None
    assert (own.said.key, own.said.body["source"]) == (FORMER, "Boletín 0")
    assert force("ar", PRESENT) is Force.NOT_IN_FORCE

    api.take_back_standing(by=paula, instrument=PRESENT, seen=own.said.version)

    assert force("ar", PRESENT) is before
    assert api.statements(PRESENT) == []


def test_a_next_statement_takes_the_place_of_one_under_a_former_id(paula: Actor) -> None:
    said_before(paula)
    with pytest.raises(gazette.StaleEntry):
        states(paula, PRESENT, seen=0)

    states(paula, PRESENT, seen=1)

    assert [each.said.key for each in api.statements(PRESENT)] == [PRESENT]
    api.take_back_standing(by=paula, instrument=PRESENT, seen=1)
    assert api.statements(PRESENT) == []


def test_a_statement_stays_the_own_when_the_node_has_another_key(paula: Actor) -> None:
    states(paula)
    now = clock.now().replace(microsecond=0)
    exchange.publish_key_sheet(by=audit.job("tests"), now=now)

    own = api.own_statement(MERCOSUR)
    assert own is not None
    assert own.counts
    assert force("ar") is Force.IN_FORCE
    assert [each.wrong for each in gazette.verify(room="norms")] == [()]
    states(paula, seen=1, source="Boletín 2")
    assert [each.wrong for each in gazette.verify(room="norms")] == [()]
