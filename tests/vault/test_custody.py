"""The master key wrapped by a passphrase, a key file or a token; in doubt nothing opens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.vault import custody, token, wrapping
from ayni.vault.custody import Custody
from ayni.vault.errors import (
    CustodyMissing,
    CustodyUnclear,
    CustodyWeak,
    CustodyWrong,
    SecretExposed,
)
from ayni.vault.master import make_master_key, read_master_key, write_private
from ayni.vault.wrapping import Kind

WORDS = b"seis palabras sacadas a suerte hoy"
MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so")]
PIN = b"123456"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for setting, _credential in custody.GIVEN.values():
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    home = tmp_path / "node"
    home.mkdir()
    make_master_key(home)
    return home


def _give(monkeypatch: pytest.MonkeyPatch, kind: Kind, path: Path, content: bytes) -> None:
    write_private(path, content)
    monkeypatch.setenv(custody.GIVEN[kind][0], str(path))


def test_a_wrapped_key_opens_with_the_passphrase_and_is_not_on_the_disk(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = read_master_key(home)

    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))

    kept = b"".join(p.read_bytes() for p in (home / "secrets").iterdir())
    assert master not in kept
    assert master.hex().encode() not in kept
    assert not (home / "secrets" / "master.key").exists()
    assert custody.kind_of(home) is Kind.PASSPHRASE
    _give(monkeypatch, Kind.PASSPHRASE, tmp_path / "words", WORDS + b"\n")
    assert read_master_key(home) == master


def test_without_the_passphrase_nothing_opens_and_no_new_key_is_made(home: Path) -> None:
    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))

    make_master_key(home)

    assert not (home / "secrets" / "master.key").exists()
    with pytest.raises(CustodyMissing):
        read_master_key(home)


def test_another_passphrase_opens_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))
    _give(monkeypatch, Kind.PASSPHRASE, tmp_path / "words", WORDS + b"x")

    with pytest.raises(CustodyWrong):
        read_master_key(home)


def test_a_passphrase_that_can_be_guessed_is_refused_and_changes_nothing(home: Path) -> None:
    master = read_master_key(home)

    with pytest.raises(CustodyWeak):
        custody.wrap(home, Custody(Kind.PASSPHRASE, b"correo2026\n     "[:15]))
    with pytest.raises(CustodyWeak):
        custody.wrap(home, Custody(Kind.KEY_FILE, bytes(64)))

    assert read_master_key(home) == master


def test_a_credential_of_systemd_opens_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = read_master_key(home)
    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))
    given_by = tmp_path / "credentials"
    given_by.mkdir()
    write_private(given_by / "ayni-passphrase", WORDS)
    (given_by / "ayni-passphrase").chmod(0o440)  # as with systemd's ACL
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given_by))

    assert read_master_key(home) == master

    (given_by / "ayni-passphrase").chmod(0o444)
    with pytest.raises(SecretExposed):
        read_master_key(home)


def test_a_key_file_opens_it_and_another_one_does_not(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, content = read_master_key(home), os.urandom(64)
    custody.wrap(home, Custody(Kind.KEY_FILE, content))
    _give(monkeypatch, Kind.KEY_FILE, tmp_path / "stick", content)
    assert read_master_key(home) == master

    (tmp_path / "stick").write_bytes(os.urandom(64))
    with pytest.raises(CustodyWrong):
        read_master_key(home)


def test_the_passphrase_is_changed_and_the_old_one_opens_no_more(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = read_master_key(home)
    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))
    _give(monkeypatch, Kind.PASSPHRASE, tmp_path / "words", WORDS)

    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS + b" otra"))

    with pytest.raises(CustodyWrong):
        read_master_key(home)
    (tmp_path / "words").write_bytes(WORDS + b" otra")
    assert read_master_key(home) == master


def test_unwrapped_it_lies_there_as_before(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = read_master_key(home)
    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))
    _give(monkeypatch, Kind.PASSPHRASE, tmp_path / "words", WORDS)

    custody.unwrap(home)

    assert (home / "secrets" / "master.key").read_bytes() == master
    assert custody.kind_of(home) is None
    with pytest.raises(CustodyUnclear):
        custody.unwrap(home)


def test_two_master_keys_are_a_doubt_that_wrapping_again_clears(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = read_master_key(home)
    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))
    write_private(home / "secrets" / "master.key", master)  # as after a power cut
    _give(monkeypatch, Kind.PASSPHRASE, tmp_path / "words", WORDS)

    with pytest.raises(CustodyUnclear):
        read_master_key(home)
    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))

    assert read_master_key(home) == master
    assert not (home / "secrets" / "master.key").exists()


def test_unwrapping_never_puts_one_key_over_another(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    custody.wrap(home, Custody(Kind.PASSPHRASE, WORDS))
    other = os.urandom(32)
    write_private(home / "secrets" / "master.key", other)
    _give(monkeypatch, Kind.PASSPHRASE, tmp_path / "words", WORDS)

    with pytest.raises(CustodyUnclear):
        custody.unwrap(home)

    assert (home / "secrets" / "master.key").read_bytes() == other


@given(place=st.sampled_from(["kind", "salt", "nonce", "wrapped", "format"]), value=st.text())
@settings(max_examples=60, deadline=None)
def test_a_wrapped_file_that_was_changed_never_opens(place: str, value: str) -> None:
    content, master = bytes(range(64)), os.urandom(32)
    document = wrapping.by_key_file(master, content)
    changed = {**document, place: value}

    with pytest.raises((CustodyWrong, CustodyUnclear)):
        wrapping.opened(wrapping.read(json.dumps(changed).encode()), content)


def test_a_wrapped_file_that_asks_for_too_much_memory_is_refused() -> None:
    document = wrapping.by_passphrase(os.urandom(32), WORDS)
    changed = {**document, "argon2id": {**document["argon2id"], "memory_kib": 2**40}}

    with pytest.raises(CustodyUnclear):
        wrapping.opened(changed, WORDS)


# -- a token


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A SoftHSM token of its own, set up as an administrator does."""
    tool = shutil.which("softhsm2-util")
    module = next((path for path in MODULES if path.exists()), None)
    if tool is None or module is None:
        pytest.skip("no SoftHSM here: apt-get install softhsm2")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(
        f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    monkeypatch.setenv(token.MODULE, str(module))
    subprocess.run(
        [tool, "--init-token", "--free", "--label", "ayni", "--pin", PIN.decode(),
         "--so-pin", "12345678"],
        check=True, capture_output=True,
    )  # fmt: skip
    return "ayni"


def test_the_wrapping_key_lives_in_the_token_and_cannot_be_read_out(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hsm: str
) -> None:
    import pkcs11

    master = read_master_key(home)
    custody.wrap(home, Custody(Kind.TOKEN, PIN, token=hsm))
    _give(monkeypatch, Kind.TOKEN, tmp_path / "pin", PIN + b"\n")

    assert read_master_key(home) == master
    with token._session(hsm, PIN) as session:
        key = token._key(session, token.KEY)
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


def test_a_wrong_pin_and_a_missing_token_are_told_apart(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hsm: str
) -> None:
    custody.wrap(home, Custody(Kind.TOKEN, PIN, token=hsm))
    _give(monkeypatch, Kind.TOKEN, tmp_path / "pin", b"000000")
    with pytest.raises(CustodyWrong):
        read_master_key(home)

    (tmp_path / "pin").write_bytes(PIN)
    shutil.rmtree(tmp_path / "tokens")
    (tmp_path / "tokens").mkdir()
    with pytest.raises(CustodyUnclear):
        read_master_key(home)


def test_a_key_of_another_token_opens_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hsm: str
) -> None:
    custody.wrap(home, Custody(Kind.TOKEN, PIN, token=hsm))
    _give(monkeypatch, Kind.TOKEN, tmp_path / "pin", PIN)
    with token._session(hsm, PIN, writes=True) as session:
        token._key(session, token.KEY).destroy()
    assert token.make_key(token=hsm, key=token.KEY, pin=PIN)

    with pytest.raises(CustodyWrong):
        read_master_key(home)


def test_a_lost_token_is_replaced_from_the_copy_of_the_keyring(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hsm: str
) -> None:
    copied = read_master_key(home)  # what the copy of the keyring holds
    custody.wrap(home, Custody(Kind.TOKEN, PIN, token=hsm))
    _give(monkeypatch, Kind.TOKEN, tmp_path / "pin", PIN)
    shutil.rmtree(tmp_path / "tokens")
    (tmp_path / "tokens").mkdir()
    with pytest.raises(CustodyUnclear):
        read_master_key(home)

    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "secrets").mkdir(parents=True)
    write_private(elsewhere / "secrets" / "master.key", copied)
    custody.wrap(elsewhere, Custody(Kind.PASSPHRASE, WORDS))

    _give(monkeypatch, Kind.PASSPHRASE, tmp_path / "words", WORDS)
    assert read_master_key(elsewhere) == copied
