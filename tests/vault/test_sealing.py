"""Sealed values open only where they belong."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest

from ayni.vault.errors import Erased, SecretExposed, SecretMissing, Tampered
from ayni.vault.keyring import Keyring
from ayni.vault.master import make_master_key, read_master_key
from ayni.vault.sealing import Sealer


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    make_master_key(tmp_path)
    return Keyring(tmp_path / "keyring", read_master_key(tmp_path))


def test_a_value_moved_to_another_row_is_refused() -> None:
    sealer = Sealer(uuid4(), os.urandom(32))
    blob = sealer.seal("cases.person.birth:1", {"value": "1999"})

    with pytest.raises(Tampered):
        sealer.open("cases.person.birth:2", blob)


def test_a_value_sealed_for_another_subject_is_refused() -> None:
    key = os.urandom(32)
    blob = Sealer(uuid4(), key).seal("place", "text")

    with pytest.raises(Tampered):
        Sealer(uuid4(), key).open("place", blob)


def test_the_length_of_a_short_name_is_not_told() -> None:
    sealer = Sealer(uuid4(), os.urandom(32))

    assert len(sealer.seal("p", "Ana")) == len(sealer.seal("p", "Maximiliana"))


def test_an_erased_subject_cannot_be_opened_any_more(keyring: Keyring) -> None:
    subject = keyring.new_subject()
    keyring.erase_subject(subject)

    with pytest.raises(Erased):
        keyring.subject_key(subject)


def test_an_erased_key_is_not_left_in_the_files_of_the_keyring(
    keyring: Keyring, tmp_path: Path
) -> None:
    subject = keyring.new_subject()
    keyring.erase_subject(subject)
    keyring.close()

    left = b"".join(path.read_bytes() for path in (tmp_path / "keyring").iterdir())
    assert str(subject).encode() not in left


def test_a_keyring_under_another_master_key_is_refused(keyring: Keyring, tmp_path: Path) -> None:
    subject = keyring.new_subject()
    stranger = Keyring(tmp_path / "keyring", os.urandom(32))

    with pytest.raises(Tampered):
        stranger.subject_key(subject)


def test_a_master_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_master_key(tmp_path)
    (tmp_path / "secrets" / "master.key").chmod(0o640)

    with pytest.raises(SecretExposed):
        read_master_key(tmp_path)


def test_a_missing_secret_is_named(keyring: Keyring) -> None:
    with pytest.raises(SecretMissing, match="exchange.signing"):
        keyring.load_secret("exchange.signing")


def test_secrets_come_back_as_they_were_stored(keyring: Keyring) -> None:
    keyring.store_secret("a", b"one")
    keyring.store_secret("a", b"two")

    assert keyring.load_secret("a") == b"two"
    assert keyring.secret_names() == ["a"]
