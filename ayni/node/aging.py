"""Files in the age format (age-encryption.org/v1): encrypted to keys that are not on the node.

Any age program opens them. Nothing is held in memory as a whole.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import Protocol, TypeAlias

import pyrage

from ayni.lib.errors import AyniError
from ayni.node.words import gettext as _

_PART = 65_536
Identity: TypeAlias = pyrage.x25519.Identity
Recipient: TypeAlias = pyrage.x25519.Recipient


class CopyRefused(AyniError):
    """A backup or restore that cannot be done; the text says why and what to do."""

    code = "copy_refused"


class Source(Protocol):
    """What is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Sink(Protocol):
    """What is written to."""

    def write(self, content: bytes, /) -> int:
        """All of `content`."""
        ...


class _Written:
    """A new file of mode 0600 that counts and hashes what is written; keeps its own failure."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self.digest, self.size, self.failure = hashlib.sha256(), 0, ""

    def write(self, content: bytes) -> int:
        try:
            self._file.write(content)
        except OSError as wrong:
            self.failure = wrong.strerror or "it cannot be written"
            raise
        self.digest.update(content)
        self.size += len(content)
        return len(content)

    def flush(self) -> None:
        """For the library; the file itself is flushed once, at the end."""

    def close(self) -> None:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as wrong:
            self.failure = self.failure or wrong.strerror or "it cannot be written"
        finally:
            try:
                self._file.close()
            except OSError as wrong:
                self.failure = self.failure or wrong.strerror or "it cannot be written"


class _Through:
    """Gives a sink to the library and keeps what went wrong at it."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self.failed = sink, False

    def write(self, content: bytes) -> int:
        try:
            self._sink.write(content)
        except OSError:
            self.failed = True
            raise
        return len(content)

    def flush(self) -> None:
        """Nothing is held back here."""


def read_recipients(path: Path) -> list[Recipient]:
    """The public keys in a file, one a line, `#` before remarks. Raises `CopyRefused`."""
    found = []
    for number, line in enumerate(_lines(path, _("the file of public keys")), 1):
        if line.upper().startswith("AGE-SECRET-KEY-"):
            raise CopyRefused(
                _(
                    "%(path)s holds a secret key, which must not lie on the node: put only its "
                    "public key there (age1…), and make a new pair, since this one was here"
                )
                % {"path": path}
            )
        try:
            found.append(Recipient.from_str(line))
        except pyrage.RecipientError:
            raise CopyRefused(
                _("%(path)s, key %(number)s, is no public key (age1…)")
                % {"path": path, "number": number}
            ) from None
    if not found:
        raise CopyRefused(
            _("%(path)s holds no public key: a backup without one could not be opened")
            % {"path": path}
        )
    return found


def read_identities(path: Path) -> list[Identity]:
    """The secret keys in a private file. Raises `CopyRefused`."""
    lines = _lines(path, _("the file of the secret key"))
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CopyRefused(
            _("%(path)s can be read by others: chmod 600 it, and make a new pair if read")
            % {"path": path}
        )
    found = []
    for line in lines:
        try:
            found.append(Identity.from_str(line))
        except pyrage.IdentityError:
            raise CopyRefused(
                _("%(path)s holds a line that is no secret key") % {"path": path}
            ) from None
    if not found:
        raise CopyRefused(_("%(path)s holds no secret key (AGE-SECRET-KEY-…)") % {"path": path})
    return found


def _lines(path: Path, what: str) -> list[str]:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise CopyRefused(
            _("%(what)s cannot be read: %(path)s") % {"what": what, "path": path}
        ) from None
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def new_identity() -> tuple[str, str]:
    """A fresh pair: secret key, public key, as text."""
    identity = Identity.generate()
    return str(identity), str(identity.to_public())


def encrypt(source: Source, path: Path, to: list[Recipient]) -> tuple[int, str]:
    """Write `source` encrypted to a new file; its size in bytes and SHA-256. No half file stays."""
    try:
        sink = _Written(path)
    except OSError as wrong:
        raise CopyRefused(
            _("%(path)s cannot be written: %(why)s") % {"path": path, "why": wrong.strerror}
        ) from None
    try:
        try:
            pyrage.encrypt_io(source, sink, to)
        finally:
            sink.close()
        if sink.failure:
            raise OSError(errno.EIO, sink.failure)
    except (OSError, pyrage.EncryptError):
        path.unlink(missing_ok=True)
        why = sink.failure or "what is to be copied cannot be read"
        raise CopyRefused(
            _("%(path)s was not written: %(why)s; nothing half is left")
            % {"path": path, "why": why}
        ) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return sink.size, sink.digest.hexdigest()


def decrypt(path: Path, sink: Sink, by: list[Identity]) -> None:
    """Write the content of an encrypted file to `sink`; `BrokenPipeError` if that takes no more.

    Raises `CopyRefused`: another key, cut off, changed.
    """
    through = _Through(sink)
    try:
        with path.open("rb") as source:
            pyrage.decrypt_io(source, through, by)
    except pyrage.DecryptError:
        raise CopyRefused(
            _(
                "%(name)s cannot be opened with this secret key: it was encrypted for another "
                "one, or is no backup"
            )
            % {"name": path.name}
        ) from None
    except OSError:
        if through.failed:
            raise BrokenPipeError from None
        raise CopyRefused(
            _("%(name)s is cut off or was changed: take another copy of it") % {"name": path.name}
        ) from None


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART):
            found.update(part)
    return found.hexdigest()
