"""She reads what she agreed to and takes it back, and who opened or received her data."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.own import api as own
from ayni.own.following import STAYS, STOPS
from tests.cases.stories import a_case, a_consent
from tests.cast import Cast, an_officer, enter
from tests.cooperation.stories import FIELDS, a_draft
from tests.own.conftest import FOR_HER, Device, Story, entered


@pytest.fixture
def consent(story: Story) -> cases.Consent:
    """She agreed that the shelter gets some of it."""
    return a_consent(
        story.ana,
        story.case,
        recipient_state="ar",
        recipient_institution="ar-shelter",
        fields=FIELDS,
    )


def _consents(device: Device, number: str) -> Device:
    return device.write(number).show("consents")


def _withdraws(device: Device) -> Device:
    """The button beside the consent, then yes."""
    for part in ("withdraw", "withdrawn"):
        device.send(ticket=device.hidden("ticket"), consent=device.hidden("consent"), show=part)
    return device


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_she_reads_what_she_agreed_to_in_words(
    story: Story, consent: cases.Consent, language: str
) -> None:
    text = _consents(Device(language), story.given.opens).text()

    assert "ar-shelter" in text
    assert {"es": "Vale hasta el", "pt": "Vale até", "en": "It holds until"}[language] in text
    assert "name_as_written" not in text, "fields are told in words"


def test_she_takes_it_back_and_is_asked_once_before(story: Story, consent: cases.Consent) -> None:
    device = _consents(Device("es"), story.given.opens)
    device.send(ticket=device.hidden("ticket"), consent=device.hidden("consent"), show="withdraw")
    consent.refresh_from_db()
    assert consent.withdrawn_at is None, "asked only"

    device.send(ticket=device.hidden("ticket"), consent=device.hidden("consent"), show="withdrawn")
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert "Quedó retirado" in device.text()
    assert "Ya no estoy de acuerdo" not in device.text()
    entry = Entry.objects.get(verb="cases.withdraw_consent", subject=str(consent.id))
    assert entry.actor_kind == "person"


def test_what_waits_under_her_consent_no_longer_leaves(
    story: Story, consent: cases.Consent
) -> None:
    draft = a_draft(story.ana, story.case)
    _withdraws(_consents(Device("es"), story.given.opens))

    with pytest.raises(cases.ConsentMissing):
        cooperation.send_referral(by=story.ana, referral_id=draft.id)
    assert exchange.deliveries(str(draft.id)) == []


def test_she_reads_what_became_of_her_data_where_they_had_gone(
    story: Story, consent: cases.Consent
) -> None:
    cooperation.send_referral(by=story.ana, referral_id=a_draft(story.ana, story.case).id)
    text = _withdraws(_consents(Device("es"), story.given.opens)).text()

    assert "qué pasó con ellos allí" in text
    assert "Destruidos: ya nadie puede leerlos. 1 minuto después de que usted lo retiró." in text


def test_the_officer_sees_that_she_took_it_back(
    story: Story, consent: cases.Consent, cast: Cast
) -> None:
    _withdraws(_consents(Device("es"), story.given.opens))
    officer = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(officer, cast.ana)

    page = officer.get(f"/cases/{story.case.id}").content.decode()
    assert re.search("[Rr]etirad", page)
    history = officer.get(f"/cases/{story.case.id}/history").content.decode()
    assert "La persona interesada" in history


def test_a_consent_that_is_not_hers_is_not_there(story: Story) -> None:
    other = a_consent(story.ana, a_case(story.ana))
    person = entered(story.given.opens).person
    for ident in (other.id, uuid4()):
        with pytest.raises(NotFound):
            own.withdraw(by=person, consent_id=ident)
    other.refresh_from_db()
    assert other.withdrawn_at is None

    for sent in (str(other.id), "x", ""):
        for part in ("withdraw", "withdrawn"):
            device = Device("es").write(story.given.opens)
            device.send(ticket=device.hidden("ticket"), consent=sent, show=part)
            assert device.last.status_code == 200
            assert "Quedó retirado" not in device.text()
    other.refresh_from_db()
    assert other.withdrawn_at is None


def test_the_harmless_number_shows_neither_consents_nor_who_opened(
    story: Story, consent: cases.Consent
) -> None:
    for part in ("consents", "opened", "withdrawn"):
        device = Device("es").write(story.given.harmless)
        device.send(ticket="x", consent=str(consent.id), show=part)
        assert device.last.status_code == 422
        assert "ar-shelter" not in device.text()
    consent.refresh_from_db()
    assert consent.withdrawn_at is None


def test_she_reads_who_opened_it_and_no_officer_is_named(story: Story, cast: Cast) -> None:
    for _ in range(3):
        cases.open_case_page(by=story.ana, case_id=story.case.id)
    audit.read(by=audit.peer("bo"), verb="cooperation.hear", subject=story.case.id)
    text = Device("es").write(story.given.opens).show("opened").text()

    assert "ar-programme" in text
    assert "Bolivia" in text
    assert cast.ana.display_name not in text
    assert re.search(r"lo leyó \d+ veces", text)


def test_she_reads_that_it_was_opened_in_an_emergency_and_not_by_whom(
    story: Story, cast: Cast
) -> None:
    bruno, dora = an_officer("bruno", cast.programme), members.actor_of(cast.dora)
    broken = cases.break_glass(
        by=members.actor_of(bruno), case_id=story.case.id, reason="Invented: Rosa is in danger."
    )
    device = Device("es")
    assert "emergencia" not in device.write(story.given.opens).show("opened").text()
    cases.see_emergency(by=dora, access_id=broken.id)

    text = Device("es").write(story.given.opens).show("opened").text()

    assert "Abierto en una emergencia" in text
    assert "in danger" not in text
    assert bruno.display_name not in text
    cases.see_emergency(by=dora, access_id=broken.id, withheld="Invented ground.")
    assert "emergencia" not in Device("es").write(story.given.opens).show("opened").text()


def test_her_own_visits_are_not_counted_as_openings(story: Story) -> None:
    Device("es").write(story.given.opens).show("opened")
    before = own.opened(by=entered(story.given.opens).person)[0]
    Device("es").write(story.given.opens).show("written")
    after = own.opened(by=entered(story.given.opens).person)[0]
    assert before == after


def test_she_reads_to_whom_it_was_given(story: Story, consent: cases.Consent) -> None:
    sent = a_draft(story.ana, story.case)
    assert own.opened(by=entered(story.given.opens).person)[1] == []
    cooperation.send_referral(by=story.ana, referral_id=sent.id)

    (given,) = own.opened(by=entered(story.given.opens).person)[1]
    assert (given.to, given.state) == ("ar-shelter", "Argentina")
    text = Device("es").write(story.given.opens).show("opened").text()
    assert "ar-shelter" in text
    assert "Inventada" not in text, "which fields, never a value"


def test_nobody_else_reads_or_withdraws_as_the_person(
    story: Story, consent: cases.Consent, cast: Cast
) -> None:
    for by in (story.ana, members.actor_of(cast.dora), audit.job("tests"), audit.peer("bo")):
        for ask in (own.consents, own.opened):
            with pytest.raises(NotAllowed):
                ask(by=by)
        with pytest.raises(NotAllowed):
            own.withdraw(by=by, consent_id=consent.id)


def test_a_code_that_has_ended_reads_nothing(story: Story) -> None:
    person = entered(story.given.opens).person
    own.give_code(by=story.ana, case_id=story.case.id, new=FOR_HER)
    for ask in (own.consents, own.opened):
        with pytest.raises(NotFound):
            ask(by=person)


@pytest.mark.parametrize("purpose", cases.vocabulary.Purpose.values)
def test_what_follows_is_said_for_every_purpose(story: Story, purpose: str) -> None:
    told = {} if purpose == "refer" else {
        "recipient_state": "", "recipient_institution": "", "fields": frozenset(),
    }  # fmt: skip
    a_consent(story.ana, story.case, purpose=purpose, **told)
    device = Device("en").write(story.given.opens).show("consents")
    device.send(ticket=device.hidden("ticket"), consent=device.hidden("consent"), show="withdraw")

    with translation.override("en"):
        for words in (STOPS, STAYS):
            assert str(words[purpose]) in device.text()


def test_the_history_says_that_she_did_it_herself(
    story: Story, consent: cases.Consent, cast: Cast
) -> None:
    own.withdraw(by=entered(story.given.opens).person, consent_id=consent.id)
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": "en"})
    text = client.get(reverse("desk:history", args=[story.case.id])).content.decode()

    assert "The person concerned" in text
    assert "An officer of another institution" not in text
