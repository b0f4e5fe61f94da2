"""A sign-in ends after 30 minutes without a page, and after 12 hours whatever happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from ayni.config import sitting
from ayni.lib import clock
from tests.cast import Cast, sign_in

HOST = {"host": "ar.localhost", "accept-language": "es"}
NINE = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _signed_in(cast: Cast) -> Client:
    client = Client(headers=HOST)
    sign_in(client, cast.ana)
    return client


def _asks(client: Client) -> int:
    return client.get("/cases/").status_code


def test_half_an_hour_without_a_page_ends_the_sign_in_and_says_so(cast: Cast) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        client = _signed_in(cast)
        now.shift(29 * MINUTE)
        assert _asks(client) == 200

        now.shift(30 * MINUTE)
        answer = client.get("/cases/", follow=True)

        assert "/account/login" in answer.redirect_chain[-1][0]
        assert "Se cerró su sesión" in answer.content.decode()
        assert _asks(client) == 302


def test_a_sign_in_that_is_never_used_ends_as_well(cast: Cast) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        client = _signed_in(cast)
        now.shift(30 * MINUTE)
        assert _asks(client) == 302


def test_a_sign_in_used_all_day_ends_after_twelve_hours(cast: Cast) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        client = _signed_in(cast)
        for _ in range(35):
            now.shift(20 * MINUTE)
            assert _asks(client) == 200
        now.shift(20 * MINUTE)
        assert clock.now() == NINE + timedelta(hours=12)
        assert _asks(client) == 302


def test_a_copied_cookie_ends_with_the_sign_in(cast: Cast) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        client, thief = _signed_in(cast), Client(headers=HOST)
        thief.cookies["ayni_ar_session"] = client.cookies["ayni_ar_session"].value
        assert _asks(thief) == 200

        now.shift(30 * MINUTE)

        assert _asks(client) == 302
        assert _asks(thief) == 302


def test_a_draft_that_a_page_keeps_by_itself_is_nobody_at_the_screen(cast: Cast) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        client = _signed_in(cast)
        assert client.get("/notices/new").status_code == 200
        for _ in range(29):
            now.shift(MINUTE)
            # As htmx does it: the answer's redirect is followed with the same header.
            timer = {"keep_draft": "timer"}
            by_itself = {"hx-request": "true"}
            sent = client.post("/notices/new", timer, headers=by_itself, follow=True)
            assert sent.redirect_chain
            assert sent.status_code == 200
        now.shift(MINUTE)
        assert _asks(client) == 302


def test_a_page_for_the_public_does_not_tell_that_an_officer_sat_here(cast: Cast) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        client = _signed_in(cast)
        now.shift(30 * MINUTE)
        assert "sesión" not in client.get("/help/es/").content.decode()


@given(began=st.integers(0, 720), seen=st.integers(0, 720), more=st.integers(-90, 90))  # minutes
def test_no_sign_in_outlives_its_two_limits(began: int, seen: int, more: int) -> None:
    first, last = NINE + began * MINUTE, NINE + (began + seen) * MINUTE
    now = last + more * MINUTE

    ended = sitting.over((first, last), now)

    assert ended == (abs(more) >= 30 or abs(now - first) >= timedelta(hours=12))


@pytest.mark.parametrize("back", [31, 24 * 60])
def test_a_clock_set_back_keeps_no_sign_in_open(cast: Cast, back: int) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        client = _signed_in(cast)
        now.shift(-back * MINUTE)
        assert _asks(client) == 302


def test_what_was_typed_when_the_time_was_over_is_there_after_signing_in(cast: Cast) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        client = _signed_in(cast)
        page = client.get("/notices/new").content.decode()
        found = re.search(r'name="author" value="([^"]+)"', page)
        assert found
        now.shift(30 * MINUTE)

        sent = urlencode({"author": found[1], "narrative": "Invented: she fears him."})
        form = "application/x-www-form-urlencoded"
        answer = client.post("/notices/new", sent, content_type=form, follow=True)

        assert "/account/login" in answer.redirect_chain[-1][0]
        told = answer.content.decode()
        assert "Se cerró su sesión" in told
        assert "está guardado" in told
        again = _signed_in(cast).get("/notices/new").content.decode()
        assert "Invented: she fears him." in again
