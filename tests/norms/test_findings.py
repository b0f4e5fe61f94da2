"""What a state says its own law says: published to all, used in place of what nobody verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.norms import api
from ayni.norms.finding_kind import in_words
from ayni.norms.joined import with_laws
from ayni.norms.model import StatedLaw
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

OURS = "ar.compensation.3"  # of which nobody has verified anything
THEIRS = "bo.residence.1"  # a ground for a stay, if somebody had verified it
SAID: dict[str, Any] = {
    "provides": True, "text": "Las víctimas obtienen residencia.", "language": "es",
    "reference": "Ley 370 art. 1", "source": "Gaceta 77",
}  # fmt: skip
FORM = {
    "provides": "yes", "text": "Un fondo para las víctimas.", "language": "es",
    "reference": "Res. 12 art. 1", "source": "Boletín 1234", "read_day": "4", "read_month": "3",
    "read_year": "2026", "version": "0",
}  # fmt: skip


@pytest.fixture
def bolivia(db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours and the secretariat."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia
    bolivia.stop()
    secretariat.stop()


def officer(role: members.Role = members.Role.NATIONAL_FOCAL_POINT) -> Any:
    return an_officer(role.value.replace("_", "-"), an_institution("ar-programme"), role)


@pytest.fixture
def paula(bolivia: Peer) -> Actor:
    """The national focal point."""
    return members.actor_of(officer())


def browser(of: Any) -> Client:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, of)
    client.cookies["ayni_ar_language"] = "en"
    return client


def today() -> date:
    return clock.now().date()


def says(by: Actor, ident: str = OURS, seen: int = 0, **changed: Any) -> None:
    known: dict[str, Any] = {
        "provides": True, "text": "Un fondo.", "language": "es", "reference": "Res. 12",
        "source": "Boletín 1", "read": date(2026, 3, 4),
    }  # fmt: skip
    api.state_finding(by=by, ident=ident, law=api.LawRead(**{**known, **changed}), seen=seen)


def bolivia_says(bolivia: Peer, ident: str = THEIRS, **changed: Any) -> None:
    body = {name: changed.pop(name, value) for name, value in SAID.items()}
    usual: dict[str, Any] = {
        "kind": "norms.finding", "key": ident, "valid_from": "2026-05-06", "body": body,
    }  # fmt: skip
    arrive(an_entry(bolivia, **{**usual, **changed}))


def stay(requested: str = "bo") -> list[api.Basis]:
    """Which of Bolivia's own laws may let a person from Argentina stay."""
    found = api.legal_bases(
        requesting="ar", requested=requested, crime="trafficking", subject="stay", on=today()
    )
    return [each for each in found if each.kind == "national"]


def test_what_a_focal_point_has_read_is_verified_and_travels_to_every_other_node(
    paula: Actor,
) -> None:
    assert not api.citable(OURS)
    says(paula)

    known = api.provision(OURS)
    assert known.evidence == api.Evidence("Boletín 1", api.Mark.VERIFIED, "2026-03-04")
    assert known in api.provisions_of(state="ar")
    cited = api.cite(OURS, language="es")
    assert (cited.text, cited.source, cited.as_at) == ("Un fondo.", "Boletín 1", "2026-03-04")
    sent = OutgoingMessage.objects.filter(kind="gazette.entries")
    assert {each.peer for each in sent} == {"bo", "secretariat"}
    assert audit.entries_of(verb="norms.state_finding", limit=1)[0].subject == OURS


def test_what_another_state_has_read_of_its_own_law_becomes_a_ground(bolivia: Peer) -> None:
    assert [each.status for each in stay()] == [api.Status.CANDIDATE]
    bolivia_says(bolivia)

    (law,) = stay()
    assert (law.id, law.status, law.citable) == (THEIRS, api.Status.AVAILABLE, True)
    assert api.citable(THEIRS)


def test_that_a_law_provides_for_nothing_is_known_and_never_a_ground(bolivia: Peer) -> None:
    bolivia_says(bolivia, provides=False, text="La ley no prevé residencia.", reference="")

    assert stay() == []
    assert api.provision(THEIRS).evidence.mark is api.Mark.VERIFIED
    with translation.override("en"):
        words = in_words(gazette.current(kind="norms.finding")[0].said)
    assert words.startswith("The law was read, and does not provide for it: ")
    assert ".." not in words


def test_taken_back_the_register_alone_holds_again(paula: Actor) -> None:
    before = api.provision(OURS)
    says(paula)
    with pytest.raises(gazette.StaleEntry):
        api.take_back_finding(by=paula, ident=OURS, seen=4)
    api.take_back_finding(by=paula, ident=OURS, seen=1)

    assert api.provision(OURS) == before
    assert not api.citable(OURS)
    with pytest.raises(gazette.NothingToWithdraw):
        api.take_back_finding(by=paula, ident=OURS, seen=2)


