"""The node's own secrets on disk: the master key, under which all other keys are wrapped."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from pathlib import Path

from ayni.vault.errors import CustodyUnclear, SecretExposed, SecretMissing

MASTER = "master.key"
WRAPPED = "master.wrapped"  # the same key, wrapped (`custody.py`)
_BYTES = 32


def secrets_folder(home: Path) -> Path:
    """Where the node's secrets lie (mode 0700)."""
    return home / "secrets"


def make_private_folder(folder: Path) -> None:
    """Create `folder` readable by this account only; tighten it if it is there already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def write_private(path: Path, content: bytes) -> None:
    """Create a file of mode 0600; never overwrites (raises FileExistsError)."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_private(path: Path) -> bytes:
    """The content of a secret file.

    Raises `SecretMissing` if it is not there, `SecretExposed` if others can read or write it.
    """
    try:
        info = path.stat()
    except FileNotFoundError:
        raise SecretMissing(f"{path.name} is missing; restore it from the node's backup") from None
    if info.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretExposed(f"{path.name} can be read by others: chmod 600 it and renew the secret")
    return path.read_bytes()


def make_master_key(home: Path) -> None:
    """Create the secrets folder and the master key unless they are there."""
    make_private_folder(secrets_folder(home))
    path = secrets_folder(home) / MASTER
    if not path.exists() and not (secrets_folder(home) / WRAPPED).exists():
        write_private(path, os.urandom(_BYTES))


def read_master_key(home: Path) -> bytes:
    """The 32 bytes of the master key, unwrapped by what this process was given.

    Raises `SecretMissing`, `SecretExposed`; `CustodyMissing`, `CustodyWrong`, `CustodyUnclear`.
    """
    wrapped = secrets_folder(home) / WRAPPED
    if wrapped.exists():
        from ayni.vault import custody

        if (secrets_folder(home) / MASTER).exists():
            raise CustodyUnclear(f"{MASTER} and {WRAPPED} are both there")
        return custody.opened(read_private(wrapped))
    key = read_private(secrets_folder(home) / MASTER)
    if len(key) != _BYTES:
        raise SecretMissing(f"{MASTER} holds {len(key)} bytes instead of {_BYTES}")
    return key


def mark_of(master: bytes, content: bytes) -> str:
    """What only this node can write under a copy of its data (HMAC-SHA-256, in hexadecimal)."""
    key = hmac.digest(master, b"ayni-copy-1", hashlib.sha256)
    return hmac.new(key, content, hashlib.sha256).hexdigest()
