"""A content type that cannot be read is turned away in words, at each of the three doors, before
Django makes a request of it."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory, override_settings

from ayni.config.listeners import ALL, Listener
from ayni.config.readable import Readable

URLENCODED = "application/x-www-form-urlencoded"
ODD = (
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\xe9",
    'multipart/form-data; boundary="a\0b"',
    "multipart/form-data; boundary=" + "b" * 300,
    "multipart/form-data; boundary*=bogus''x",
    "multipart/form-data; boundary=x; charset=utf-16",
    "text/html; charset=bogus",
    "application/json; charset=none",
    f"{URLENCODED}; charset=",
    f"{URLENCODED}; charset=\0",
    f"{URLENCODED}; charset=utf\0-8",
    f"{URLENCODED}; charset=\xff",
    f"{URLENCODED}; charset=" + "x" * 5000,
    f"{URLENCODED}; charset=rot13",
    f"{URLENCODED}; charset=utf-8; charset=utf-16",
    f"{URLENCODED}; charset*=utf-8''bogus",
    "x; charset*=bogus'en'utf-8",
    "x; charset*=''",
    "x; a*=latin-99''%e9",
    'x; charset="',
)
PLAIN = (
    URLENCODED,
    f"{URLENCODED}; charset=UTF-8",
    "multipart/form-data; boundary=x",
    "",
    "x; a=b",
)
# An address of each door where something may be sent.
AT = {
    Listener.PUBLIC: "/help/es/write/",
    Listener.OFFICERS: "/account/login/",
    Listener.NODES: "/exchange/1/messages",
}


def _asked(path: str, content_type: str, method: str = "POST") -> tuple[int, dict[str, str], str]:
    """Status, headers and page of a whole web process, as its server asks it."""
    environ: dict[str, Any] = (
        RequestFactory(headers={"host": "ar.localhost"})
        .generic(method, path, b"a=1", content_type="text/plain")
        .environ
    )
    environ = {**environ, "CONTENT_TYPE": content_type, "wsgi.input": io.BytesIO(b"a=1")}
    told: list[Any] = []
    answer = Readable(WSGIHandler())(environ, lambda *status: told.append(status))
    page = b"".join(answer).decode()
    status, headers = told[0][:2]
    return int(status.split()[0]), dict(headers), page


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", ODD, ids=lambda told: ascii(told)[:70])
@pytest.mark.parametrize("door", sorted(ALL))
def test_a_content_type_that_cannot_be_read_is_turned_away_in_words(
    door: Listener, content_type: str, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(AYNI_DOORS=frozenset({door})), caplog.at_level(logging.WARNING):
        status, headers, page = _asked(AT[door], content_type)

    assert status == 400
    for words in ("No se entendió el pedido", "Não foi possível", "could not be understood"):
        assert words in page
    assert headers["Cache-Control"] == "no-store, private", "as strictly as a page"
    assert "Content-Security-Policy" in headers
    assert not caplog.records, "it is the sender's fault, and no warning of ours"


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", PLAIN)
@pytest.mark.parametrize("door", sorted(ALL))
def test_what_browsers_and_nodes_send_is_not_turned_away_for_its_form(
    door: Listener, content_type: str
) -> None:
    with override_settings(AYNI_DOORS=frozenset({door})):
        _status, _headers, page = _asked(AT[door], content_type)

    assert "No se entendió el pedido" not in page


@pytest.mark.django_db
def test_a_page_that_is_only_read_with_such_a_content_type_is_turned_away_too() -> None:
    assert _asked("/account/login/", "x; a*=latin-99''%e9", method="GET")[0] == 400


def test_every_web_process_reads_it_first() -> None:
    source = (Path(__file__).parents[2] / "ayni/config/wsgi.py").read_text()

    assert "Readable(get_wsgi_application())" in source