def test_of_another_states_law_nobody_says_anything(paula: Actor, bolivia: Peer) -> None:
    for ident in (THEIRS, "ar.nothing.9", "palermo-trafficking", "palermo-trafficking.8"):
        with pytest.raises(NotFound):
            says(paula, ident)
    bolivia_says(bolivia, OURS)
    bolivia_says(bolivia, OURS, text="Otra cosa.")

    assert api.provision(OURS).stated is None, "nor makes it unknown by contradicting itself"
    with pytest.raises(NotAllowed):
        says(members.actor_of(officer(members.Role.CONSULAR_OFFICER)))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"read": date(2199, 1, 1)}, api.ReadDayNeeded),
        ({"read": date(1850, 1, 1)}, api.ReadDayNeeded),
        ({"source": "escribir a rosa@example.org"}, api.WordsNamePerson),
        ({"text": "Pregunte a rosa@example.org"}, api.WordsNamePerson),
        ({"language": "qu"}, gazette.NotOfItsForm),
        ({"text": ""}, gazette.NotOfItsForm),
        ({"seen": 4}, gazette.StaleEntry),
    ],
)
def test_what_cannot_be_meant_is_refused(
    paula: Actor, changed: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        says(paula, **changed)
    assert gazette.current(kind="norms.finding") == []
    assert not api.citable(OURS)


def test_of_others_a_day_that_had_not_come_and_another_form_do_not_count(bolivia: Peer) -> None:
    bolivia_says(bolivia, valid_from="2199-01-01")
    bolivia_says(bolivia, "bo.help.1", provides="yes")

    assert not api.citable(THEIRS)
    assert not api.citable("bo.help.1")
    assert [each.counts for each in gazette.current(kind="norms.finding")] == [False, False]


def test_two_that_contradict_each_other_make_it_unknown_until_a_later_one(bolivia: Peer) -> None:
    verified = "bo.trafficking.1"
    assert api.citable(verified)
    bolivia_says(bolivia, verified)
    bolivia_says(bolivia, verified, text="Otra cosa.")

    assert not api.citable(verified)
    bolivia_says(bolivia, verified, version=2)
    assert api.citable(verified)


def review(bolivia: Peer, on: timedelta) -> None:
    """Bolivia reviews its law: it no longer holds."""
    body = {
        "outcome": "changed", "source": "Gaceta 78",
        "next": (today() + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    at = clock.isoformat(clock.now() + on)
    arrive(an_entry(bolivia, kind="norms.review", key=THEIRS, body=body, at=at))


def test_what_was_said_before_a_review_does_not_answer_it_and_what_is_said_after_does(
    bolivia: Peer,
) -> None:
    earlier = clock.isoformat(clock.now() - timedelta(days=2))
    bolivia_says(bolivia, at=earlier, valid_from="2026-05-06")
    review(bolivia, -timedelta(days=1))
    assert not api.citable(THEIRS)
    assert [each.status for each in stay()] == [api.Status.CANDIDATE]
    bolivia_says(bolivia, version=2)

    assert api.citable(THEIRS)
    assert [each.status for each in stay()] == [api.Status.AVAILABLE]


def test_what_a_law_lets_pass_abroad_stays_as_the_register_has_it(bolivia: Peer) -> None:
    before = api.transfer_grounds(sender="br", recipient="ar", on=today())
    said = StatedLaw(
        True, api.Text(es="x", pt="x", en="x"), "pt-br", "LGPD", today(),
        api.Evidence("DOU", api.Mark.VERIFIED, "2026-03-04"),
    )  # fmt: skip
    known = with_laws(api.shipped(), {"br.personal_data.1": said}, {})

    assert known.provisions["br.personal_data.1"].evidence.mark is api.Mark.VERIFIED
    assert known.laws == api.shipped().laws
    assert api.transfer_grounds(sender="br", recipient="ar", on=today()) == before


def test_the_page_of_the_state_says_who_has_verified_it(bolivia: Peer) -> None:
    paula, ana = browser(officer()), browser(officer(members.Role.CONSULAR_OFFICER))
    at = f"/norms/findings/{OURS}/stating/"
    assert at in paula.get("/norms/states/ar/").content.decode()
    assert at not in ana.get("/norms/states/ar/").content.decode()
    assert at in paula.get(f"/norms/reviews/{OURS}/").content.decode()
    assert paula.get(at).status_code == 200
    after = paula.post(at, FORM, follow=True).content.decode()

    assert "Published to all member states." in after
    page = ana.get("/norms/states/ar/").content.decode()
    for each in (
        '<p class="govuk-body govuk-!-margin-bottom-1" lang="es">Un fondo para las víctimas.</p>',
        "Verified by Argentina and published on",
        "Source: Boletín 1234.",
        "Status as at: 04/03/2026.",
    ):
        assert each in page
    assert "Un fondo para las víctimas" in ana.get("/published/").content.decode()
    found = ana.get("/norms/search/", {"q": "fondo para las víctimas"}).content.decode()
    assert "Boletín 1234" in found


def test_a_stale_one_is_shown_what_stands_and_it_is_taken_back_by_who_has_seen_it(
    bolivia: Peer,
) -> None:
    paula, at = browser(officer()), f"/norms/findings/{OURS}/stating/"
    paula.post(at, FORM)
    again = paula.post(at, {**FORM, "text": "Otro fondo."})
    page = again.content.decode()
    assert again.status_code == 422
    assert "Somebody published another version meanwhile. Nothing was overwritten." in page
    assert "Un fondo para las víctimas" in page
    assert "Otro fondo." in page
    wrong = paula.post(at, {**FORM, "read_year": "2199", "version": "1"})
    assert "Name the day on which the law was read" in wrong.content.decode()
    after = paula.post(f"{at}back/", {"version": "1"}, follow=True).content.decode()

    assert "Taken back. All member states are told." in after
    assert "Un fondo para las víctimas" not in after


def test_who_may_not_is_refused_and_of_others_there_is_no_page(bolivia: Peer) -> None:
    paula, ana = browser(officer()), browser(officer(members.Role.CONSULAR_OFFICER))
    at = f"/norms/findings/{OURS}/stating/"
    assert ana.get(at).status_code == 403
    assert ana.post(f"{at}back/", {"version": "1"}).status_code == 403
    assert paula.get(f"/norms/findings/{THEIRS}/stating/").status_code == 404
    assert paula.get("/norms/findings/nothing/stating/").status_code == 404
