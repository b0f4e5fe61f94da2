"""What will be erased, as the data protection officer sees and decides it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver, reverse

from ayni.cases import api as cases
from ayni.cases.tasks import apply_retention
from ayni.config.doors import routes
from ayni.members import api as members
from tests.cases import stories
from tests.cast import Cast
from tests.desk.conftest import Browser

pytestmark = pytest.mark.django_db

CLOSED = datetime(2026, 11, 30, 15, tzinfo=UTC)
NEAR = datetime(2029, 10, 1, 15, tzinfo=UTC)
BLOCKED = datetime(2029, 12, 1, 15, tzinfo=UTC)


@pytest.fixture
def dora(cast: Cast, browser: Browser) -> Client:
    """The data protection officer's browser."""
    return browser(cast.dora)


@pytest.fixture
def case(cast: Cast) -> cases.Case:
    """A closed case of the programme."""
    by = members.actor_of(cast.ana)
    with time_machine.travel(CLOSED, tick=False), members.acting(cast.programme.id):
        found = stories.worked_through(by, stories.a_case(by, stories.ADULT))
        return cases.close_case(
            by=by, case_id=found.id, version=found.version, reason="goals_met", note="Invented."
        )


def _night(moment: datetime) -> None:
    with time_machine.travel(moment, tick=False):
        apply_retention(0)


def _record(case: cases.Case) -> str:
    return reverse("desk:retention-case", args=[case.id])


def test_the_list_tells_reference_and_day_and_no_name(
    cast: Cast, browser: Browser, case: cases.Case
) -> None:
    with time_machine.travel(CLOSED):
        assert case.reference not in browser(cast.dora).get("/retention").content.decode()
    with time_machine.travel(NEAR):
        page = browser(cast.dora).get("/retention").content.decode()
    assert case.reference in page
    assert "1 de diciembre de 2029" in page
    assert "Inventada" not in page


def test_a_hold_is_set_and_ended_on_the_page(
    cast: Cast, browser: Browser, case: cases.Case
) -> None:
    with time_machine.travel(NEAR, tick=False):
        dora = browser(cast.dora)
        told = {"do": "hold", "until": "2030-06-30", "reason": "Invented reason."}
        assert dora.post(_record(case), told).status_code == 302
        page = dora.get(_record(case)).content.decode()
        assert "Invented reason." in page
        assert "1 de julio de 2030" in page
        dora.post(_record(case), {"do": "end"})
        assert "Invented reason." not in dora.get(_record(case)).content.decode()


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"until": "2030-06-30", "reason": " "},
        {"until": "x", "reason": "y"},
        {"until": "2001-01-01", "reason": "y"},
    ],
)
def test_a_hold_with_a_mistake_says_so(
    dora: Client, case: cases.Case, told: dict[str, str]
) -> None:
    answer = dora.post(_record(case), {"do": "hold", **told})
    assert answer.status_code == 422
    assert "govuk-error" in answer.content.decode()


def test_a_blocked_case_is_shown_again_only_under_a_hold(
    cast: Cast, browser: Browser, case: cases.Case
) -> None:
    _night(BLOCKED)
    page = reverse("desk:case", args=[case.id])
    with time_machine.travel(BLOCKED, tick=False):
        ana, dora = browser(cast.ana), browser(cast.dora)
        assert ana.get(page).status_code == 404
        dora.post(_record(case), {"do": "unblock"}, follow=True)
        assert ana.get(page).status_code == 404
        dora.post(_record(case), {"do": "hold", "until": "2030-06-30", "reason": "Invented."})
        dora.post(_record(case), {"do": "unblock"})
        assert ana.get(page).status_code == 200


def test_an_erasure_asks_whether_it_is_meant_and_then_is_for_good(
    dora: Client, case: cases.Case
) -> None:
    to = reverse("desk:retention-erase", args=[case.id])
    assert dora.post(to, {"reason": "She asked."}).status_code == 422
    before = dora.get(_record(case)).content.decode().count("Borrado")  # in the bar

    assert dora.post(to, {"reason": "She asked.", "sure": "on"}).status_code == 302
    page = dora.get(_record(case)).content.decode()
    assert page.count("Borrado") > before
    assert 'name="until"' not in page


def test_no_page_fails_on_a_case_that_was_erased(
    dora: Client, ana: Client, browser: Browser, cast: Cast, case: cases.Case
) -> None:
    consent, referral = _history(cast)
    dora.post(
        reverse("desk:retention-erase", args=[referral.case_id]),
        {"reason": "She asked.", "sure": "on"},
    )
    values = {
        "case_id": referral.case_id, "referral_id": referral.id, "consent": consent.id,
        "notice_id": referral.case.notice_id if referral.case else None,
    }  # fmt: skip
    for name, address in routes(get_resolver().url_patterns):
        words = re.findall(r"<(?:\w+:)?(\w+)>", address)
        if not words or not set(words) <= set(values):
            continue
        for client in (ana, dora, browser(cast.luis)):
            status = client.get(reverse(name, kwargs={w: values[w] for w in words})).status_code
            assert status < 500, name
    for path in ("/", "/cases/", "/cooperation/", "/cases/?status=Closed", "/audit", "/opened"):
        for client in (ana, dora, browser(cast.luis)):
            assert client.get(path).status_code < 500, path


def _history(cast: Cast):  # type: ignore[no-untyped-def]
    """A closed case with a consent and a referral that was declined."""
    from ayni.cooperation import api as cooperation
    from tests.cooperation.stories import a_sent_referral

    by, sol = members.actor_of(cast.ana), members.actor_of(cast.sol)
    with members.acting(cast.programme.id):
        sent = a_sent_referral(by)
    with members.acting(cast.shelter.id):
        theirs = cooperation.incoming(by=sol)[0].id
        cooperation.mark_read(by=sol, referral_id=theirs)
        cooperation.decline_referral(by=sol, referral_id=theirs, reason="no_capacity")
    with members.acting(cast.programme.id):
        case = sent.case
        assert case is not None
        case = stories.worked_through(by, cases.fetch(cases.Case, case.id, by=by))
        cases.close_case(
            by=by, case_id=case.id, version=case.version, reason="goals_met", note="Invented."
        )
        return case.consents.first(), sent


def test_the_command_tells_what_is_due_and_does_it(case: cases.Case) -> None:
    def asked(*words: str) -> list[dict[str, object]]:
        out = StringIO()
        call_command("retention", *words, "--json", stdout=out)
        return json.loads(out.getvalue())  # type: ignore[no-any-return]

    with time_machine.travel(NEAR, tick=False):
        assert asked("due") == []
        (row,) = asked("due", "--days", "90")
        assert (row["reference"], row["on"], row["step"]) == (case.reference, "2029-12-01", "block")
    with time_machine.travel(BLOCKED, tick=False):
        assert [r for r in asked("apply") if r["blocked"]] == [
            {"institution": "ar-programme", "blocked": 1, "erased": 0}
        ]
