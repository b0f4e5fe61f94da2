"""The door of the vault: subjects' keys, sealing, keyed search tokens, the node's named secrets.

Called only from `api` functions that audit what they do.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings

from ayni.vault import erasures
from ayni.vault.errors import Erased, SecretExposed, SecretMissing, Tampered
from ayni.vault.fields import FieldClass
from ayni.vault.keyring import Keyring
from ayni.vault.master import make_master_key, read_master_key
from ayni.vault.sealing import Json, Sealer

__all__ = [
    "Erased",
    "FieldClass",
    "Json",
    "Sealer",
    "SecretExposed",
    "SecretMissing",
    "Tampered",
    "erase_subject",
    "home",
    "load_secret",
    "new_subject",
    "new_subjects",
    "node_sealer",
    "prepare",
    "remove_secret",
    "sealer",
    "sealers",
    "search_token",
    "secret_names",
    "store_secret",
]

_SEARCH = "search-tokens"
_OF_NODE = "node-values"
_keyrings: dict[Path, Keyring] = {}


def home() -> Path:
    """The node's folder (setting AYNI_HOME)."""
    return Path(settings.AYNI_HOME)


def prepare() -> None:
    """Make the node's master key, keyring and search key unless they are there."""
    make_master_key(home())
    if _SEARCH not in _keyring().secret_names():
        _keyring().store_secret(_SEARCH, os.urandom(32))


def _keyring() -> Keyring:
    folder = home() / "keyring"
    if folder not in _keyrings:
        _keyrings[folder] = Keyring(folder, read_master_key(home()))
    return _keyrings[folder]


def new_subject() -> UUID:
    """A fresh subject with its own key; durable before it returns (an unused one does no harm)."""
    return _keyring().new_subject()


def new_subjects(count: int) -> list[UUID]:
    """`count` fresh subjects in one durable step (imports)."""
    return _keyring().new_subjects(count)


def sealer(subject: UUID) -> Sealer:
    """What seals and opens values of this subject. Raises `Erased`."""
    return Sealer(subject, _keyring().subject_key(subject))


def node_sealer() -> Sealer:
    """What seals and opens values that no subject's key is for: what officers sign in with. The
    key is made when it is first needed."""
    try:
        key = _keyring().load_secret(_OF_NODE)
    except SecretMissing:
        _keyring().make_secret(_OF_NODE, os.urandom(32))
        key = _keyring().load_secret(_OF_NODE)
    return Sealer(UUID(int=0), key)


def sealers(subjects: Iterable[UUID]) -> dict[UUID, Sealer]:
    """Sealers of those subjects whose key is still there (for lists)."""
    return {s: Sealer(s, key) for s, key in _keyring().subject_keys(subjects).items()}


def erase_subject(subject: UUID) -> None:
    """Remove the subject's key: all that was sealed under it is unreadable, old backups too.

    The erasure is noted first, in a list kept apart: a restore applies it again.
    """
    erasures.note(home(), subject)
    _keyring().erase_subject(subject)


def search_token(kind: str, text: str) -> bytes:
    """A keyed 16-byte token that finds equal values without storing them (HMAC-SHA-256)."""
    key = _keyring().load_secret(_SEARCH)
    return hmac.new(key, f"{kind}\0{text}".encode(), hashlib.sha256).digest()[:16]


def store_secret(name: str, content: bytes) -> None:
    """Keep a named secret (private keys), wrapped under the master key."""
    _keyring().store_secret(name, content)


def load_secret(name: str) -> bytes:
    """A named secret. Raises `SecretMissing`."""
    return _keyring().load_secret(name)


def secret_names() -> list[str]:
    """Names of the secrets that the keyring holds."""
    return _keyring().secret_names()


def remove_secret(name: str) -> None:
    """Remove a named secret for good."""
    _keyring().remove_secret(name)
