"""What states have read of instruments: published to all, used where the register has not read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import ground
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.norms import api, resolver
from ayni.norms.article_kind import in_words
from ayni.norms.joined import joined, with_articles
from ayni.norms.model import ArticleRead, Crime, Stated, Subject
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

OURS = "ar-bo-trafficking.3"  # in force since 2018; the register names no article of it
UNREAD = "palermo-smuggling.18"  # named by the register, read by nobody
REPORTED = "bo-pe-trafficking"  # nobody has read its text
HELP = (Crime.TRAFFICKING, Subject.ASSISTANCE)
BODY: dict[str, Any] = {
    "text": "Los Estados asisten a las víctimas.", "language": "es", "reference": "art. 3",
    "serves": ["trafficking:assistance"], "source": "Gaceta 77",
}  # fmt: skip
FORM = {
    "text": "Los Estados asisten a las víctimas.", "language": "es", "reference": "art. 3",
    "serves": ["trafficking:assistance"], "source": "Boletín 1234", "read_day": "4",
    "read_month": "3", "read_year": "2026", "version": "0",
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


def says(by: Actor, ident: str = OURS, seen: int = 0, **changed: Any) -> None:
    known: dict[str, Any] = {
        "text": "Los Estados asisten a las víctimas.", "language": "es", "reference": "art. 3",
        "serves": frozenset({HELP}), "source": "Boletín 1", "read": date(2026, 3, 4),
    }  # fmt: skip
    api.state_article(by=by, ident=ident, read=api.TextRead(**{**known, **changed}), seen=seen)


def bolivia_says(bolivia: Peer, ident: str = OURS, **changed: Any) -> None:
    body = {name: changed.pop(name, value) for name, value in BODY.items()}
    usual: dict[str, Any] = {
        "kind": "norms.article", "key": ident, "valid_from": "2026-05-06", "body": body,
    }  # fmt: skip
    arrive(an_entry(bolivia, **{**usual, **changed}))


def asked(subject: str = "assistance", crime: str = "trafficking", to: str = "bo") -> api.Basis:
    """What the agreement between Argentina and Bolivia is for this subject."""
    found = api.legal_bases(
        requesting="ar", requested=to, crime=crime, subject=subject, on=clock.now().date()
    )
    return next(each for each in found if each.id == "ar-bo-trafficking")


def can_be_cited() -> tuple[str, ...]:
    return api.citable_provisions(
        requesting="ar", requested="bo", crime="trafficking", subject="assistance",
        on=clock.now().date(),
    )  # fmt: skip


def test_an_article_that_the_register_does_not_name_is_verified_and_travels_to_every_node(
    paula: Actor,
) -> None:
    assert asked().status is api.Status.CANDIDATE
    assert OURS not in can_be_cited()
    says(paula)

    basis = asked()
    assert (basis.status, basis.citable, basis.provisions) == (
        api.Status.AVAILABLE, True, (OURS,),
    )  # fmt: skip
    assert OURS in can_be_cited()
    cited = api.cite(OURS, language="es")
    assert (cited.reference, cited.text, cited.source, cited.as_at) == (
        "art. 3", "Los Estados asisten a las víctimas.", "Boletín 1", "2026-03-04",
    )  # fmt: skip
    assert asked("evidence").status is api.Status.CANDIDATE, "of which it was not said"
    sent = OutgoingMessage.objects.filter(kind="gazette.entries")
    assert {each.peer for each in sent} == {"bo", "secretariat"}
    assert audit.entries_of(verb="norms.state_article", limit=1)[0].subject == OURS


def test_the_resolver_names_the_instrument_for_the_purpose_that_waited_for_its_article(
    paula: Actor,
) -> None:
    def answer() -> dict[str, Any]:
        found = api.legal_basis(
            requesting="ar", requested="bo", crime="trafficking", purposes=["assistance"],
            on=clock.now().date(),
        )  # fmt: skip
        rows = api.legal_basis_as_data(found)["instruments"]
        return next(each for each in rows if each["id"] == "ar-bo-trafficking")

    assert answer()["to_check_for"] == ["assistance"]
    says(paula)

    now = answer()
    assert (now["purposes"], now["to_check_for"]) == (["assistance"], [])
    assert [each["id"] for each in now["provisions"]] == [OURS]
    assert now["provisions"][0]["verified"]
    assert now["provisions"][0]["read_by"] == ["AR"]


def test_a_text_that_nobody_had_read_makes_common_ground_once_it_is_read_and_in_force(
    bolivia: Peer, paula: Actor
) -> None:
    today = clock.now().date()
    ours = {"kind": "norms.standing", "key": REPORTED, "valid_from": "2018-02-01"}
    force = {"force": "in_force", "mark": "V", "seen": False, "source": "Gaceta 78"}
    arrive(an_entry(bolivia, **ours, body=force))
    of = api.instrument(REPORTED)
    assert api.in_force(of, "bo", today).force is api.Force.NOT_KNOWN

    bolivia_says(bolivia, REPORTED, reference="", serves=[])
    of = api.instrument(REPORTED)
    assert of.evidence == api.Evidence("Gaceta 77", api.Mark.VERIFIED, "2026-05-06")
    assert api.in_force(of, "bo", today).force is api.Force.IN_FORCE
    assert api.in_force(of, "pe", today).force is api.Force.NOT_KNOWN, "Peru has said nothing"
    assert api.citable(REPORTED)
    with pytest.raises(api.NotBoundByIt):
        says(paula, REPORTED, reference="", serves=frozenset())


def test_an_agreement_that_was_only_reported_is_a_basis_once_both_say_all_of_it() -> None:
    today = clock.now().date()
    source = api.Evidence("Gaceta 77", api.Mark.VERIFIED, "2026-05-06")
    force = Stated(api.Force.IN_FORCE, date(2018, 2, 1), seen=False, evidence=source)
    both = joined(api.shipped(), [(REPORTED, "bo", force), (REPORTED, "pe", force)])
    text = ArticleRead("bo", "Tiene ocho artículos.", "es", "", frozenset(), source)
    article = ArticleRead("pe", "Se presta asistencia.", "es", "art. 2", frozenset({HELP}), source)

    def of(known: api.Framework) -> tuple[api.Status, bool]:
        found = resolver.legal_bases(
            known, requesting="bo", requested="pe", crime=HELP[0], subject=HELP[1], on=today
        )
        basis = next(each for each in found if each.id == REPORTED)
        pair = next(
            each for each in api.common_ground(on=today, known=known)
            if (each.a, each.b) == ("bo", "pe")
        )  # fmt: skip
        return basis.status, REPORTED in pair.matters[HELP[0]].instruments

    assert of(both) == (api.Status.CANDIDATE, False)
    assert of(with_articles(both, [(f"{REPORTED}.2", article)])) == (api.Status.CANDIDATE, False)
    read = with_articles(both, [(REPORTED, text)])
    assert of(read) == (api.Status.CANDIDATE, True), "in force, and no article to rest on"
    read = with_articles(both, [(REPORTED, text), (f"{REPORTED}.2", article)])
    assert of(read) == (api.Status.AVAILABLE, True)


def test_where_two_states_differ_only_what_both_say_counts_and_both_are_shown(
    paula: Actor, bolivia: Peer
) -> None:
    says(paula, serves=frozenset({HELP, (Crime.TRAFFICKING, Subject.EVIDENCE)}))
    assert asked("evidence").status is api.Status.AVAILABLE
    bolivia_says(bolivia, text="Se presta asistencia.")

    assert asked().status is api.Status.AVAILABLE
    assert asked("evidence").status is api.Status.CANDIDATE
    article = api.provision(OURS)
    assert article.evidence.source == "Boletín 1 / Gaceta 77"
    assert article.text is not None
    assert article.text.es == "AR: Los Estados asisten a las víctimas. BO: Se presta asistencia."
    page = browser(officer()).get("/norms/instruments/ar-bo-trafficking/").content.decode()
    for each in (
        "Argentina itself says:",
        "Bolivia itself says:",
        "Only what all of them say counts.",
    ):
        assert each in page
    bolivia_says(bolivia, serves=[], version=2)
    assert asked().status is api.Status.CANDIDATE


def test_however_many_articles_states_have_read_a_message_names_as_many_as_it_may(
    bolivia: Peer,
) -> None:
    for number in range(21, 63):
        bolivia_says(bolivia, f"palermo-trafficking.{number}", serves=["trafficking:transfer"])
    found = ground.provisions_for(["trafficking"], "bo", clock.now().date())

    assert len(found) == ground.MOST == 40
    assert "palermo-trafficking.10" in found, "which the register has read"

    crimes = [[f"trafficking.{number}" for number in range(50)], ["smuggling.1", "trafficking.0"]]
    named = ground.in_turn(crimes)
    assert named[:3] == ["trafficking.0", "smuggling.1", "trafficking.1"], "some for each crime"
    assert len(named) == ground.MOST


def test_a_document_says_whose_reading_it_cites(paula: Actor, bolivia: Peer) -> None:
    says(paula)
    bolivia_says(bolivia, text="Se presta asistencia.")
    for language, words in (("en", "as read by"), ("es", "según la lectura de")):
        with translation.override(language):
            (cited,) = ground.legal_ground([OURS])
            assert cited.endswith(f", {words} Argentina, Bolivia")
    (register,) = ground.legal_ground(["palermo-trafficking.10"])
    assert "read by" not in register


def test_taken_back_it_is_gone(paula: Actor) -> None:
    says(paula)
    with pytest.raises(gazette.StaleEntry):
        api.take_back_article(by=paula, ident=OURS, seen=4)
    api.take_back_article(by=paula, ident=OURS, seen=1)

    assert asked().status is api.Status.CANDIDATE
    with pytest.raises(NotFound):
        api.provision(OURS)
    with pytest.raises(gazette.NothingToWithdraw):
        api.take_back_article(by=paula, ident=OURS, seen=2)


def test_two_of_one_number_make_it_unknown_until_a_later_one(paula: Actor, bolivia: Peer) -> None:
    says(paula)
    bolivia_says(bolivia)
    bolivia_says(bolivia, text="Otra cosa.")

    assert not api.citable(OURS)
    assert asked().status is api.Status.CANDIDATE
    bolivia_says(bolivia, version=2)
    assert api.citable(OURS)


def test_who_is_not_bound_counts_for_nothing_and_is_refused_on_its_own_node(
    paula: Actor, bolivia: Peer
) -> None:
    bolivia_says(bolivia, UNREAD, serves=["smuggling:return"])  # has signed, and not ratified
    bolivia_says(bolivia, "ar-pe-residence.2", serves=[])  # between two others
    bolivia_says(bolivia, "ar-pe-residence.2", serves=[], text="Otra cosa.")

    assert api.provision(UNREAD).read_by == ()
    with pytest.raises(NotFound):
        api.provision("ar-pe-residence.2")
    page = browser(officer()).get("/norms/instruments/palermo-smuggling/").content.decode()
    assert "The state is not bound by the instrument, as far as is known here." in page
    says(paula, UNREAD, serves=frozenset({(Crime.SMUGGLING, Subject.RETURN)}))
    assert api.citable(UNREAD), "Argentina is bound"


def test_an_article_that_does_not_serve_is_no_ground_although_it_has_been_read(
    paula: Actor,
) -> None:
    says(paula, UNREAD, serves=frozenset())

    assert api.provision(UNREAD).evidence.mark is api.Mark.VERIFIED
    found = api.legal_bases(
        requesting="ar", requested="pe", crime="smuggling", subject="return",
        on=clock.now().date(),
    )  # fmt: skip
    basis = next(each for each in found if each.id == "palermo-smuggling")
    assert (basis.status, basis.provisions) == (api.Status.CANDIDATE, ())


def test_what_the_register_has_read_stays_as_it_is(paula: Actor, bolivia: Peer) -> None:
    before = api.provision("palermo-trafficking.8")
    bolivia_says(bolivia, "palermo-trafficking.8", serves=[], text="Otra cosa.")

    now = api.provision("palermo-trafficking.8")
    assert (now.text, now.evidence) == (before.text, before.evidence)
    page = browser(officer()).get("/norms/instruments/palermo-trafficking/").content.decode()
    assert "The register itself has read this in its source." in page
    assert api.instrument("palermo-trafficking").grounds == (
        api.shipped().instruments["palermo-trafficking"].grounds
    )
    with pytest.raises(api.ReadAlready):
        says(paula, "palermo-trafficking.8")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"read": date(2199, 1, 1)}, api.ReadDayNeeded),
        ({"source": "escribir a rosa@example.org"}, api.WordsNamePerson),
        ({"text": "Pregunte a rosa@example.org"}, api.WordsNamePerson),
        ({"serves": frozenset({(Crime.SMUGGLING, Subject.ASSISTANCE)})}, api.NotItsPurpose),
        ({"language": "qu"}, gazette.NotOfItsForm),
        ({"text": ""}, gazette.NotOfItsForm),
        ({"seen": 4}, gazette.StaleEntry),
        ({"ident": "ar-bo-trafficking"}, api.ReadAlready),
        ({"ident": "bo-py-trafficking.1"}, api.NotBoundByIt),
        ({"ident": "ar-bo-trafficking.note-1"}, NotFound),
        ({"ident": "ar-bo-trafficking."}, NotFound),
        ({"ident": "nothing.1"}, NotFound),
    ],
)
def test_what_cannot_be_meant_is_refused(
    paula: Actor, changed: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        says(paula, **changed)
    assert gazette.current(kind="norms.article") == []
    with pytest.raises(NotAllowed):
        says(members.actor_of(officer(members.Role.CONSULAR_OFFICER)))


def test_of_others_what_has_another_form_or_purpose_does_not_count(bolivia: Peer) -> None:
    bolivia_says(bolivia, valid_from="2199-01-01")
    bolivia_says(bolivia, "ar-bo-trafficking.4", serves=["smuggling:return"])
    bolivia_says(bolivia, "ar-bo-trafficking.5", serves=["trafficking:anything"])
    bolivia_says(bolivia, REPORTED, serves=["trafficking:assistance"])
    bolivia_says(bolivia, "ar-bo-trafficking.note-1")

    assert [each.counts for each in gazette.current(kind="norms.article")] == [False] * 5
    assert OURS not in can_be_cited()


def test_what_it_says_is_one_sentence(bolivia: Peer) -> None:
    bolivia_says(bolivia)
    with translation.override("en"):
        words = in_words(gazette.current(kind="norms.article")[0].said)

    assert words == (
        "art. 3: Los Estados asisten a las víctimas. It serves for: Trafficking in persons: "
        "Assistance and referral. Source: Gaceta 77, read on 06/05/2026."
    )


def test_a_focal_point_says_it_on_the_page_of_the_instrument(bolivia: Peer) -> None:
    paula, ana = browser(officer()), browser(officer(members.Role.CONSULAR_OFFICER))
    page = "/norms/instruments/ar-bo-trafficking/"
    ask = f"{page}article/"
    at = f"/norms/articles/{OURS}/stating/"
    assert ask in paula.get(page).content.decode()
    assert ask not in ana.get(page).content.decode()
    assert paula.get(ask).status_code == 200
    assert "Write the number of one article" in paula.post(ask, {"number": "?"}).content.decode()
    asked = paula.post(ask, {"number": "Art. 3.º"})
    assert (asked.status_code, asked.headers["Location"]) == (302, at)
    assert "The register does not name this article." in paula.get(at).content.decode()
    after = paula.post(at, FORM, follow=True).content.decode()

    assert "Published to all member states." in after
    shown = ana.get(page).content.decode()
    for each in ("Los Estados asisten a las víctimas.", "Argentina itself says:", "Boletín 1234"):
        assert each in shown
    assert "Los Estados asisten" in ana.get("/published/").content.decode()
    found = ana.get("/norms/search/", {"q": "asisten a las víctimas"}).content.decode()
    assert "Boletín 1234" in found


def test_a_stale_one_is_shown_what_stands_and_it_is_taken_back_by_who_has_seen_it(
    bolivia: Peer,
) -> None:
    paula, at = browser(officer()), f"/norms/articles/{OURS}/stating/"
    paula.post(at, FORM)
    again = paula.post(at, {**FORM, "text": "Otro texto."})
    page = again.content.decode()
    assert again.status_code == 422
    assert "Somebody published another version meanwhile. Nothing was overwritten." in page
    assert "Los Estados asisten" in page
    assert "Otro texto." in page
    wrong = paula.post(at, {**FORM, "read_year": "2199", "version": "1"})
    assert "Name the day on which" in wrong.content.decode()
    after = paula.post(f"{at}back/", {"version": "1"}, follow=True).content.decode()

    assert "Taken back. All member states are told." in after
    assert "Los Estados asisten" not in after


def test_who_may_not_is_refused_and_of_what_is_read_there_is_no_page(bolivia: Peer) -> None:
    paula, ana = browser(officer()), browser(officer(members.Role.CONSULAR_OFFICER))
    at = f"/norms/articles/{OURS}/stating/"
    assert ana.get(at).status_code == 403
    assert ana.post(f"{at}back/", {"version": "1"}).status_code == 403
    assert paula.get("/norms/articles/bo-py-trafficking.1/stating/").status_code == 403
    assert paula.get("/norms/articles/palermo-trafficking.8/stating/").status_code == 404
    assert paula.get("/norms/articles/nothing/stating/").status_code == 404
    ask = "/norms/instruments/palermo-trafficking/article/"
    assert "has read this in its source" in paula.post(ask, {"number": "8"}).content.decode()
