"""A removed member is refused by every process of a running node once its directory says so."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from http_message_signatures import HTTPMessageSigner, algorithms

from ayni.exchange import documents, envelope, transport
from ayni.lib import clock
from ayni.node.postgres import PLAIN, Server
from bench.ports import a_free_port
from tests.exchange.peer import CONSULATE, Peer
from tests.node.made import NAMES, ROOT, ayni, made_home
from tests.node.test_processes import answers, wait_for

pytestmark = pytest.mark.whole

BOUND = 60.0  # seconds, as promised
WAIT = 4 * BOUND  # so that a busy machine is told of as slow, and not as never
_QUEUE = """
import sys
from ayni.node import home

with home.ready(home.existing()):
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    exchange.queue(
        by=audit.job("tests"), kind="exchange.again", recipient="bo",
        recipient_institution=sys.argv[1], institution="uy-programme",
        payload={"envelope": "0" * 64, "message": "0" * 32}, grant=None,
        conversation=exchange.new_conversation(), subject="removed",
    )
"""
_KEPT = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
Json = dict[str, Any]


def _uy(home: Path, *words: str) -> str:
    done = ayni(*words, AYNI_HOME=str(home), LANG="en_US.UTF-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def _directory(own: Json, bolivia: Peer, endpoint: str) -> Json:
    theirs = {
        "endpoint": {"connect_to": endpoint, "url": "http://bo.localhost"},
        "identity_key": documents.encode(documents.public_of(bolivia.identity)),
        "node": "bo",
    }
    return {
        "demo": False,
        "format": 1,
        "issued": clock.isoformat(clock.now().replace(microsecond=0)),
        "members": [theirs, own],
        "number": 1,
        "previous": "",
        "quorum": 1,
    }


def _signed(folder: Path, home: Path, body: Json, others: list[Json]) -> Path:
    """A directory with the votes of others and of our node, as a file."""
    draft, whole = folder / f"draft-{body['number']}", folder / f"whole-{body['number']}"
    draft.write_text(json.dumps({"body": body, "signatures": others}))
    whole.write_text(_uy(home, "trust", "sign", str(draft)))
    return whole


@contextmanager
def _running(home: Path) -> Iterator[int]:
    port = a_free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "ayni.node.command", "run", "--port", str(port)],
        env={**_KEPT, "AYNI_HOME": str(home), "AYNI_WEB_WORKERS": "2"},
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    ) as run:
        try:
            wait_for(lambda: answers(port))
            yield port
        finally:
            run.terminate()
            run.wait(60)


def _ask(bolivia: Peer, sheet: Json, port: int, path: str = transport.PATH) -> tuple[int, Json]:
    """What the node answers to a request that Bolivia has signed."""
    entry = sheet["body"]["institutions"][0]
    raw = envelope.seal(
        {"data": {}},
        route=envelope.Route(entry["suite"], "bo", CONSULATE, 1, "uy", entry["code"], 1),
        kind="referral.send",
        message=secrets.token_hex(16),
        conversation=secrets.token_hex(16),
        sequence=1,
        created=clock.now(),
        due=None,
        recipient_key=documents.decode(entry["key"]),
        signing_key=bolivia.signing,
    )
    request = transport._Request(
        "POST", "http://uy.localhost" + path, {"Content-Type": transport.CONTENT_TYPE}
    )
    HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519, key_resolver=transport._OwnKey(bolivia.signing)
    ).sign(
        request,
        key_id="bo/1",
        created=clock.now(),
        label="ayni",
        covered_component_ids=("@method", "@authority", "@path"),
        body=raw,
    )
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request("POST", path, body=raw, headers={**request.headers, "Host": "uy.localhost"})
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        line.close()


@pytest.fixture
def bolivia() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.stop()


@pytest.mark.nodes
def test_a_removed_member_is_refused_by_web_and_worker_at_once(
    bolivia: Peer, record_property: Callable[..., None]
) -> None:
    with tempfile.TemporaryDirectory(prefix="ayni-m-") as name:
        folder, home = Path(name), Path(name) / "uy"
        made_home("uy", home)
        with Server(home).used() as server:
            _founded(folder, home, bolivia)
            sheet = json.loads((folder / "sheet").read_text())
            with _running(home) as port, psycopg.connect(server.url(PLAIN)) as db:
                db.autocommit = True
                seconds = _removed(folder, home, bolivia, sheet, port, db)
    for who, took in seconds.items():
        record_property(f"seconds until the {who} refused", round(took, 2))
        sys.stderr.write(f"{who}: refused {took:.2f} s after the directory was accepted\n")
    # Both moments as the node itself has recorded them. Of the web the first answer was a refusal:
    # how long it took to ask says something about this test alone.
    assert seconds["worker"] <= BOUND


def _founded(folder: Path, home: Path, bolivia: Peer) -> None:
    place = ("--kind", "programme", "--stands-in", "UY", "--time-zone", "America/Montevideo")
    _uy(home, "institution", "add", "uy-programme", *place, *NAMES)
    own = json.loads(_uy(home, "trust", "show", "--url", "http://uy.localhost"))
    body = _directory(own, bolivia, bolivia.start())
    vote = documents.signed("directory", body, {"bo": bolivia.identity})["signatures"][0]
    first = _signed(folder, home, body, [vote])
    _uy(home, "trust", "accept", str(first))
    (folder / "sheet").write_text(_uy(home, "trust", "sheet"))
    theirs = bolivia.key_sheet(clock.now().replace(microsecond=0))
    (folder / "theirs").write_text(json.dumps(theirs))
    _uy(home, "trust", "accept", str(folder / "theirs"))


def _removed(
    folder: Path, home: Path, bolivia: Peer, sheet: Json, port: int, db: psycopg.Connection[Any]
) -> dict[str, float]:
    """Remove Bolivia while the node runs; how long each kind of process took to refuse it."""
    status, answer = _ask(bolivia, sheet, port)
    assert (status, answer["body"]["refused"]) == (422, "malformed"), "known, and judged"
    before = json.loads((folder / "whole-1").read_text())["body"]
    body = {
        **before,
        "members": [m for m in before["members"] if m["node"] == "uy"],
        "number": 2,
        "previous": documents.digest(before),
    }
    second = _signed(folder, home, body, [])
    bolivia.answers = False
    read = len(bolivia.read)  # of what the node sends by itself, at some minutes of an hour
    subprocess.run(
        [sys.executable, "-c", _QUEUE, CONSULATE],
        env={**_KEPT, "AYNI_HOME": str(home)},
        check=True, capture_output=True, cwd=ROOT,
    )  # fmt: skip
    _uy(home, "trust", "accept", str(second))
    bolivia.answers = True  # whatever would still leave would arrive

    # Both web processes, each asked more than once: the first answer already is a refusal.
    for _turn in range(8):
        assert _ask(bolivia, sheet, port) == (422, {"refused": "unknown_sender"})
    (accepted,) = _row(db, "select accepted_at from exchange_directorydocument where number = 2")
    web = time.time() - accepted.timestamp()

    def states() -> set[tuple[str, str]]:
        rows = db.execute(
            "select state, reason from exchange_outgoingmessage where subject = 'removed'"
        ).fetchall()
        return {(state, reason) for state, reason in rows}

    wait_for(lambda: states() == {("cancelled", "not_a_member")}, seconds=WAIT)
    (settled,) = _row(
        db, "select settled_at from exchange_outgoingmessage where subject = 'removed'"
    )
    assert len(bolivia.read) == read, "nothing has left for it"
    return {"web": web, "worker": (settled - accepted).total_seconds()}


def _row(db: psycopg.Connection[Any], question: str) -> tuple[Any, ...]:
    found = db.execute(question).fetchone()
    assert found is not None
    return tuple(found)
