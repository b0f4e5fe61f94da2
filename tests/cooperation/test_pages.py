"""Officers at their browsers: refer, answer, protect, look at deadlines and transfers."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.members import api as members
from tests.cast import Cast, an_institution, an_officer, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import FIELDS, a_consented_case, a_sent_referral


def _browser(user: members.User) -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, user)
    return client


def _page(client: Client, name: str, *args: object, status: int = 200) -> str:
    answer = client.get(reverse(f"cooperation:{name}", args=args))
    assert answer.status_code == status
    return answer.content.decode()


def _parts(name: str, day: date) -> dict[str, int]:
    """A date as its three boxes send it."""
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def test_a_referral_is_drafted_previewed_sent_and_accepted(ana: Actor, cast: Cast) -> None:
    case = a_consented_case(ana)
    at_ana, at_sol = _browser(cast.ana), _browser(cast.sol)
    page = _page(at_ana, "draft", case.id)
    consent = re.findall(r'name="consent" value="([0-9a-f-]{36})"', page)[0]

    answer = at_ana.post(
        reverse("cooperation:draft", args=[case.id]),
        {"consent": consent, "fields_to_send": sorted(FIELDS), "onward": "state"},
    )
    assert answer.status_code == 302, answer.content.decode()
    preview = at_ana.get(answer["Location"]).content.decode()
    assert "Rosa INVENTADA Mamani" in preview
    assert "Solo se puede transmitir dentro del Estado que lo recibe." in preview
    sent = at_ana.post(answer["Location"])
    assert "Entregada" in at_ana.get(sent["Location"]).content.decode()

    theirs = re.findall(r"/cooperation/referrals/([0-9a-f-]{36})", _page(at_sol, "inbox"))[0]
    assert "Solo se puede transmitir dentro del Estado" in _page(at_sol, "referral", theirs)
    for move, told in (("read", {}), ("accept", _parts("agreed_on", date(2026, 12, 24)))):
        address = reverse("cooperation:referral-move", args=[theirs, move])
        if move == "accept":
            search = at_sol.get(address)["Location"]
            assert "Buscar" in at_sol.get(search).content.decode()
            assert at_sol.post(search).status_code == 200
        assert at_sol.get(address).status_code == 200
        assert at_sol.post(address, told).status_code == 302
    assert "Aceptada" in _page(at_sol, "referral", theirs)
    assert "Le toca a usted." in _page(at_sol, "referral", theirs)


@pytest.mark.parametrize("move", ["ask_more", "decline", "accept", "withdraw"])
def test_a_form_without_an_answer_says_what_is_missing(
    ana: Actor, sol: Actor, cast: Cast, move: str
) -> None:
    sent = a_sent_referral(ana)
    with on_behalf(sol):
        (row,) = cooperation.incoming(by=sol)
    address = reverse("cooperation:referral-move", args=[row.id, move])

    # Acceptance needs no answer; it is not possible before the referral was read.
    assert _browser(cast.sol).post(address, {}).status_code == 422
    assert Referral.objects.get(id=sent.id).state == "received"


def test_an_unknown_move_is_not_found(ana: Actor, cast: Cast) -> None:
    sent = a_sent_referral(ana)
    assert "Derivación" in _page(_browser(cast.ana), "referral", sent.id)
    _page(_browser(cast.ana), "referral-move", sent.id, "steal", status=404)
    _page(_browser(cast.sol), "referral", sent.id, status=404)


def test_without_a_consent_the_page_says_so(ana: Actor, cast: Cast) -> None:
    case = a_consented_case(ana, consent={"purpose": "assist"})
    page = _page(_browser(cast.ana), "draft", case.id, status=409)
    assert "Esto no es posible." in page
    assert f'href="{reverse("desk:consent-new", args=[case.id])}"' in page, "the way on"
    assert f'href="{reverse("desk:case", args=[case.id])}"' in page, "the way back"
    page = _page(_browser(cast.ana), "request-new", case.id, status=409)
    assert f'href="{reverse("cooperation:draft", args=[case.id])}"' in page


def test_a_letter_is_written_and_printed(ana: Actor, cast: Cast) -> None:
    case = a_consented_case(ana, state="uy", institution="uy-consulate-ar")
    row = cooperation.draft_referral(
        by=ana, case_id=case.id, recipient_state="uy",
        recipient_institution="uy-consulate-ar", fields=FIELDS,
    )  # fmt: skip
    client = _browser(cast.ana)
    preview = _page(client, "preview", row.id)
    assert "carta impresa" in preview
    assert "Fundamento legal:" in preview
    assert client.post(reverse("cooperation:preview", args=[row.id])).status_code == 409

    address = reverse("cooperation:letter", args=[row.id])
    client.post(address, {"addressee": "Consulado inventado", "language": "es"})
    assert client.get(address).status_code == 302, "it is written once"
    page = _page(client, "referral", row.id)
    assert reverse("cooperation:letter-print", args=[row.id]) in page
    pdf = client.post(reverse("cooperation:letter-print", args=[row.id]))
    assert pdf["Content-Type"] == "application/pdf"

    answer = reverse("cooperation:letter-record", args=[row.id, "decline"])
    assert answer in page
    incomplete = client.post(answer, {"reason": "no_capacity"})
    assert incomplete.status_code == 422
    day = timezone.localdate(timezone=ZoneInfo("America/Argentina/Buenos_Aires"))
    told = {"reason": "no_capacity", **_parts("on", day)}
    assert client.post(answer, told).status_code == 302
    page = _page(client, "referral", row.id)
    assert "No aceptada" in page
    assert "Motivo: " in page
    assert client.get(answer).status_code == 404, "it is over"


def test_protection_is_set_on_a_page(ana: Actor, cast: Cast) -> None:
    case = a_consented_case(ana)
    address = reverse("cooperation:protect", args=[case.id])
    client = _browser(cast.ana)
    assert client.get(address).status_code == 200
    assert client.post(address, {"states": ["bo"]}).status_code == 302
    assert "Protección actual contra: Bolivia" in client.get(address).content.decode()


def test_a_request_needs_a_shared_referral(ana: Actor, sol: Actor, cast: Cast) -> None:
    client = _browser(cast.ana)
    sent = a_sent_referral(ana)
    _page(client, "request-new", sent.case_id, status=409)
    with on_behalf(sol):
        (row,) = cooperation.incoming(by=sol)
        cooperation.mark_read(by=sol, referral_id=row.id)
        cooperation.search_earlier(by=sol, referral_id=row.id)
        cooperation.accept_referral(by=sol, referral_id=row.id)

    assert "fiscalía" in _page(client, "request-new", sent.case_id)
    answer = client.post(
        reverse("cooperation:request-new", args=[sent.case_id]),
        {"recipient": "ar/ar-shelter", "matter": "prosecutor_intervenes"},
    )
    assert "Solicitud" in client.get(answer["Location"]).content.decode()
    at_sol = _browser(cast.sol)
    theirs = re.findall(r"/cooperation/requests/([0-9a-f-]{36})", _page(at_sol, "inbox"))[0]
    for move, told in (("accept", {}), ("outcome", {"outcome": "answered"})):
        address = reverse("cooperation:request-move", args=[theirs, move])
        assert at_sol.post(address, told).status_code == 302


def test_transfers_are_for_the_data_protection_officer(ana: Actor, cast: Cast) -> None:
    a_sent_referral(ana)
    page = _page(_browser(cast.dora), "transfers")
    assert "Consentimiento" in page
    assert "Rosa" not in page
    _page(_browser(cast.ana), "transfers", status=403)


def test_deadlines_are_for_focal_points_and_not_for_officers(ana: Actor, cast: Cast) -> None:
    a_sent_referral(ana)
    focal = an_officer(
        "felipe",
        an_institution("ar-focal-point", kind="focal_point"),
        members.Role.NATIONAL_FOCAL_POINT,
    )
    page = _page(_browser(focal), "clocks")
    assert "Menos de 10" in page
    assert "ar-shelter" not in page
    _page(_browser(cast.ana), "clocks", status=403)


@pytest.mark.parametrize(
    "asked",
    [
        "lists/referrals-in?page=%C2%B2",
        "lists/referrals-in?page=" + "9" * 5000,
        "clocks?after=2026-01-01T00:00:00/0b7c0f5e-8f0c-4e1c-9a3e-0d7c6a1b2c3d",
        "clocks?after=0001-01-01T00:00%2B14:00/0b7c0f5e-8f0c-4e1c-9a3e-0d7c6a1b2c3d",
    ],
)
def test_an_address_that_asks_for_nonsense_is_not_found(cast: Cast, asked: str) -> None:
    client = _browser(an_officer("fina", cast.programme, members.Role.NATIONAL_FOCAL_POINT))
    if asked.startswith("lists"):
        client = _browser(cast.ana)
    assert client.get(f"/cooperation/{asked}").status_code == 404


@pytest.mark.parametrize("page", ["clocks", "transfers"])
def test_a_time_zone_that_the_database_does_not_know_is_read_all_the_same(
    cast: Cast, page: str
) -> None:
    role = members.Role.NATIONAL_FOCAL_POINT
    if page == "transfers":
        role = members.Role.DATA_PROTECTION_OFFICER
    client = _browser(an_officer("fina", cast.programme, role))
    after = "2026-01-01T00:00%2B23:59:59/0b7c0f5e-8f0c-4e1c-9a3e-0d7c6a1b2c3d"
    assert client.get(f"/cooperation/{page}?after={after}").status_code == 200
