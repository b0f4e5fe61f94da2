"""What is in the copies: the database by PostgreSQL's own programs, the keyring line by line."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ayni.node.aging import CopyRefused
from ayni.node.binaries import wheel_bin
from ayni.node.words import gettext as _
from ayni.vault.keyring import Keyring
from ayni.vault.master import MASTER, WRAPPED, read_private, secrets_folder

# Neither sessions nor jobs come back: everybody signs in again, and what waits in the outbox, the
# inbox and the tables of notices is found there by the periodic jobs.
_WITHOUT_ROWS = (
    "django_session",
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
)
_FIRST = {"ayni": "keyring", "format": 1}
_OF_THE_MACHINE = "postgresql-"  # passwords of the embedded server: each machine makes its own


def _environment(address: str) -> tuple[str, dict[str, str]]:
    """The address without its password, and the environment that holds it: not the process list."""
    parts = conninfo_to_dict(address)
    password = str(parts.pop("password", "") or "")
    kept = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    return make_conninfo(**parts), {**kept, "PGPASSWORD": password}  # type: ignore[arg-type]


class Dump:
    """What pg_dump writes, read as it comes; a dump that fails raises at its end."""

    def __init__(self, address: str) -> None:
        name, environment = _environment(address)
        without = [f"--exclude-table-data=public.{table}" for table in _WITHOUT_ROWS]
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [
                str(wheel_bin() / "pg_dump"), "--format=custom", "--compress=gzip:1",
                "--no-owner", "--no-privileges", *without, f"--dbname={name}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=environment,
        )  # fmt: skip

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes. Raises `OSError` at the end of a dump that failed."""
        if self._process.stdout is None:
            raise ValueError("no output")
        part = self._process.stdout.read(size)
        if not part and size != 0 and self._process.wait() != 0:
            raise OSError("pg_dump failed")
        return part

    def close(self) -> str:
        """End it; what it said if it failed."""
        if self._process.stdout is not None:
            self._process.stdout.close()
        failed = self._process.wait() != 0
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip()
        self._said.close()
        return said[-300:] if failed else ""


@contextlib.contextmanager
def loading(address: str | None) -> Iterator[subprocess.Popen[bytes]]:
    """pg_restore, to be written to: into an empty database in one transaction, or with None into
    nowhere, so that a copy is read to its end. Raises `CopyRefused`."""
    line = [str(wheel_bin() / "pg_restore"), "--no-owner", "--no-privileges"]
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    if address is None:
        line.append("--file=/dev/null")
    else:
        name, environment = _environment(address)
        line += ["--single-transaction", "--exit-on-error", f"--dbname={name}"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=environment
        )
        try:
            try:
                yield process
            except BaseException:
                process.kill()  # nothing of a dump that does not come to its end is kept
                raise
            finally:
                if process.stdin is not None:
                    with contextlib.suppress(BrokenPipeError):
                        process.stdin.close()
                process.wait()
        except BrokenPipeError:
            pass
        if process.returncode != 0:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            # The first line names the object; those after it may quote a row.
            raise CopyRefused(
                _("PostgreSQL does not take the copy, and nothing of it was kept: %(why)s")
                % {"why": lines[0][:200] if lines else _("no reason given")}
            )


def keyring_lines(home: Path, node: str, keyring: Keyring, master: bytes) -> Iterator[bytes]:
    """Master key, secret files and every wrapped key, one JSON line each; the last line counts.

    The master key stands there as it is even if it is wrapped on the disk: the copy is encrypted
    for the backup's own key, and is the way back from a passphrase or token that was lost.
    """
    count = 0
    yield _line({**_FIRST, "node": node})
    count += 1
    yield _line({"file": MASTER, "content": _text(master)})
    for path in sorted(secrets_folder(home).iterdir()):
        if path.name in (MASTER, WRAPPED):
            continue
        if path.is_file() and not path.name.startswith(_OF_THE_MACHINE):
            count += 1
            yield _line({"file": path.name, "content": _text(read_private(path))})
    for table, name, blob in keyring.wrapped():
        count += 1
        yield _line({"table": table, "name": name, "wrapped": _text(blob)})
    yield _line({"end": count})


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


class Lines:
    """Lines as a source of bytes."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self._rest = lines, b""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        wanted = size if size > 0 else 65_536
        parts, length = [self._rest], len(self._rest)
        while length < wanted:
            line = next(self._lines, b"")
            if not line:
                break
            parts.append(line)
            length += len(line)
        whole = b"".join(parts)
        self._rest = whole[wanted:]
        return whole[:wanted]


class KeyringSink:
    """Takes a keyring copy apart as it comes; `secrets` are small files, `entries` wrapped keys.

    The entries go to a private file, line by line, because there may be very many.
    """

    def __init__(self, spool: Path | None) -> None:
        self.node, self.secrets, self.count, self.ended = "", dict[str, bytes](), 0, False
        self._begun, self._rest = False, b""
        self._spool = None
        if spool is not None:
            spool.unlink(missing_ok=True)
            descriptor = os.open(spool, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._spool = os.fdopen(descriptor, "wb")

    def write(self, content: bytes, /) -> int:
        """The next bytes. Raises `CopyRefused` for what is no keyring copy."""
        *lines, self._rest = (self._rest + content).split(b"\n")
        for line in lines:
            self._take(line)
        return len(content)

    def _take(self, line: bytes) -> None:
        try:
            value = json.loads(line)
            if not self._begun:
                if {key: value[key] for key in _FIRST} != _FIRST:
                    raise ValueError
                self.node, self._begun = str(value["node"]), True
            elif "file" in value:
                if value["file"] != Path(value["file"]).name:
                    raise ValueError
                self.secrets[value["file"]] = base64.b64decode(value["content"], validate=True)
                self.count += 1
            elif "end" in value:
                self.ended = value["end"] == self.count
            else:
                self.count += 1
                if self._spool is not None:
                    self._spool.write(line + b"\n")
        except (ValueError, KeyError, TypeError):
            raise OSError("no keyring copy") from None

    def close(self) -> None:
        """Close what was put aside."""
        if self._spool is not None:
            self._spool.close()

    def check_whole(self) -> None:
        """Raise `CopyRefused` unless the copy came to its end and holds a master key."""
        if not self.ended or self._rest or MASTER not in self.secrets:
            raise CopyRefused(_("the keyring copy is not whole; take another one"))


def spooled(spool: Path) -> Iterator[tuple[str, str, bytes]]:
    """The wrapped keys that a `KeyringSink` has put aside."""
    with spool.open("rb") as file:
        for line in file:
            value = json.loads(line)
            if value["table"] not in ("secret", "subject_key"):
                raise CopyRefused(_("the keyring copy holds a table that is not known here"))
            yield value["table"], value["name"], base64.b64decode(value["wrapped"])
