"""What a state says its own law on personal data lets leave: published to all, used in place of a
rule that nobody had read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.norms import api, resolver
from ayni.norms.api import Status, TransferGround, Why
from ayni.norms.errors import NoRuleOfTransfer
from ayni.norms.finding_kind import in_words
from ayni.norms.joined import with_laws
from ayni.norms.model import Reading, StatedLaw
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

OURS = "ar.personal_data.1"  # read in full by the register, which lists no consent
UNREAD = "br.personal_data.1"
READ = "2026-05-06"
AT = f"/norms/findings/{OURS}/stating/"
FORM: dict[str, Any] = {
    "provides": "yes", "text": "Exige nivel adecuado; hay excepciones.", "language": "es",
    "reference": "Ley 25.326 art. 12", "rule": "some", "grounds": ["consent", "treaty"],
    "source": "Boletín 1234", "read_day": "6", "read_month": "5", "read_year": "2026",
    "version": "0",
}  # fmt: skip


@pytest.fixture
def bolivia(db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours and the secretariat."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia
    bolivia.stop()
    secretariat.stop()


def focal_point() -> Any:
    role = members.Role.NATIONAL_FOCAL_POINT
    return an_officer("paula", an_institution("ar-programme"), role)


@pytest.fixture
def paula(bolivia: Peer) -> Actor:
    """The national focal point."""
    return members.actor_of(focal_point())


@pytest.fixture
def browser(bolivia: Peer) -> Client:
    """Her browser, in English."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, focal_point())
    client.cookies["ayni_ar_language"] = "en"
    return client


def today() -> date:
    return clock.now().date()


def law(*grounds: TransferGround, **changed: Any) -> api.LawRead:
    known: dict[str, Any] = {
        "provides": True, "text": "Exige nivel adecuado.", "language": "es",
        "reference": "Ley 25.326 art. 12", "source": "Boletín 1", "read": date(2026, 5, 6),
        "grounds": frozenset(grounds),
    }  # fmt: skip
    return api.LawRead(**{**known, **changed})


def bolivia_says(bolivia: Peer, **changed: Any) -> None:
    """Bolivia, of which the register says that it has no general law, has one now."""
    body: dict[str, Any] = {
        "provides": True, "text": "Exige consentimiento.", "language": "es",
        "reference": "Ley 1 art. 2", "source": "Gaceta 77", "grounds": ["consent"],
    }  # fmt: skip
    body |= {name: changed.pop(name) for name in list(changed) if name in body}
    usual: dict[str, Any] = {
        "kind": "norms.finding", "key": "bo.personal_data.1", "valid_from": READ, "body": body,
    }  # fmt: skip
    arrive(an_entry(bolivia, **{**usual, **changed}))


def grounds(sender: str, on: date | None = None) -> dict[str, api.TransferBasis]:
    recipient = "uy" if sender != "uy" else "ar"
    known = api.transfer_grounds(sender=sender, recipient=recipient, on=on or today())
    return {each.ground.value: each for each in known}


def stated(*named: TransferGround, **changed: Any) -> StatedLaw:
    text = api.Text(es="x", pt="x", en="x")
    evidence = api.Evidence("DOU 15/08/2018", api.Mark.VERIFIED, READ)
    known: dict[str, Any] = {
        "provides": True, "text": text, "language": "pt-br", "reference": "LGPD art. 33",
        "on": date(2026, 5, 7), "evidence": evidence, "grounds": frozenset(named),
    }  # fmt: skip
    return StatedLaw(**{**known, **changed})


def test_of_a_rule_that_nobody_had_read_the_state_itself_says_what_it_names(bolivia: Peer) -> None:
    before = grounds("bo")
    assert {each.status for each in before.values()} == {Status.CANDIDATE}
    assert before["consent"].read_by == ""
    bolivia_says(bolivia, grounds=["consent", "adequacy"])
    found = grounds("bo")

    consent = found["consent"]
    assert (consent.status, consent.citable, consent.read_by) == (Status.AVAILABLE, True, "bo")
    assert consent.evidence == api.Evidence("Gaceta 77", api.Mark.VERIFIED, READ)
    assert [each.why for each in consent.reasons] == [Why.PERMITTED, Why.READ_BY_STATE]
    assert found["adequacy"].reasons[0].why is Why.ADEQUACY_UNDECIDED
    assert found["vital_interest"].status is Status.MISSING
    assert found["vital_interest"].reasons[0].why is Why.NOT_LISTED
    assert api.provision("bo.personal_data.1").reference == "Ley 1 art. 2"


