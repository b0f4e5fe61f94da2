"""A keyring whose disk is full: nothing of a step is kept, and the next one works."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError

from ayni.vault.errors import KeyringUnavailable
from ayni.vault.keyring import Keyring
from ayni.vault.master import make_master_key, read_master_key
from tests.full_disk import no_room


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    make_master_key(tmp_path)
    return Keyring(tmp_path / "keyring", read_master_key(tmp_path))


def test_what_finds_no_room_is_kept_in_no_part_and_the_next_step_works(keyring: Keyring) -> None:
    before = keyring.new_subject()
    with no_room(), pytest.raises(KeyringUnavailable):
        keyring.new_subjects(3)
    with no_room(), pytest.raises(KeyringUnavailable):
        keyring.store_secret("name", b"content")

    after = keyring.new_subject()
    there = {name for table, name, _ in keyring.wrapped() if table == "subject_key"}
    assert there == {str(before), str(after)}
    assert keyring.secret_names() == []
    keyring.store_secret("name", b"content")
    assert keyring.load_secret("name") == b"content"


def test_it_is_told_as_an_error_of_the_machine() -> None:
    assert issubclass(KeyringUnavailable, OperationalError)
