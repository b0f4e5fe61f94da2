"""The embedded PostgreSQL under our own small supervisor.

Every connection needs a password (SCRAM) although the socket lies in a folder of mode 0700: root
or a second program of the same account is not the web process, and a copied socket path is not a
right. The passwords are files in the node's `secrets` folder. There are three roles: the
superuser, used only here to bootstrap; the owner, for migrations; the plain role for all work,
which row-level security binds.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from ayni.lib.errors import Misconfigured
from ayni.node.binaries import Runner, runner
from ayni.node.words import gettext as _
from ayni.vault.master import make_private_folder, read_private, secrets_folder, write_private

OWNER, PLAIN, SUPER = "ayni_owner", "ayni_app", "ayni_bootstrap"
LEAST_FREE = 128 * 1024 * 1024
PLACE = "postgresql.place"  # in AYNI_HOME: where the data lie, written when they are made
_INSIDE = "inside"
_LONGEST_SOCKET = 107  # bytes, of a UNIX socket's path
_STOP_AFTER = 10.0

_CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
port = 5432
max_connections = 80
shared_buffers = 96MB
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
# Nothing of a statement or of a value is ever written to the log.
log_statement = none
log_min_duration_statement = -1
log_min_error_statement = panic
log_min_messages = log  # an ERROR's own text may quote a value; LOG, FATAL and PANIC do not
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_connections = off
log_disconnections = off
log_lock_waits = off
log_temp_files = -1
debug_print_parse = off
# A statement or lock that hangs must not freeze the node.
lock_timeout = '10s'
idle_in_transaction_session_timeout = '60s'
"""


class Unable(Misconfigured):
    """PostgreSQL cannot be started or reached; the text says why and what to do."""

    code = "database_unable"