def test_the_answer_for_two_states_says_whose_word_it_is(bolivia: Peer) -> None:
    def answer() -> Any:
        return api.legal_basis(
            requesting="bo", requested="ar", crime="trafficking", purposes=["return"], on=today()
        )

    def told(found: Any, state: str) -> dict[str, Any]:
        rows = api.legal_basis_as_data(found)["data_protection"][state]
        return {each["ground"]: each for each in rows}

    assert told(answer(), "BO")["consent"]["read_by"] == []
    bolivia_says(bolivia)
    found = answer()

    consent = told(found, "BO")["consent"]
    assert (consent["status"], consent["read_by"]) == ("available", ["BO"])
    assert (consent["source"], consent["mark"], consent["as_at"]) == ("Gaceta 77", "V", READ)
    assert consent["law"] == "Ley 1 art. 2"
    assert consent["reasons"][-1]["code"] == "read_by_state"
    assert told(found, "AR")["treaty"]["read_by"] == []
    kept = api.legal_basis_to_keep(found)
    with translation.override("en"):
        words = dict(api.kept_legal_basis_in_words(kept).data)
    [said] = [each for each in words["Bolivia"] if each.startswith("Consent")]
    assert said.endswith("(read and published by the state itself: Bolivia)")
    assert not any("itself" in each for each in words["Argentina"])


def test_what_was_read_says_nothing_of_the_days_before_where_nobody_knows_since_when() -> None:
    assert not api.shipped().laws["br"][0].valid_from
    known = with_laws(api.shipped(), {UNREAD: stated(TransferGround.CONSENT)}, {})
    [law] = known.laws["br"]
    assert (law.reading, dict(law.permits)) == (Reading.FULL, {TransferGround.CONSENT: "V"})

    def consent(on: date) -> tuple[Status, Why]:
        found = resolver.transfer_grounds(known, sender="br", recipient="ar", on=on)
        assert found[0].read_by == ("br" if found[0].citable else "")
        return found[0].status, found[0].reasons[0].why

    assert consent(date(2026, 5, 6)) == (Status.AVAILABLE, Why.PERMITTED)
    assert consent(date(2026, 5, 5)) == (Status.CANDIDATE, Why.RULE_UNREAD)


@pytest.mark.parametrize(
    ("ident", "inside", "outside"),
    [
        ("cl.personal_data.1", date(2026, 11, 30), date(2026, 12, 1)),
        ("cl.personal_data.2", date(2026, 12, 1), date(2026, 11, 30)),
    ],
)
def test_each_of_two_laws_is_read_by_itself_and_holds_on_its_own_days(
    ident: str, inside: date, outside: date
) -> None:
    known = with_laws(api.shipped(), {ident: stated(TransferGround.CONSENT)}, {})

    def consent(on: date) -> api.TransferBasis:
        return resolver.transfer_grounds(known, sender="cl", recipient="ar", on=on)[0]

    assert (consent(inside).status, consent(inside).law) == (Status.AVAILABLE, ident)
    assert consent(outside).reasons[0].why is Why.RULE_UNREAD


def test_where_the_register_had_read_it_the_state_itself_is_used_and_taken_back_again(
    paula: Actor,
) -> None:
    before = grounds("ar")
    assert before["consent"].status is Status.CANDIDATE
    assert before["intelligence"].status is Status.AVAILABLE
    api.state_finding(by=paula, ident=OURS, law=law(TransferGround.CONSENT), seen=0)

    assert grounds("ar")["consent"].citable
    assert grounds("ar")["intelligence"].status is Status.MISSING
    said = gazette.current(kind="norms.finding")[0].said
    assert said.body["grounds"] == ["consent"]
    with translation.override("en"):
        assert in_words(said).endswith("Lets personal data leave the state: Consent of the person: "
                                       "prior, informed, express, recorded.")  # fmt: skip
    assert audit.entries_of(verb="norms.state_finding", limit=1)[0].subject == OURS
    api.take_back_finding(by=paula, ident=OURS, seen=1)
    assert grounds("ar") == before


def test_a_law_that_names_nothing_lets_nothing_leave(bolivia: Peer) -> None:
    bolivia_says(bolivia, grounds=[])

    assert {each.status for each in grounds("bo").values()} == {Status.MISSING}
    with translation.override("en"):
        words = in_words(gazette.current(kind="norms.finding")[0].said)
    assert words.endswith("names nothing that lets personal data leave the state.")


