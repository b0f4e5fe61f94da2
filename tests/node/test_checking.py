"""What `ayni node check` finds, and that a node with an error does not start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache

from ayni.exchange.models import PeerState
from ayni.lib import clock
from ayni.lib.errors import Misconfigured
from ayni.members import api as members
from ayni.members.api import Role
from ayni.node import checking
from ayni.node.checking import Level
from ayni.node.home import Node
from tests.cast import SETUP, Cast
from tests.config.provider import running
from tests.exchange.peer import Peer, found

Told = dict[str, tuple[Level, str]]


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    """The node of the suite as a command sees it, with a real name and all that it should have."""
    home = Path(settings.AYNI_HOME)
    for name, value in {
        "AYNI_HOST": "ayni.example",
        "AYNI_SMTP_HOST": "mail.example",
        "AYNI_LISTEN": "127.0.0.1:8000",
        "AYNI_BACKUP_TO": "/mnt/a",
        "AYNI_BACKUP_KEYRING_TO": "/mnt/b",
    }.items():
        monkeypatch.setenv(name, value)
    (home / "node.json").write_text(json.dumps({"format": 1, "node": "ar"}))
    return Node("ar", home, is_new=False)


def _within(node: Node, *, embedded: bool = False) -> Told:
    found = checking.within(node, embedded=embedded, now=clock.now())
    return {finding.code: (finding.level, finding.sentence) for finding in found}


def _before(node: Node) -> Told:
    return {f.code: (f.level, f.sentence) for f in checking.before(node)}


def _add(role: Role, number: int, place: members.Institution | None) -> None:
    members.add_user(
        by=SETUP, email=f"{role}{number}@ar.example", display_name="Invented", role=role,
        institution=place, password=None,
    )  # fmt: skip


def test_a_second_administrator_and_data_protection_are_asked_for(cast: Cast, node: Node) -> None:
    members.User.objects.filter(role=Role.DATA_PROTECTION_OFFICER).update(is_active=False)
    members.User.objects.filter(role=Role.NODE_ADMINISTRATOR).update(is_active=False)
    told = _within(node)
    assert told["administrators"][0] is Level.WARNING
    assert "of this node: 0" in told["administrators"][1]
    place = cast.ana.institution
    assert place is not None
    assert place.code in told["data_protection"][1]
    _add(Role.NODE_ADMINISTRATOR, 1, None)
    assert "of this node: 1" in _within(node)["administrators"][1]
    _add(Role.NODE_ADMINISTRATOR, 2, None)
    for officer in members.officers():
        if officer.institution is not None:
            _add(Role.DATA_PROTECTION_OFFICER, hash(officer.email), officer.institution)
    assert {"administrators", "data_protection"} & set(_within(node)) == set()


def test_an_emergency_number_that_nobody_verified_again_is_told(cast: Cast, node: Node) -> None:
    """Uruguay's 911 was verified on 2026-11-24, and expires 90 days later."""
    uruguay = Node("uy", node.home, is_new=False)
    with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
        shown = {f.code for f in checking.within(uruguay, embedded=False, now=clock.now())}
    with time_machine.travel("2027-06-01T12:00:00Z", tick=False):
        later = checking.within(uruguay, embedded=False, now=clock.now())
    by_code = {finding.code: finding for finding in later}
    assert by_code["emergency_number"].level is Level.WARNING
    assert "of uy" in by_code["emergency_number"].sentence
    assert "emergency_number" not in shown


@pytest.mark.parametrize(("off", "level"), [(2, None), (20, Level.WARNING), (90, Level.ERROR)])
def test_a_clock_that_is_off_is_told_and_far_off_is_an_error(
    cast: Cast, node: Node, off: int, level: Level | None
) -> None:
    with time_machine.travel(clock.now() + timedelta(seconds=off)):
        told = _within(node)
        assert told.get("clock_database", (None, ""))[0] == level
        if level is Level.ERROR:
            with pytest.raises(Misconfigured, match="seconds apart"):
                checking.at_start(node, embedded=False)


@pytest.fixture
def peer(cast: Cast) -> Iterator[Peer]:
    """A directory with other members."""
    one = Peer()
    found(one)
    yield one
    one.stop()