class Server:
    """One node's embedded server. `folder` is AYNI_HOME."""

    def __init__(self, home: Path, *, using: Runner | None = None) -> None:
        self.home = home
        self.runner = using or runner()
        self.folder = home / "postgresql"
        private = self.runner.private_base
        if private is not None:
            self.folder = private / hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.sockets = self._sockets_of_the_running() or self._socket_folder()

    def _sockets_of_the_running(self) -> Path | None:
        """Where the server that runs listens: it may have been started under another TMPDIR."""
        if self._running() is None:
            return None
        with contextlib.suppress(OSError, IndexError):
            # Fifth line of PostgreSQL's own lock file.
            told = (self.data / "postmaster.pid").read_text().split("\n")[4].strip()
            return Path(told) if told else None
        return None

    def _socket_folder(self) -> Path:
        mark = hashlib.sha256(f"{os.geteuid()}:{self.home.resolve()}".encode()).hexdigest()[:10]
        folder = Path(tempfile.gettempdir()) / f"ayni-{mark}"
        if len(str(folder / ".s.PGSQL.5432").encode()) > _LONGEST_SOCKET:
            folder = Path("/tmp") / f"ayni-{mark}"  # noqa: S108 - made private below
        return folder

    def url(self, role: str, database: str = "ayni") -> str:
        """The address of the database for one of the three roles."""
        password = read_private(secrets_folder(self.home) / f"postgresql-{role}").decode()
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(self.sockets))}"

    def start(self) -> bool:
        """Start the server, or attach to it if it runs already; True if this call started it.

        Raises `Unable` with what to do: full disk, foreign data folder, a server that stays down.
        """
        make_private_folder(self.home)
        make_private_folder(secrets_folder(self.home))
        with self._alone():
            self.sockets = self._sockets_of_the_running() or self.sockets
            if self.answers():
                return False
            self._check_place()
            self._check_disk("AYNI_HOME", self.home)
            self._make_folders()
            data = self.data if self.data.exists() else self.folder
            self._check_disk(_("PostgreSQL's data"), data)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._note_place()
            self._write_configuration()
            self._spawn()
            try:
                self._bootstrap()
            except psycopg.OperationalError:  # it ended again at once
                self.stop()
                raise self._does_not_start() from None
            except BaseException:
                self.stop()
                raise
        return True

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.home / ".starting").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _check_disk(self, what: str, place: Path) -> None:
        free = shutil.disk_usage(place).free
        if free < LEAST_FREE:
            raise Unable(
                _(
                    "the disk that holds %(what)s (%(place)s) has only %(free)s MB left; "
                    "PostgreSQL is not started. Free some space and start again; nothing was "
                    "changed."
                )
                % {"what": what, "place": place, "free": free // 1024 // 1024}
            )

    def _check_place(self) -> None:
        """Never begin an empty database beside one that is there or was there.

        As root the data lie in AYNI_HOME where user namespaces work, and elsewhere where not: a
        machine whose answer has changed would otherwise find nothing and start afresh.
        """
        made = (self.data / "PG_VERSION").exists()
        note = self.home / PLACE
        told = note.read_text().strip() if note.exists() else ""
        inside = self.home / "postgresql" / "data"
        if told:
            place = inside if told == _INSIDE else Path(told)
        else:  # homes made before the note was kept
            place = inside if (inside / "PG_VERSION").exists() else self.data
        is_new = not told and not (self.home / "node.json").exists()
        if place == self.data and (made or is_new):
            return
        if place == self.data:
            raise Unable(
                _(
                    "this node was made before and its database is not at %(place)s: restore it, "
                    "or set the two addresses of the database with which it was made. No empty one "
                    "is begun."
                )
                % {"place": place}
            )
        raise Unable(
            _(
                "the node's database lies at %(place)s, and PostgreSQL would now look for it at "
                "%(data)s: the way in which root runs PostgreSQL has changed (user namespaces "
                "allowed or forbidden), or AYNI_HOME was moved. Put that back, or move the folder, "
                "give it to the account that runs PostgreSQL and correct %(note)s. No empty "
                "database is begun."
            )
            % {"place": place, "data": self.data, "note": note}
        )

    def _note_place(self) -> None:
        note = self.home / PLACE
        text = (_INSIDE if self.folder.parent == self.home else str(self.data)) + "\n"
        if not note.exists() or note.read_text() != text:
            half = note.with_suffix(".half")
            half.write_text(text)
            half.replace(note)

    def _make_folders(self) -> None:
        make_private_folder(self.folder)
        if self.sockets.exists() and self.sockets.stat().st_uid not in {
            os.geteuid(),
            self.runner.uid,
        }:
            raise Unable(
                _("%(folder)s belongs to another account; remove it and start again")
                % {"folder": self.sockets}
            )
        make_private_folder(self.sockets)
        if self.runner.uid is not None:
            for parent in (self.folder.parent.parent, self.folder.parent):
                parent.chmod(0o755)
            for folder in (self.folder, self.sockets):
                os.chown(folder, self.runner.uid, self.runner.gid or -1)

    def _initialise(self) -> None:
        for role in (SUPER, OWNER, PLAIN):
            path = secrets_folder(self.home) / f"postgresql-{role}"
            if not path.exists():
                write_private(path, secrets.token_urlsafe(24).encode())
        password = read_private(secrets_folder(self.home) / f"postgresql-{SUPER}")
        half = self.folder / "initialising"
        shutil.rmtree(half, ignore_errors=True)
        words = self.folder / "first-password"
        words.unlink(missing_ok=True)
        write_private(words, password + b"\n")
        if self.runner.uid is not None:
            os.chown(words, self.runner.uid, self.runner.gid or -1)
        done = subprocess.run(
            self.runner.command(
                "initdb", f"--pgdata={half}", f"--username={SUPER}", "--auth=scram-sha-256",
                f"--pwfile={words}", "--encoding=UTF8", "--locale=C", "--no-sync",
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=self._environment(),
            cwd=self.folder,
            **self.runner.credentials,  # type: ignore[call-overload]
        )  # fmt: skip
        words.unlink()
        if done.returncode != 0:
            raise Unable(
                _("PostgreSQL could not make its data folder: %(why)s")
                % {"why": done.stderr.decode(errors="replace").strip()}
            )
        half.rename(self.data)

    def _write_configuration(self) -> None:
        text = _CONFIGURATION.format(sockets=str(self.sockets).replace("'", "''"))
        path = self.data / "postgresql.auto.conf"
        half = path.with_suffix(".half")
        half.write_text(text)
        if self.runner.uid is not None:
            os.chown(half, self.runner.uid, self.runner.gid or -1)
        half.replace(path)

    @staticmethod
    def _environment() -> dict[str, str]:
        """PostgreSQL needs little, and must not read another server's settings (PGHOST …)."""
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}

    def _spawn(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    self.runner.command("postgres", "-D", str(self.data)),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment(),
                    cwd=self.folder,
                    start_new_session=True,  # Ctrl-C reaches us; we stop it in order
                    **self.runner.credentials,  # type: ignore[call-overload]
                )
            while time.monotonic() < deadline:
                if self.process.poll() is not None:
                    break
                if self.answers():
                    return
                time.sleep(0.02)
            # After a kill -9 the old server's children may hold its memory for a moment.
            if time.monotonic() >= deadline or not self._old_children_linger():
                self.stop()
                raise self._does_not_start()
            time.sleep(0.1)

    def _does_not_start(self) -> Unable:
        return Unable(
            _("PostgreSQL does not start; the last lines of its log: %(lines)s")
            % {"lines": self._tail()}
        )

    def _old_children_linger(self) -> bool:
        return "shared memory block" in self._tail() or "lock file" in self._tail()

    def _tail(self) -> str:
        if not self.log.exists():
            return "(none)"
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-3:])

    def answers(self) -> bool:
        """Whether the server of this home takes connections."""
        if not (self.sockets / ".s.PGSQL.5432").exists():
            return False
        try:
            with psycopg.connect(self.url(SUPER, "postgres"), connect_timeout=2):
                return True
        except (psycopg.OperationalError, Misconfigured):
            return False

    def _bootstrap(self) -> None:
        """Owner, plain role and database; the plain role gets rights on what the owner makes."""
        with psycopg.connect(self.url(SUPER, "postgres"), autocommit=True) as db:
            for role in (OWNER, PLAIN):
                password = read_private(secrets_folder(self.home) / f"postgresql-{role}").decode()
                known = db.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
                statement = sql.SQL(
                    "{} role {} login nosuperuser nobypassrls nocreaterole password {}"
                )
                verb = sql.SQL("alter" if known else "create")
                db.execute(statement.format(verb, sql.Identifier(role), sql.Literal(password)))
            if not db.execute("select 1 from pg_database where datname = 'ayni'").fetchone():
                db.execute(sql.SQL("create database ayni owner {}").format(sql.Identifier(OWNER)))
        self.grant("ayni")

    def grant(self, database: str) -> None:
        """Rights of the plain role on what the owner has made and will make in `database`."""
        with psycopg.connect(self.url(SUPER, database), autocommit=True) as db:
            grant_plain_role(db, owner=OWNER, plain=PLAIN)

    def watch(self) -> None:
        """Start the server again if it died; called by the node's supervisor between naps."""
        if self.process is not None:
            if self.process.poll() is None:
                return
            self.process = None
        elif self._running() is not None:
            return
        sys.stderr.write("ayni: PostgreSQL ended by itself; it is started again\n")
        self.start()

    @contextlib.contextmanager
    def used(self) -> Iterator[Server]:
        """Start or attach; the last of the commands that use this home's server stops it."""
        make_private_folder(self.home)
        with (self.home / ".in-use").open("w") as users:
            with self._alone():
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                self.start()
                yield self
            finally:
                with self._alone():
                    try:
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        pass
                    else:
                        self.stop()

    def _running(self) -> int | None:
        """The process id of this home's server if it lives, whoever started it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, ValueError, IndexError):
            return None
        return pid if str(self.data).encode() in command and state != "Z" else None

    def stop(self) -> None:
        """SIGTERM: no new sessions, the last work is done; SIGINT ends what still holds on, and
        after ten seconds SIGKILL. Every commit is kept in each case."""
        pid = self.process.pid if self.process is not None else self._running()
        if pid is None:
            return
        waited = 0.0
        for number, until in (
            (signal.SIGTERM, 1.0),
            (signal.SIGINT, _STOP_AFTER),
            (signal.SIGKILL, 15.0),
        ):
            if self._ended():
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            while waited < until and not self._ended():
                time.sleep(0.02)
                waited += 0.02
        self.process = None

    def _ended(self) -> bool:
        if self.process is not None:
            return self.process.poll() is not None
        return self._running() is None


def grant_plain_role(db: psycopg.Connection[tuple[object, ...]], *, owner: str, plain: str) -> None:
    """Let the plain role work with the owner's tables; it owns nothing and changes no table."""
    names = {"owner": sql.Identifier(owner), "plain": sql.Identifier(plain)}
    for statement in (
        "grant usage on schema public to {plain}",
        "grant create, usage on schema public to {owner}",
        "grant select, insert, update, delete on all tables in schema public to {plain}",
        "grant usage, select on all sequences in schema public to {plain}",
        "alter default privileges for role {owner} in schema public "
        "grant select, insert, update, delete on tables to {plain}",
        "alter default privileges for role {owner} in schema public "
        "grant usage, select on sequences to {plain}",
    ):
        db.execute(sql.SQL(statement).format(**names))
