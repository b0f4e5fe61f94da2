"""A ministry's own sign-on that is down, slow or not who it should be: a page says so, soon."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from pytest_django import Settings

from ayni.config.ministry import Ministry
from tests.cast import Cast
from tests.config.certificates import self_signed
from tests.config.provider import SECRET, Provider, running
from tests.config.signing_on import (
    SIGN_IN,
    browser,
    by_ministry,
    is_in,
    linked,
    password_in,
    refused,
)


def test_while_the_provider_is_down_the_password_works_and_nobody_waits_twice(
    cast: Cast, settings: Settings
) -> None:
    cache.clear()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = nobody.getsockname()[1]
    settings.AYNI_MINISTRY = Ministry(f"http://localhost:{closed}", "x", "Ministerio", SECRET)
    for _each in range(2):
        answer = browser().post(SIGN_IN)
        refused(answer, 503, "It does not answer now.")
        assert answer["Retry-After"] == "10"
    assert is_in(password_in(cast.ana))


def test_a_provider_that_comes_back_is_asked_again(
    provider: Provider, db: None, settings: Settings
) -> None:
    provider.answers = {"/.well-known/openid-configuration": (503, b"{}")}
    assert browser().post(SIGN_IN).status_code == 503
    provider.answers = {}
    assert browser().post(SIGN_IN).status_code == 503
    assert len(provider.asked) == 1, "it was left in peace for some seconds"
    with time_machine.travel(time.time() + 11, tick=True):
        assert browser().post(SIGN_IN).status_code == 200
    assert len(provider.asked) == 2


@pytest.mark.parametrize(("pause", "why"), [(6.0, "ReadTimeoutError"), (1.0, "too_slow")])
def test_a_slow_provider_holds_a_page_up_for_some_seconds_only(
    provider: Provider, db: None, caplog: pytest.LogCaptureFixture, pause: float, why: str
) -> None:
    provider.slow = {"/.well-known/openid-configuration": pause}
    refused(browser().post(SIGN_IN), 503, "It does not answer now.")
    (line,) = [record for record in caplog.records if record.name == "ayni.ministry"]
    assert line.ids["why"] == why  # type: ignore[attr-defined]


def test_a_provider_without_a_good_certificate_is_not_asked(
    db: None, settings: Settings, tmp_path: Path
) -> None:
    cache.clear()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*self_signed(tmp_path, "localhost"))
    with running(tls) as impostor:
        settings.AYNI_MINISTRY = impostor.ministry
        refused(browser().post(SIGN_IN), 503, "It does not answer now.")
        assert impostor.asked == []


@pytest.mark.parametrize("path", ["/token", "/keys"])
def test_a_provider_that_fails_half_way_signs_nobody_in(
    cast: Cast, provider: Provider, path: str
) -> None:
    linked(cast.ana)
    provider.answers = {path: (500, b"oops")}
    client = browser()
    refused(by_ministry(client), 503, "It does not answer now.")
    assert not is_in(client)
