"""What the plenary has marked public is read by anybody, and nothing else of it."""

from __future__ import annotations

import pytest
from django.test import Client

from ayni.agenda import api
from tests.agenda.stories import comes, days, today
from tests.agenda.test_withdrawals import WHY, withdrawal_comes
from tests.agenda.working import KEY, commitment_comes, objective_comes, word
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db
PAGE = "/platform/public/en/"
SECRET = "no-es-de-todos"


@pytest.fixture
def agreed(bolivia: Peer, secretariat: Peer) -> Peer:
    """One commitment that is public, with everything about it that is not; one that is not."""
    objective_comes(secretariat)
    public = {"state": "bo", "office": f"Oficina {SECRET}", "institution": f"Ente {SECRET}"}
    meeting = "2026-12-01-no-es-de-todos"
    commitment_comes(secretariat, public=True, meeting=meeting, **public)
    commitment_comes(secretariat, SECRET, title=f"Acción {SECRET}", state="cl")
    told = {"action": f"Taller {SECRET}", "evidence": f"Acta 1 {SECRET}"}
    comes(bolivia, "agenda.progress", KEY, word("done", **told))
    return secretariat


def _read(path: str = PAGE) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert not answer.cookies
    return answer.content.decode()


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("es", "Agenda de trabajo de la plataforma regional"),
        ("pt", "Agenda de trabalho da plataforma regional"),
        ("en", "Work agenda of the regional platform"),
    ],
)
def test_anybody_reads_it_in_three_languages(agreed: Peer, language: str, says: str) -> None:
    page = _read(f"/platform/public/{language}/")

    assert says in page
    assert "Manual común" in page


def test_it_says_what_which_state_until_when_and_how_far_and_nothing_else(agreed: Peer) -> None:
    page = _read()

    assert "Bolivia" in page
    assert "Done, waits for validation" in page
    assert SECRET not in page
    assert "Chile" not in page
    assert "Asistencia" not in page  # axis and objective are not marked
    assert KEY not in page
    (found,) = api.public_commitments(today())
    assert found == api.Public("Manual común", "bo", today() + days(10), api.Status.WAITING)


def test_what_is_withdrawn_is_shown_as_such_without_the_reason(agreed: Peer) -> None:
    withdrawal_comes(agreed)
    page = _read()

    assert "Withdrawn by the plenary" in page
    assert WHY not in page


def test_what_is_marked_public_no_longer_is_gone(agreed: Peer) -> None:
    assert "Manual común" in _read()
    commitment_comes(agreed, state="bo", public=False, version=2)

    assert "Manual común" not in _read()
    assert "Nothing has been made public yet." in _read()


def test_it_is_the_same_with_an_empty_node_and_every_other_page_asks_to_sign_in(
    secretariat: Peer,
) -> None:
    assert "Nothing has been made public yet." in _read()
    for path in ("/platform/work", "/platform/work/report", "/platform/work/report.csv"):
        assert Client().get(path).status_code == 302
    assert Client().get("/platform/public/").headers["Location"].startswith("/platform/public/")
    assert Client().post(PAGE).status_code == 405
