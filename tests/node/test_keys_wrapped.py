"""A node whose master key is wrapped: started with what opens it, refused without, and back."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayni.node import dumping, unlocking
from ayni.vault import custody
from ayni.vault.keyring import Keyring
from ayni.vault.master import make_master_key, read_master_key, write_private
from ayni.vault.wrapping import Kind
from tests.node.made import ROOT, ayni, database_of, made_home

WORDS = "seis palabras sacadas a suerte hoy"
GIVEN = "AYNI_MASTER_PASSPHRASE_FILE"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "uy"
    made_home("uy", home)
    with database_of(home):
        yield home


def _done(home: Path, *words: str, **given: str) -> str:
    done = ayni(*words, AYNI_HOME=str(home), LANG="en_US.UTF-8", **given)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def _refused(home: Path, *words: str, **given: str) -> str:
    done = ayni(*words, AYNI_HOME=str(home), LANG="en_US.UTF-8", **given)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def _check(home: Path, **given: str) -> dict[str, list[dict[str, str]]]:
    told: dict[str, list[dict[str, str]]] = json.loads(
        _done(home, "node", "check", "--json", **given).splitlines()[0]
    )
    return told


@pytest.mark.nodes
def test_wrapped_it_starts_with_the_passphrase_only(home: Path, tmp_path: Path) -> None:
    words = tmp_path / "words"
    write_private(words, WORDS.encode())
    assert "ayni keys wrap" in _done(home, "node", "check")

    weak = tmp_path / "weak"
    write_private(weak, b"correo2026")
    assert "at least 16 characters" in _refused(
        home, "keys", "wrap", "--passphrase-file", str(weak)
    )
    assert "is wrapped" in _done(home, "keys", "wrap", "--passphrase-file", str(words))

    assert not (home / "secrets" / "master.key").exists()
    refused = _refused(home, "node", "check")
    assert GIVEN in refused
    assert "ayni-passphrase" in refused
    assert "is not the one it was wrapped with" in _refused(
        home, "keys", "show", **{GIVEN: str(weak)}
    )
    assert "ayni keys wrap" not in _done(home, "node", "check", **{GIVEN: str(words)})
    assert "fingerprint" in _done(home, "keys", "show", **{GIVEN: str(words)})

    stick = tmp_path / "stick"
    _done(home, "keys", "change", "--key-file", str(stick), **{GIVEN: str(words)})
    assert len(stick.read_bytes()) == 64
    _done(home, "keys", "show", AYNI_MASTER_KEY_FILE=str(stick))
    assert "AYNI_HOME" in _refused(
        home, "keys", "change", "--key-file", str(home / "key"), AYNI_MASTER_KEY_FILE=str(stick)
    )
    _done(home, "keys", "unwrap", AYNI_MASTER_KEY_FILE=str(stick))
    assert "fingerprint" in _done(home, "keys", "show")


@pytest.mark.nodes
def test_two_master_keys_stop_the_node_until_it_is_wrapped_again(
    home: Path, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    write_private(words, WORDS.encode())
    plain = (home / "secrets" / "master.key").read_bytes()
    _done(home, "keys", "wrap", "--passphrase-file", str(words))
    write_private(home / "secrets" / "master.key", plain)

    assert "not clear which master key holds" in _refused(
        home, "node", "check", **{GIVEN: str(words)}
    )
    _done(home, "keys", "wrap", "--passphrase-file", str(words))
    assert "fingerprint" in _done(home, "keys", "show", **{GIVEN: str(words)})


@pytest.mark.nodes
def test_at_a_terminal_the_passphrase_is_asked(home: Path, tmp_path: Path) -> None:
    words = tmp_path / "words"
    write_private(words, WORDS.encode())
    _done(home, "keys", "wrap", "--passphrase-file", str(words))
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
    screen, terminal = pty.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-m", "ayni.node.command", "keys", "show"],
        env={**kept, "AYNI_HOME": str(home), "LANG": "en_US.UTF-8"}, cwd=ROOT,
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    said = b""
    while b"Passphrase of the master key" not in said:
        said += os.read(screen, 1000)
    os.write(screen, WORDS.encode() + b"\n")
    while True:
        try:
            part = os.read(screen, 1000)
        except OSError:
            break
        said += part
    assert asking.wait(60) == 0, said
    assert b"fingerprint" in said
    assert WORDS.encode() not in said


def test_what_was_typed_reaches_the_processes_that_are_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(GIVEN, "")
    unlocking.keep(Kind.PASSPHRASE, WORDS.encode())
    reads = (
        "from ayni.vault import custody; from ayni.vault.wrapping import Kind;"
        "import sys; sys.stdout.buffer.write(custody.given(Kind.PASSPHRASE))"
    )

    read = subprocess.run([sys.executable, "-c", reads], capture_output=True, check=True, cwd=ROOT)

    assert read.stdout == WORDS.encode()
    assert WORDS not in os.environ.values()


def test_the_copy_of_the_keyring_is_the_way_back_from_a_lost_passphrase(tmp_path: Path) -> None:
    home = tmp_path / "node"
    home.mkdir()
    make_master_key(home)
    master = read_master_key(home)
    ring = Keyring(home / "keyring", master)
    ring.store_secret("exchange.signing.1", b"x" * 32)
    custody.wrap(home, custody.Custody(Kind.PASSPHRASE, WORDS.encode()))

    lines = list(dumping.keyring_lines(home, "uy", ring, master))
    ring.close()
    sink = dumping.KeyringSink(None)
    for line in lines:
        sink.write(line)
    sink.check_whole()

    assert sink.secrets == {"master.key": master}
    assert b"master.wrapped" not in b"".join(lines)
