"""The keyring: wrapped keys, kept apart from the database.

A wrapped key inside a database dump would never be erased; here, removing a row erases the person
from the database and from every old backup of it. SQLite, because several processes read it and
each removal must be durable and overwrite what it frees (`secure_delete`).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ayni.vault.errors import Erased, KeyringUnavailable, SecretMissing, Tampered
from ayni.vault.master import make_private_folder

_SCHEMA = """
create table if not exists subject_key (subject text primary key, wrapped blob not null) strict;
create table if not exists secret (name text primary key, wrapped blob not null) strict;
"""
_NONCE = 12
_IN = 500  # bound variables of one query


class Keyring:
    """Subjects' keys and the node's named secrets, each wrapped under the master key."""

    def __init__(self, folder: Path, master: bytes) -> None:
        make_private_folder(folder)
        self._path = folder / "keyring.sqlite3"
        self._aead = AESGCM(master)
        self._local = threading.local()
        if not self._path.exists():
            descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
            os.close(descriptor)
        with self._connection() as db:
            db.executescript(_SCHEMA)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection. Raises `KeyringUnavailable` for what SQLite cannot do now."""
        try:
            db: sqlite3.Connection | None = getattr(self._local, "db", None)
            if db is None or self._local.pid != os.getpid():
                db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
                db.execute("pragma journal_mode = wal")
                db.execute("pragma secure_delete = on")
                db.execute("pragma synchronous = full")
                self._local.db, self._local.pid = db, os.getpid()
            yield db
        except sqlite3.OperationalError as wrong:
            raise KeyringUnavailable(f"keyring: {wrong}") from wrong

    @contextmanager
    def _durable(self) -> Iterator[sqlite3.Connection]:
        """One durable step, or nothing of it: a commit that fails (full disk) would leave this
        thread's connection within a transaction, and no later one could begin."""
        with self._connection() as db:
            db.execute("begin immediate")
            try:
                yield db
                db.execute("commit")
            except BaseException:
                if db.in_transaction:
                    db.execute("rollback")
                raise

    def close(self) -> None:
        """Close this thread's connection."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.db = None

    def _wrap(self, label: str, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, key, f"ayni-key-1|{label}".encode())

    def _unwrap(self, label: str, blob: bytes) -> bytes:
        try:
            return self._aead.decrypt(blob[:_NONCE], blob[_NONCE:], f"ayni-key-1|{label}".encode())
        except InvalidTag:
            raise Tampered(f"the keyring's entry {label} was not made by this node") from None

    def new_subject(self) -> UUID:
        """Make and keep a key for a new subject; durable before it returns."""
        return self.new_subjects(1)[0]

    def new_subjects(self, count: int) -> list[UUID]:
        """Make and keep keys for `count` new subjects in one durable step. Raises
        `KeyringUnavailable`; none is kept then."""
        subjects = [uuid4() for _ in range(count)]
        rows = [(str(s), self._wrap(f"subject {s}", os.urandom(32))) for s in subjects]
        with self._durable() as db:
            db.executemany("insert into subject_key values (?, ?)", rows)
        return subjects

    def subject_keys(self, subjects: Iterable[UUID]) -> dict[UUID, bytes]:
        """The keys of those subjects that still have one."""
        wanted = list(dict.fromkeys(subjects))
        found: dict[UUID, bytes] = {}
        with self._connection() as db:
            for start in range(0, len(wanted), _IN):
                part = [str(s) for s in wanted[start : start + _IN]]
                marks = ",".join("?" * len(part))
                query = f"select subject, wrapped from subject_key where subject in ({marks})"  # noqa: S608 - only question marks
                for subject, blob in db.execute(query, part):
                    found[UUID(subject)] = self._unwrap(f"subject {subject}", blob)
        return found

    def subject_key(self, subject: UUID) -> bytes:
        """The key of one subject. Raises `Erased`."""
        keys = self.subject_keys([subject])
        if subject not in keys:
            raise Erased(f"subject {subject}")
        return keys[subject]

    def erase_subject(self, subject: UUID) -> None:
        """Remove a subject's key for good; does nothing if it is gone already."""
        with self._connection() as db:
            db.execute("delete from subject_key where subject = ?", (str(subject),))
            db.execute("pragma wal_checkpoint(truncate)").fetchall()

    def wrapped(self) -> Iterator[tuple[str, str, bytes]]:
        """Every entry as it is kept (table, name, wrapped key), as of one moment, in order."""
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            db.execute("begin")
            for table, column in (("secret", "name"), ("subject_key", "subject")):
                query = f"select {column}, wrapped from {table} order by {column}"  # noqa: S608 - the two tables above
                for name, blob in db.execute(query):
                    yield table, name, blob
        finally:
            db.close()

    def take_wrapped(self, entries: Iterable[tuple[str, str, bytes]]) -> None:
        """Keep entries that `wrapped` gave, in one durable step; all others go.

        Each must open under the master key of this keyring. Raises `Tampered`.
        """
        labels = {"secret": "secret", "subject_key": "subject"}
        with self._durable() as db:
            db.execute("delete from secret")
            db.execute("delete from subject_key")
            for table, name, blob in entries:
                self._unwrap(f"{labels[table]} {name}", blob)
                db.execute(f"insert into {table} values (?, ?)", (name, blob))  # noqa: S608 - a key of `labels`

    def store_secret(self, name: str, content: bytes) -> None:
        """Keep `content` under `name`, replacing what was there."""
        wrapped = self._wrap(f"secret {name}", content)
        with self._connection() as db:
            db.execute(
                "insert into secret values (?, ?) on conflict (name) do update set wrapped = ?",
                (name, wrapped, wrapped),
            )

    def make_secret(self, name: str, content: bytes) -> None:
        """Keep `content` under `name` unless there is something; whoever comes second adds none."""
        wrapped = self._wrap(f"secret {name}", content)
        with self._connection() as db:
            db.execute(
                "insert into secret values (?, ?) on conflict (name) do nothing", (name, wrapped)
            )

    def load_secret(self, name: str) -> bytes:
        """The secret `name`. Raises `SecretMissing`."""
        with self._connection() as db:
            row = db.execute("select wrapped from secret where name = ?", (name,)).fetchone()
        if row is None:
            raise SecretMissing(f"the keyring holds no secret {name}")
        return self._unwrap(f"secret {name}", row[0])

    def secret_names(self) -> list[str]:
        """Names of all secrets, in order."""
        with self._connection() as db:
            return [row[0] for row in db.execute("select name from secret order by name")]

    def remove_secret(self, name: str) -> None:
        """Remove a secret for good; does nothing if it is gone already."""
        with self._connection() as db:
            db.execute("delete from secret where name = ?", (name,))
            db.execute("pragma wal_checkpoint(truncate)").fetchall()
