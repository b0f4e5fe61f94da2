"""Every route asked with what no page of ours sends: odd methods, addresses, queries, bodies and
content types, by nobody and by every role. The answer is always a sentence, never a failure."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.config.doors import DOORS, Who
from ayni.members.api import Role
from tests.config.addresses import again, anywhere, entitled, words_of
from tests.config.test_doors import ROUTES
from tests.config.world import World

METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
# Words that forms of this node know, beside those that the page at hand shows.
WORDS = (
    "version", "reason", "note", "about", "about_id", "states", "form_id", "keep_draft", "page",
    "until_day", "until_month", "until_year", "q", "csrfmiddlewaretoken", "next",
)  # fmt: skip
TEXTS = (
    "", " ", "\0", "a\0b", "0", "-1", "1.5", "1e999", "NaN", "٣", "9" * 20, "9" * 5000, "true",
    "null", "[]", "{}", "0001-01-01", "9999-12-31T23:59:59Z", "2026-02-30", "31/02/2026", "24:61",
    "00000000-0000-0000-0000-000000000000", "../../etc/passwd", "%00", "%s%n", "{{ 7 }}", "{% if",
    "<script>alert(1)</script>", "' OR 1=1 --", "\r\nX-Odd: 1", "\u202e\u2066", "\ud7ff\uffff",
    "😀" * 300, "e\u0301" * 40, "x" * 20_000, "$(id)", "javascript:alert(1)", "//elsewhere.example",
)  # fmt: skip
TYPES = (
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data", "multipart/form-data; boundary=" + "b" * 300,
    'multipart/form-data; boundary="a\0b"', "application/json", "text/plain", "text/xml",
    "application/json; charset=none", "", "x", "application/octet-stream",
)  # fmt: skip
RAW = (
    b"", b"\xff\xfe", b"%", b"%ff=%fe&%00=%00", b"=", b"&" * 3000, b"a=1&" * 2000, b"{",
    b"[" * 20000,
    b'{"a": 1e999}', b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    b"--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n", b"\0" * 100,
)  # fmt: skip
PARTS = ("0", "-1", "9" * 30, "x", "%00", "%ff", "%2e%2e", "%F0%9F%98%80", "%252f", "a" * 3000)

INSIDE = re.compile(rb"Traceback|psycopg|django\.|File \"/|/site-packages/|SELECT .* FROM")

text = st.sampled_from(TEXTS) | st.text(max_size=40)
who = st.sampled_from([None, *[(role, own) for role in Role for own in (True, False)]])


def _fields(client: Client, to: str) -> list[str]:
    with transaction.atomic():
        answer = client.get(to)
        # Read to its end, not closed by hand: that would end the world's transaction.
        page = (b"".join(answer) if answer.streaming else answer.content).decode("utf-8", "replace")
        transaction.set_rollback(True)
    return sorted(set(re.findall(r'\bname="([\w-]+)"', page)))


def _said(data: st.DataObject, fields: list[str]) -> list[tuple[str, str]]:
    names = st.sampled_from([*fields, *WORDS]) | text
    return data.draw(st.lists(st.tuples(names, text), max_size=8))


def _body(data: st.DataObject, fields: list[str]) -> tuple[bytes, str]:
    """Mostly what a form sends, filled in oddly; else bytes under any content type."""
    if data.draw(st.integers(0, 3)):
        every = [(name, data.draw(text)) for name in fields]
        pairs = _said(data, fields) if data.draw(st.booleans()) else every
        return urlencode(pairs, errors="surrogatepass").encode(), TYPES[0]
    raw = data.draw(st.sampled_from(RAW) | st.binary(max_size=60))
    return raw, data.draw(st.sampled_from(TYPES))


def _address(data: st.DataObject, name: str, world: World) -> str:
    to = anywhere(name, world)
    if words_of(name) and not data.draw(st.integers(0, 3)):
        pieces = to.split("/")
        at = data.draw(st.integers(1, len(pieces) - 1))
        pieces[at] = data.draw(st.sampled_from(PARTS))
        to = "/".join(pieces)
    if data.draw(st.booleans()):
        asked = data.draw(
            st.lists(st.tuples(st.sampled_from([*WORDS, "verb", "since"]), text), max_size=3)
        )
        to += "?" + urlencode(asked, errors="surrogatepass")
    return to


def _is_a_sentence(answer: HttpResponse, name: str) -> None:
    """Not a failure; a refusal says something; nothing of the inside of the node is told."""
    told = b"".join(answer) if answer.streaming else answer.content
    ready_later = answer.status_code == 503 and DOORS[name].who is Who.NODES
    # What it is there to say; that it says so of nothing else: tests/desk/test_node_status.py.
    ready_later |= (answer.status_code, name) == (503, "watch:ready") and json.loads(told) == {
        "ready": False, "lacking": "database",
    }  # fmt: skip
    assert answer.status_code < 500 or ready_later, (answer.status_code, told[:200])
    assert not INSIDE.search(told)
    if answer.status_code < 400 or answer.request["REQUEST_METHOD"] == "HEAD":
        return
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("application/json"):
        assert json.loads(told), answer.status_code
    elif answer.status_code == 405:
        assert answer["Allow"]
    else:
        assert kind.startswith(("text/html", "text/plain")), kind
        assert re.search(rb"<h1|\w \w+ \w", told), told[:200]


def _ask(client: Client, method: str, to: str, body: bytes, kind: str) -> HttpResponse:
    client.raise_request_exception = False
    path, _mark, query = to.partition("?")
    with transaction.atomic():
        answer = client.generic(
            method, path, body, content_type=kind, QUERY_STRING=query, secure=False
        )
        transaction.set_rollback(True)
    return answer


@pytest.fixture(scope="module")
def fields(world: World) -> dict[str, list[str]]:
    """The names that the page of each route asks for, seen by somebody who may open it."""
    found: dict[str, list[str]] = {}
    for name in ROUTES:
        found[name] = _fields(again(entitled(name, world)), anywhere(name, world))
    return found


@pytest.mark.parametrize("name", sorted(ROUTES))
@settings(
    max_examples=6, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_a_sentence(
    name: str, world: World, fields: dict[str, list[str]], data: st.DataObject
) -> None:
    asker = data.draw(who)
    if asker is None:
        client = Client(headers={"host": "ar.localhost"})
    else:
        client = again(world.browsers[asker])
    method = data.draw(st.sampled_from((*METHODS, "POST", "POST", "POST")))
    body, kind = _body(data, fields[name]) if method != "GET" else (b"", "")
    answer = _ask(client, method, _address(data, name, world), body, kind)
    _is_a_sentence(answer, name)


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_field_of_a_page_filled_in_oddly_is_answered(
    name: str, world: World, fields: dict[str, list[str]]
) -> None:
    """By somebody who may, so that what is sent is looked at and not refused at the door."""
    client, to = again(entitled(name, world)), anywhere(name, world)
    for odd in ("\0", "9" * 20, "-1", "x" * 20_000, "\ud7ff\uffff", str(UUID(int=0))):
        said = urlencode([(field, odd) for field in fields[name]]).encode()
        _is_a_sentence(_ask(client, "POST", to, said, TYPES[0]), name)


@pytest.mark.parametrize("part", [*PARTS, "/", "//", "/./", "/../", "/\\", "/cases//", "/;x"])
def test_an_address_that_leads_nowhere_is_answered_with_a_page(part: str, world: World) -> None:
    for client in (Client(headers={"host": "ar.localhost"}),
                   again(world.browsers[Role.CASE_SUPERVISOR, True])):  # fmt: skip
        for path in (f"/{part}", f"/cases/{part}", f"/help/es/{part}", f"/{quote('ñ')}/{part}"):
            answer = _ask(client, "GET", path, b"", "")
            assert answer.status_code < 500
            if answer.status_code >= 400:
                assert b"<h1" in answer.content, path
