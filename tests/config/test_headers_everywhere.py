"""What the browser is told stands on every answer of every route, whoever asks and however."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from ayni.config.doors import DOORS, Who
from ayni.members.api import Role
from tests.config.addresses import again, anywhere, entitled
from tests.config.test_doors import ROUTES
from tests.config.test_headers import _check
from tests.config.world import World

# Sealed as it comes (ADR 0038): tests/cooperation/test_attachments.py. Records of HTCDS stay in
# memory until they are sealed: tests/statistics/test_htcds_uploads.py.
TAKE_A_FILE = {
    "cooperation:referral-attach", "cooperation:request-attach", "agenda:document-new",
    "agenda:evidence-new", "statistics:htcds-import",
}  # fmt: skip


def _stranger() -> Client:
    return Client(headers={"host": "ar.localhost", "accept-language": "es"})


def _ask(client: Client, method: str, to: str) -> HttpResponse:
    with transaction.atomic():
        answer = client.generic(method, to)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_answer_of_every_route_is_closed(name: str, world: World) -> None:
    to = anywhere(name, world)
    asks = [
        (_stranger(), ("GET", "POST")),
        (again(entitled(name, world)), ("GET", "HEAD", "POST", "PUT", "OPTIONS")),
        (again(world.browsers[Role.DATA_PROTECTION_OFFICER, False]), ("GET",)),
    ]
    for client, methods in asks:
        for method in methods:
            answer = _ask(client, method, to)
            _check(answer)
            assert answer.status_code < 500 or DOORS[name].who is Who.NODES
            assert "Access-Control-Allow-Origin" not in answer
            kept = [cookie for cookie in answer.cookies.values() if cookie.value]
            for cookie in kept:
                assert cookie["httponly"], cookie.key
                assert cookie["samesite"] in {"Lax", "Strict"}, cookie.key
                assert cookie["path"] == "/"
                assert not cookie["domain"]


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_no_page_of_any_route_carries_a_script_or_style_of_its_own(name: str, world: World) -> None:
    answer = _ask(again(entitled(name, world)), "GET", anywhere(name, world))
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        page = answer.content.decode()
        assert not re.search(r"<style|<script(?![^>]* src=)|\son\w+=\"|\sstyle=\"", page), name
        for source in re.findall(r"<(?:script|img|link)[^>]*\s(?:src|href)=\"([^\"]*)\"", page):
            assert source.startswith(("/", "data:")), source
            assert not source.startswith("//"), source


@pytest.mark.parametrize("name", sorted(set(ROUTES) - TAKE_A_FILE))
def test_no_other_route_takes_a_file(name: str, world: World) -> None:
    file = SimpleUploadedFile("invented.pdf", b"%PDF-1.7 invented", "application/pdf")
    with transaction.atomic():
        answer = again(entitled(name, world)).post(
            anywhere(name, world), {"file": file, "note": "x"}
        )
        transaction.set_rollback(True)
    looked_at = vars(answer.wsgi_request)
    assert not looked_at.get("_files"), name
    if answer.status_code == 400:
        assert "No se entendió el pedido" in answer.content.decode()
    elif "_post" in looked_at:
        raise AssertionError(f"{name}: {answer.status_code}, what came with the file was taken")
    _check(answer)


def test_a_file_leaves_nothing_on_the_disk(world: World, tmp_path: Path) -> None:
    before = {p for p in Path(settings.AYNI_HOME).rglob("*") if p.is_file()}
    big = SimpleUploadedFile("invented.bin", b"x" * 5_000_000, "application/octet-stream")
    answer = _stranger().post("/help/es/write/", {"file": big})
    assert answer.status_code == 400
    assert {p for p in Path(settings.AYNI_HOME).rglob("*") if p.is_file()} == before


@pytest.mark.skipif(not settings.STATIC_ROOT.is_dir(), reason="assets are built by make setup")
def test_an_asset_is_loaded_by_our_pages_only_and_runs_nothing_by_itself() -> None:
    manifest = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text("utf-8"))
    for name in list(manifest["paths"].values())[:20]:
        answer = _stranger().get(f"/static/{name}")
        # Read to its end, not closed by hand: that would end the world's transaction.
        assert b"".join(answer.streaming_content), name
        assert answer.status_code == 200, name
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in answer


def test_on_a_real_host_cookies_belong_to_it_alone_and_tls_is_demanded(tmp_path: Path) -> None:
    """Asked of a process of its own: settings are read once."""
    (tmp_path / "secrets").mkdir(mode=0o700)
    key = tmp_path / "secrets" / "django.key"
    key.touch(mode=0o600)
    key.write_text("k" * 60)
    ask = (
        "import json; from ayni.config import settings as s; print(json.dumps(["
        "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, "
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        "s.LANGUAGE_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS]))"
    )
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    told = subprocess.run(
        [sys.executable, "-c", ask],
        env={
            "AYNI_NODE": "ar",
            "AYNI_HOME": str(tmp_path),
            "AYNI_HOST": "ayni.example.org",
            "DATABASE_URL": nowhere,
            "AYNI_OWNER_DATABASE_URL": nowhere,
        },
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    *names, session, csrf, language, hsts, below = json.loads(told)
    assert all(name.startswith("__Host-ayni_ar_") for name in names)
    assert session is csrf is language is below is True
    assert hsts >= 365 * 24 * 60 * 60


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_no_route_answers_trace(name: str, world: World) -> None:
    for client in (_stranger(), again(entitled(name, world))):
        assert _ask(client, "TRACE", anywhere(name, world)).status_code not in range(200, 300)


@pytest.mark.parametrize(
    "path", ["/.git/config", "/.env", "/static/", "/static/../settings.py", "/media/", "/secrets/",
             "/admin/", "/.well-known/", "/server-status", "/manage.py"],
)  # fmt: skip
def test_no_source_no_list_and_no_file_of_the_node_is_served(path: str, world: World) -> None:
    for client in (_stranger(), again(world.browsers[Role.NODE_ADMINISTRATOR, False])):
        assert _ask(client, "GET", path).status_code == 404


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_signing_out_stands_on_every_page_of_an_officer(name: str, world: World) -> None:
    if DOORS[name].who in {Who.ANYBODY, Who.NODES, Who.NOBODY, Who.MONITORING, Who.CALENDARS}:
        return  # not for officers
    answer = _ask(again(entitled(name, world)), "GET", anywhere(name, world))
    page = answer.headers.get("Content-Type", "").startswith("text/html")
    if answer.status_code == 200 and page:
        assert "/account/logout/" in answer.content.decode()