def test_what_peers_said_of_the_clock_is_told_and_stops_no_start(peer: Peer, node: Node) -> None:
    from ayni.exchange import api as exchange

    names = [each.node for each in exchange.neighbours()]
    assert names
    now = clock.now()
    PeerState.objects.update_or_create(
        node=names[0], defaults={"skew_seconds": 400, "last_contact": now}
    )
    told = _within(node)
    assert told["clock_peer"][0] is Level.WARNING
    assert names[0] in told["clock_peer"][1]
    if len(names) > 1:
        PeerState.objects.update_or_create(
            node=names[1], defaults={"skew_seconds": 380, "last_contact": now}
        )
        assert _within(node)["clock_peers"][0] is Level.WARNING


def test_a_small_postgresql_under_a_real_name_is_a_warning(
    cast: Cast, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _within(node, embedded=True)["embedded_postgresql"][0] is Level.WARNING
    assert "embedded_postgresql" not in _within(node)
    monkeypatch.setenv("AYNI_HOST", "ar.localhost")
    assert "embedded_postgresql" not in _within(node, embedded=True)


def test_a_backup_without_a_place_and_an_old_one_are_told(
    cast: Cast, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"backup", "backup_settings"} & set(_within(node)) == set()
    monkeypatch.delenv("AYNI_BACKUP_KEYRING_TO")
    assert "set AYNI_BACKUP_KEYRING_TO (" in _within(node)["backup_settings"][1]
    with time_machine.travel(clock.now() + timedelta(hours=30), tick=False):
        old = checking.within(node, embedded=False, now=clock.now())
    assert "no backup was made" in next(f.sentence for f in old if f.code == "backup")


@pytest.mark.parametrize(
    ("name", "value", "code", "level"),
    [
        ("AYNI_HOST", "ar.localhost", "host", Level.WARNING),
        ("AYNI_HOST", "https://ayni.example", "host_name", Level.ERROR),
        ("AYNI_HOST", "ayni.example:443", "host_name", Level.ERROR),
        ("AYNI_HOST", "Ayni.example", "host_name", Level.ERROR),
        ("AYNI_LISTEN", "0.0.0.0:8000", "clear_text", Level.WARNING),
        ("AYNI_LISTEN", "198.41.0.4:8000", "clear_text", Level.WARNING),
        ("AYNI_SMTP_HOST", "", "mail", Level.WARNING),
    ],
)
def test_settings_that_do_not_fit_are_told(
    node: Node, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str, level: Level
) -> None:
    assert code not in _before(node)
    monkeypatch.setenv(name, value)
    assert _before(node)[code][0] is level


def test_an_exposed_secret_and_a_missing_master_key_are_errors(node: Node) -> None:
    key = node.home / "secrets" / "master.key"
    assert {"folder", "master_key"} & set(_before(node)) == set()
    key.chmod(0o640)
    try:
        assert _before(node)["folder"][0] is Level.ERROR
        assert "master.key can be read by others" in _before(node)["folder"][1]
        key.rename(key.with_name("elsewhere"))
        assert _before(node)["master_key"][0] is Level.ERROR
    finally:
        key.with_name("elsewhere").rename(key)
        key.chmod(0o600)


def test_every_code_is_told_apart(cast: Cast, node: Node) -> None:
    """A script decides on codes: each stands for one sentence."""
    found = [*checking.before(node), *checking.within(node, embedded=True, now=clock.now())]
    assert all(finding.sentence and finding.code.isidentifier() for finding in found)
    assert not [finding for finding in found if finding.level is Level.ERROR]


def test_a_ministry_whose_description_cannot_be_read_is_told(
    cast: Cast, node: Node, settings: Any
) -> None:
    cache.clear()
    with running() as provider:
        settings.AYNI_MINISTRY = provider.ministry
        assert "ministry" not in _within(node)
        cache.clear()
        provider.described = {"issuer": "https://another.example"}
        level, sentence = _within(node)["ministry"]
    assert level is Level.WARNING
    assert "(issuer)" in sentence
    assert "AYNI_OIDC_ISSUER" in sentence