def test_without_the_grounds_it_is_the_statement_that_it_was(paula: Actor) -> None:
    before = grounds("ar")
    api.state_finding(by=paula, ident=OURS, law=law(grounds=None), seen=0)

    assert "grounds" not in gazette.current(kind="norms.finding")[0].said.body
    assert grounds("ar") == before
    assert api.provision(OURS).stated is not None


def test_two_that_contradict_each_other_make_the_rule_unknown_until_a_later_one(
    bolivia: Peer,
) -> None:
    bolivia_says(bolivia)
    bolivia_says(bolivia, grounds=["treaty"])

    assert {each.reasons[0].why for each in grounds("bo").values()} == {Why.STATEMENTS_CONTRADICT}
    assert {each.status for each in grounds("bo").values()} == {Status.CANDIDATE}
    assert {each.read_by for each in grounds("bo").values()} == {""}
    bolivia_says(bolivia, version=2)
    assert grounds("bo")["consent"].citable


def test_after_a_review_that_it_no_longer_holds_it_is_said_again(bolivia: Peer) -> None:
    before, since = (clock.now() - timedelta(days=n) for n in (2, 1))
    bolivia_says(bolivia, at=clock.isoformat(before))
    body = {
        "outcome": "changed", "source": "Gaceta 78",
        "next": (today() + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    at = clock.isoformat(since)
    arrive(an_entry(bolivia, kind="norms.review", key="bo.personal_data.1", body=body, at=at))
    assert grounds("bo")["consent"].reasons[0].why is Why.NO_LONGER_HOLDS
    bolivia_says(bolivia, version=2)

    assert grounds("bo")["consent"].citable


@pytest.mark.parametrize(
    ("ident", "changed"),
    [
        ("ar.compensation.3", {}),
        (OURS, {"provides": False}),
        (OURS, {"reference": " "}),
    ],
)
def test_it_is_said_of_a_law_on_personal_data_alone_and_with_its_article(
    paula: Actor, ident: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(NoRuleOfTransfer):
        api.state_finding(by=paula, ident=ident, law=law(TransferGround.CONSENT, **changed), seen=0)
    assert gazette.current(kind="norms.finding") == []


def test_of_others_another_law_and_another_ground_do_not_count(bolivia: Peer) -> None:
    before = grounds("ar"), grounds("bo")
    bolivia_says(bolivia, key=OURS)
    bolivia_says(bolivia, grounds=["whatever"])
    bolivia_says(bolivia, key="bo.residence.1")

    assert (grounds("ar"), grounds("bo")) == before
    assert [each.counts for each in gazette.current(kind="norms.finding")] == [False] * 3


def test_the_page_asks_it_of_a_law_on_personal_data_and_of_no_other(browser: Client) -> None:
    asked = "Does the law say what lets personal data leave your state?"
    assert asked in browser.get(AT).content.decode()
    assert asked not in browser.get("/norms/findings/ar.residence.1/stating/").content.decode()
    after = browser.post(AT, FORM, follow=True).content.decode()

    assert "Published to all member states." in after
    assert "Lets personal data leave the state: Consent of the person" in after
    again = browser.get(AT).content.decode()
    assert again.count(" checked") == 4, "what stands is in the form: yes, some, and two grounds"
    asked_of_two = {"requesting": "ar", "requested": "uy", "crime": "trafficking"}
    pair = browser.get("/norms/between/", asked_of_two).content.decode()
    assert "Read in its law and published by the state itself: Argentina." in pair
    assert "Boletín 1234" in pair


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"grounds": []}, "Tick what the law names, or say that it names nothing."),
        ({"rule": "none"}, "Something is ticked below: say that the law names it."),
        ({"rule": "unsaid"}, "Something is ticked below: say that the law names it."),
        ({"reference": ""}, "Name the law and the article that says it."),
        ({"provides": "no"}, "is said of its law on personal data alone"),
        ({"grounds": ["whatever"]}, "govuk-error-summary"),
        ({"rule": ""}, "govuk-error-summary"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_published(
    browser: Client, changed: dict[str, Any], told: str
) -> None:
    sent = browser.post(AT, {**FORM, **changed})

    assert sent.status_code == 422
    assert told in sent.content.decode()
    assert gazette.current(kind="norms.finding") == []


@pytest.mark.parametrize(("rule", "kept"), [("none", []), ("unsaid", None)])
def test_nothing_named_and_nothing_said_are_two_things(
    browser: Client, rule: str, kept: list[str] | None
) -> None:
    browser.post(AT, {**FORM, "rule": rule, "grounds": []})

    [only] = gazette.current(kind="norms.finding")
    assert only.said.body.get("grounds") == kept
    assert only.counts
