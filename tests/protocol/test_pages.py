"""The pages of the registry: who may write, what comes back, and that nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.protocol.load import shipped, shipped_document
from ayni.protocol.national import changeable
from tests.agenda.conftest import peers, secretariat
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer
from tests.protocol.registry import ACT, days, text, today, version_comes

__all__ = ["peers", "secretariat"]
HERE = "/platform/protocol/reference/1.7"


def browser(name: str, role: members.Role) -> Client:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, an_officer(name, an_institution("ar-programme"), role))
    client.cookies["ayni_ar_language"] = "en"
    return client


@pytest.fixture
def paula(secretariat: Peer) -> Client:
    """The browser of the focal point, on whose node version 1.7 has come."""
    version_comes(secretariat)
    return browser("paula", members.Role.NATIONAL_FOCAL_POINT)


def told(on: Any, **changed: str) -> dict[str, str]:
    """An adoption as the form sends it."""
    return {
        "act": ACT, "act_on_day": "7", "act_on_month": "1", "act_on_year": "2026",
        "on_day": str(on.day), "on_month": str(on.month), "on_year": str(on.year),
        "limit_0": "24", "seen": "0", **changed,
    }  # fmt: skip


def test_a_focal_point_adopts_and_a_second_one_is_shown_what_stands(paula: Client) -> None:
    later = today() + days(9)
    page = paula.post(f"{HERE}/adopt", told(later), follow=True).content.decode()
    assert "Adopted. All member states see it." in page
    assert "24 hours instead of 48 hours" in page

    answer = paula.post(f"{HERE}/adopt", told(later, act="Otro acto 13/2026"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing was overwritten" in page
    assert "Otro acto 13/2026" in page
    assert 'name="seen" value="1"' in page
    form = paula.get(f"{HERE}/adopt?on={later.isoformat()}").content.decode()
    assert ACT in form
    back = f"/platform/protocol/adoptions/{later.isoformat()}/back"
    assert "Taken back." in paula.post(back, {"seen": "1"}, follow=True).content.decode()
    assert protocol.adoptions() == []
    assert "Adopted." in paula.post(f"{HERE}/adopt", told(later), follow=True).content.decode()


def test_a_longer_limit_is_told_beside_its_box_and_nothing_typed_is_lost(paula: Client) -> None:
    answer = paula.post(f"{HERE}/adopt", told(today(), limit_0="48", reserved_0="No se acepta"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_limit_0_error"' in page
    assert "No se acepta" in page
    assert protocol.adoptions() == []


def test_who_may_not_write_is_refused_and_everybody_reads(paula: Client) -> None:
    ana = browser("ana", members.Role.CONSULAR_OFFICER)
    assert ana.get(f"{HERE}/adopt").status_code == 403
    assert ana.post(f"{HERE}/adopt", told(today())).status_code == 403
    assert ana.post(f"{HERE}/back").status_code == 403
    assert paula.get("/platform/protocol/publish").status_code == 403, "the secretariat's node"
    assert paula.get("/platform/protocol/reference/1.0/adopt").status_code == 404, "not published"
    for path in ("/platform/protocol/", HERE, "/platform/protocol/compare?old=x&new=y"):
        assert ana.get(path).status_code == 200
    assert ana.get("/platform/protocol/reference/9.9").status_code == 404
    assert ana.get(f"{HERE}/text").json() == text()
    assert "Changed" in ana.get("/platform/protocol/compare").content.decode()


def test_what_the_next_version_changes_is_shown_side_by_side(
    paula: Client, secretariat: Peer
) -> None:
    version_comes(secretariat, shipped_document("reference", "1.1"))
    page = paula.get("/platform/protocol/compare?old=reference:1.0&new=reference:1.1")

    words = page.content.decode()
    assert words.count("a state may set less time") == len(changeable(shipped("reference", "1.1")))
