"""The copies of a node in a folder: a database copy or a keyring copy, each with its sheet.

A sheet is a small JSON file that is written last: a copy without one is half and is not looked at.
It carries a mark that only the holder of the node's master key can write.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import rfc8785

from ayni.lib import clock
from ayni.node import aging
from ayni.node.aging import CopyRefused
from ayni.node.home import NODES
from ayni.node.words import gettext as _
from ayni.vault.master import mark_of

FORMAT = 1
DATABASE, KEYRING = "database", "keyring"
_LARGEST_SHEET = 1_048_576


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands beside a copy.

    `size` (bytes) and `sha256` are of the encrypted file; `number` and `head` the trail's last
    entry before the copy was begun (database only); `migrations` the last of each room, `app.name`.
    """

    kind: str
    node: str
    made_at: str
    file: str
    size: int
    sha256: str
    number: int = 0
    head: str = ""
    migrations: list[str] = field(default_factory=list)
    format: int = FORMAT
    mark: str = ""

    @property
    def made(self) -> datetime:
        """When the copy was made."""
        return clock.parse(self.made_at)

    def body(self) -> bytes:
        """What the mark is written under."""
        return rfc8785.dumps({k: v for k, v in asdict(self).items() if k != "mark"})

    def is_of(self, master: bytes) -> bool:
        """Whether the holder of this master key made it."""
        return hmac.compare_digest(mark_of(master, self.body()), self.mark)


def stem(kind: str, node: str, made: datetime) -> str:
    """The name of a copy without its ending."""
    return f"ayni-{node}-{made:%Y%m%dT%H%M%SZ}.{kind}"


def write_private_text(path: Path, text: str) -> None:
    """Put a whole file in place at once. Raises `CopyRefused`."""
    half = path.with_name(path.name + ".half")
    try:
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as wrong:
        half.unlink(missing_ok=True)
        raise CopyRefused(
            _("%(path)s cannot be written: %(why)s") % {"path": path, "why": wrong.strerror}
        ) from None


def _sheet(path: Path) -> Sheet:
    try:
        if path.stat().st_size > _LARGEST_SHEET:
            raise ValueError
        found = Sheet(**json.loads(path.read_text()))
        well = (
            found.format == FORMAT
            and found.kind in (DATABASE, KEYRING)
            and found.node in NODES
            and found.file == Path(found.file).name
            and type(found.size) is int
            and type(found.number) is int
            and all(isinstance(name, str) for name in found.migrations)
        )
        clock.parse(found.made_at)
    except (OSError, ValueError, TypeError):
        well = False
    if not well:
        raise CopyRefused(
            _("%(name)s is not the sheet of a backup, or of a version that is not known here")
            % {"name": path.name}
        )
    return found


def sheets(folder: Path, kind: str, node: str = "") -> list[Sheet]:
    """The sheets in a folder, newest first. Raises `CopyRefused` for a folder that is not there."""
    if not folder.is_dir():
        raise CopyRefused(_("there is no folder %(folder)s") % {"folder": folder})
    found = [_sheet(path) for path in folder.glob(f"ayni-{node or '*'}-*.{kind}.json")]
    return sorted(found, key=lambda sheet: sheet.made_at, reverse=True)


def newest(folder: Path, kind: str, node: str = "") -> Sheet:
    """The newest copy of a kind. Raises `CopyRefused` if there is none, or of several nodes."""
    found = sheets(folder, kind, node)
    if not found:
        message = (
            _("%(folder)s holds no copy of the database of %(node)s")
            if kind == DATABASE
            else _("%(folder)s holds no copy of the keyring of %(node)s")
        )
        raise CopyRefused(message % {"folder": folder, "node": node or _("any node")})
    nodes = sorted({sheet.node for sheet in found})
    if len(nodes) > 1:
        raise CopyRefused(
            _("%(folder)s holds copies of several nodes (%(nodes)s): set AYNI_NODE")
            % {"folder": folder, "nodes": ", ".join(nodes)}
        )
    return found[0]


def check_whole(folder: Path, sheet: Sheet) -> None:
    """Raise `CopyRefused` unless the file is what its sheet says, to the last bit."""
    path = folder / sheet.file
    if not path.is_file():
        raise CopyRefused(
            _("%(file)s is missing in %(folder)s") % {"file": sheet.file, "folder": folder}
        )
    size = path.stat().st_size
    if size != sheet.size:
        raise CopyRefused(
            _(
                "%(file)s has %(size)s bytes and should have %(wanted)s: it was cut off or "
                "changed; take another copy of it"
            )
            % {"file": sheet.file, "size": size, "wanted": sheet.size}
        )
    if aging.digest(path) != sheet.sha256:
        raise CopyRefused(
            _("%(file)s was changed since it was made; take another copy of it")
            % {"file": sheet.file}
        )


@contextlib.contextmanager
def telling_erasures(home: Path) -> Iterator[None]:
    """Of two processes that write the lists beside the copies one waits: neither may put an older
    list over a newer one."""
    descriptor = os.open(home / ".erasures", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def erasures_file(folder: Path, node: str) -> Path:
    """Where the list of erasures lies beside the copies."""
    return folder / f"ayni-{node}.erasures.json"


def write_erasures(folder: Path, node: str, subjects: Iterable[UUID], master: bytes) -> None:
    """Write the list of erasures beside the copies: random ids, under the node's mark."""
    body: dict[str, Any] = {
        "format": FORMAT,
        "node": node,
        "subjects": sorted(str(s) for s in subjects),
    }
    text = json.dumps({**body, "mark": mark_of(master, rfc8785.dumps(body))})
    write_private_text(erasures_file(folder, node), text)


def read_erasures(folder: Path, node: str, master: bytes) -> set[UUID]:
    """Who was erased, as the list in a folder says; nobody if there is none.

    Raises `CopyRefused` for a list that this node did not write: a stranger's list would erase.
    """
    path = erasures_file(folder, node)
    if not path.exists():
        return set()
    try:
        body = json.loads(path.read_text())
        mark = str(body.pop("mark"))
        if not hmac.compare_digest(mark_of(master, rfc8785.dumps(body)), mark):
            raise ValueError
        return {UUID(text) for text in body["subjects"]}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise CopyRefused(
            _("%(path)s was not written by this node; take the list it has made") % {"path": path}
        ) from None
