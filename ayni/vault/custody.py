"""Whether the master key is wrapped, by what, and where that is given when a process starts.

`secrets/master.key` is the key as it is, `secrets/master.wrapped` the key wrapped; both at once are
a doubt that stops the node. The passphrase, key file or PIN comes from the file that a setting
names, or from systemd's credentials; it is never an argument or a variable of its own.
"""

from __future__ import annotations

import hmac
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ayni.vault import token as tokens
from ayni.vault import wrapping
from ayni.vault.errors import CustodyMissing, CustodyUnclear, SecretExposed
from ayni.vault.master import MASTER, WRAPPED, read_master_key, read_private, secrets_folder
from ayni.vault.master import write_private as _write
from ayni.vault.wrapping import Kind

# kind -> (setting that names a private file, name of a systemd credential)
GIVEN = {
    Kind.PASSPHRASE: ("AYNI_MASTER_PASSPHRASE_FILE", "ayni-passphrase"),
    Kind.KEY_FILE: ("AYNI_MASTER_KEY_FILE", "ayni-key-file"),
    Kind.TOKEN: ("AYNI_TOKEN_PIN_FILE", "ayni-token-pin"),
}
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Custody:
    """By what a master key shall be wrapped. `secret`: passphrase, bytes of the key file, or PIN;
    `token` and `key`: labels, of a token only."""

    kind: Kind
    secret: bytes
    token: str = ""
    key: str = tokens.KEY


def _place(kind: Kind) -> Path | None:
    setting, credential = GIVEN[kind]
    named = os.environ.get(setting, "").strip()
    if named:
        return Path(named)
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "").strip()
    path = Path(folder) / credential if folder else None
    return path if path is not None and path.exists() else None


def is_given(kind: Kind) -> bool:
    """Whether this process was told where passphrase, key file or PIN is."""
    return _place(kind) is not None


def given(kind: Kind) -> bytes:
    """Passphrase, bytes of the key file, or PIN. Raises `CustodyMissing`, `SecretMissing`,
    `SecretExposed`."""
    path = _place(kind)
    if path is None:
        raise CustodyMissing(kind.value)
    if os.environ.get(GIVEN[kind][0], "").strip():
        return read_private(path)[:_LARGEST]
    # systemd gives the account access by an ACL, whose mask stands where the group's bits are.
    if path.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise SecretExposed(f"the credential {path.name} can be read by others")
    return path.read_bytes()[:_LARGEST]


def kind_of(home: Path) -> Kind | None:
    """By what the master key of this node is wrapped; None if it lies there as it is, or not at
    all. Raises `CustodyUnclear`."""
    path = secrets_folder(home) / WRAPPED
    return Kind(wrapping.read(read_private(path))["kind"]) if path.exists() else None


def opened(raw: bytes) -> bytes:
    """The master key in the content of a wrapped file. Raises `CustodyMissing`, `CustodyWrong`,
    `CustodyUnclear`."""
    document = wrapping.read(raw)
    kind = Kind(document["kind"])
    secret = given(kind)
    if kind is not Kind.TOKEN:
        return wrapping.opened(document, secret)
    labels = {"token": document["token"], "key": document["key"]}
    return wrapping.opened(document, b"", token=tokens.crypt("decrypt", pin=secret, **labels))


def _document(master: bytes, by: Custody) -> dict[str, object]:
    if by.kind is Kind.PASSPHRASE:
        return wrapping.by_passphrase(master, by.secret)
    if by.kind is Kind.KEY_FILE:
        return wrapping.by_key_file(master, by.secret)
    tokens.make_key(token=by.token, key=by.key, pin=by.secret)
    encrypt = tokens.crypt("encrypt", token=by.token, key=by.key, pin=by.secret)
    return wrapping.by_token(master, token=by.token, key=by.key, encrypt=encrypt)


def _reopened(document: dict[str, object], by: Custody) -> bytes:
    if by.kind is not Kind.TOKEN:
        return wrapping.opened(document, by.secret)
    decrypt = tokens.crypt("decrypt", token=by.token, key=by.key, pin=by.secret)
    return wrapping.opened(document, b"", token=decrypt)


def wrap(home: Path, by: Custody) -> None:
    """Wrap the master key, or wrap it otherwise; what was there before goes when the new one has
    been opened. Raises `CustodyWeak`, `CustodyMissing`, `CustodyWrong`, `CustodyUnclear`."""
    folder = secrets_folder(home)
    plain, wrapped = folder / MASTER, folder / WRAPPED
    # A wrapping that was interrupted has left both: the plain one is the truth, the other is made
    # anew.
    if plain.exists() and wrapped.exists():
        master = read_private(plain)
    else:
        master = read_master_key(home)
    document = _document(master, by)
    if not hmac.compare_digest(_reopened(document, by), master):
        raise CustodyUnclear("what was wrapped does not open to the same key")
    _replace(wrapped, json.dumps(document, sort_keys=True, indent=1).encode() + b"\n")
    _remove(plain)


def unwrap(home: Path) -> None:
    """Put the master key on the disk as it is. Raises as `read_master_key`, and `CustodyUnclear`
    if it is not wrapped."""
    folder = secrets_folder(home)
    if not (folder / WRAPPED).exists():
        raise CustodyUnclear("the master key is not wrapped")
    master = opened(read_private(folder / WRAPPED))
    plain = folder / MASTER
    if plain.exists() and not hmac.compare_digest(read_private(plain), master):
        raise CustodyUnclear("two master keys that are not the same")
    _replace(plain, master)
    _remove(folder / WRAPPED)


def _replace(path: Path, content: bytes) -> None:
    half = path.with_name(f"{path.name}.half")
    half.unlink(missing_ok=True)
    _write(half, content)
    half.replace(path)
    _sync(path.parent)


def _remove(path: Path) -> None:
    """Overwritten first: on a disk that copies on writing the old blocks stay, as SECURITY.md
    says."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
