"""A node's folder: which node it is, whether it can be trusted, and what it needs before Django."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from ayni.lib import terminal
from ayni.lib.errors import AyniError, Misconfigured
from ayni.node import kept, tables, unlocking
from ayni.node.postgres import OWNER, PLAIN, Server, grant_plain_role
from ayni.node.words import gettext as _
from ayni.vault.master import make_private_folder, read_private, secrets_folder, write_private

PLAIN_URL, OWNER_URL = "DATABASE_URL", "AYNI_OWNER_DATABASE_URL"
NODE_FILE = "node.json"
RESTORING = "restoring.json"  # stands while a restore is under way: no node may start from this
MAKING = "making.json"  # the same, while `ayni node init` makes a node
NODES = ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve", "secretariat")
# Argentina's hotline files are loaded into Argentina's node: their commands name no other. What was
# published is the same on every node; without a name it is counted on that one, too.
IMPLIED_NODE = {
    "import_linea145": "ar",
    "linea145_figures": "ar",
    "import_glotip": "ar",
    "editions": "ar",
    "indicator": "ar",
}


def say(sentence: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"ayni: {sentence}\n")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Node:
    """A node as the environment and its folder name it."""

    code: str
    home: Path
    is_new: bool


def resolve(command: str = "") -> Node:
    """The node that AYNI_NODE and AYNI_HOME name. Raises `Misconfigured` when in doubt."""
    named = os.environ.get("AYNI_NODE", "").strip()
    place = os.environ.get("AYNI_HOME", "").strip()
    if not place and not named:
        named = IMPLIED_NODE.get(command, "")
        if not named:
            raise Misconfigured(
                _(
                    "set AYNI_NODE (ar, bo … ve, secretariat) and AYNI_HOME, the node's folder; "
                    "docs/reference/settings.md lists all settings"
                )
            )
    home = Path(place or f"var/node/{named}").absolute()
    if not (home / MAKING).exists():  # what a half-made node says is not believed
        kept.use(home)
    made = _kept_code(home)
    code = named or made or os.environ.get("AYNI_NODE", "") or IMPLIED_NODE.get(command, "")
    if not code:
        raise Misconfigured(
            _("AYNI_HOME is empty and AYNI_NODE is not set: which node shall it be?")
        )
    if code not in NODES:
        raise Misconfigured(
            _("AYNI_NODE is %(code)s; it must be one of %(codes)s")
            % {"code": code, "codes": ", ".join(NODES)}
        )
    if made and made != code:
        raise Misconfigured(
            _("AYNI_HOME is the folder of node %(kept)s, and AYNI_NODE says %(code)s")
            % {"kept": made, "code": code}
        )
    return Node(code, home, is_new=not made)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nobody else makes this node meanwhile. Raises `Misconfigured`; makes the folder, and removes
    it again if it stays empty."""
    try:
        make_private_folder(home)
        folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as wrong:
        raise Misconfigured(
            _("AYNI_HOME cannot be used: %(why)s: %(home)s") % {"why": wrong.strerror, "home": home}
        ) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Misconfigured(_("another command makes this node just now; wait for it")) from None
    finally:
        os.close(folder)
        with suppress(OSError):
            home.rmdir()


def address(host: str, port: str, role: str, password: str, database: str) -> str:
    """A `postgresql://` address; `host` is a name, a number or the folder of a socket."""
    at = f"?host={quote(host, safe='')}&port={port}" if host.startswith("/") else ""
    place = "" if at else f"{host}:{port}"
    return f"postgresql://{role}:{quote(password, safe='')}@{place}/{database}{at}"


def use_settings() -> None:
    """Read the settings file of the folder that AYNI_HOME names, before a command asks for one."""
    place = os.environ.get("AYNI_HOME", "").strip()
    if place and not (Path(place) / MAKING).exists():
        kept.use(Path(place).absolute())


def existing() -> Node:
    """The node that AYNI_HOME names. Raises `Misconfigured` if there is none yet."""
    node = resolve()
    if node.is_new:
        raise Misconfigured(_("AYNI_HOME holds no node yet: run `ayni node init`"))
    return node


def is_made() -> bool:
    """Whether AYNI_HOME, or the usual folder of the node that AYNI_NODE names, holds a node."""
    place = os.environ.get("AYNI_HOME", "").strip()
    named = os.environ.get("AYNI_NODE", "").strip()
    return bool(place or named) and Path(place or f"var/node/{named}", NODE_FILE).exists()


@contextmanager
def without_node() -> Iterator[None]:
    """The rooms' code and words with settings that name no node and a database that nobody asks."""
    with tempfile.TemporaryDirectory(prefix="ayni-") as name:
        folder = Path(name)
        make_private_folder(folder / "secrets")
        write_private(folder / "secrets" / "django.key", os.urandom(32).hex().encode())
        nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
        os.environ.update({"AYNI_HOME": name, PLAIN_URL: nowhere, OWNER_URL: nowhere})
        os.environ.update(AYNI_DEMO="false", DJANGO_SETTINGS_MODULE="ayni.config.settings")
        os.environ.setdefault("AYNI_NODE", "secretariat")
        set_up_django()
        with terminal.speaking():
            yield


def _kept_code(home: Path) -> str:
    path = home / NODE_FILE
    if not path.exists():
        return ""
    try:
        return str(json.loads(path.read_text())["node"])
    except (ValueError, KeyError, TypeError, OSError):
        raise Misconfigured(
            _("%(file)s in AYNI_HOME cannot be read; restore it") % {"file": NODE_FILE}
        ) from None


def check_folder(home: Path) -> None:
    """Raise `Misconfigured` if the folder is not ours, not writable, or shows its secrets."""
    try:
        make_private_folder(home)
    except OSError as wrong:
        raise Misconfigured(
            _("AYNI_HOME cannot be used: %(why)s: %(home)s") % {"why": wrong.strerror, "home": home}
        ) from None
    if home.stat().st_uid != os.geteuid():
        raise Misconfigured(_("AYNI_HOME belongs to another account: %(home)s") % {"home": home})
    if not os.access(home, os.W_OK | os.X_OK):
        raise Misconfigured(_("AYNI_HOME cannot be written: %(home)s") % {"home": home})
    folder = secrets_folder(home)
    if not folder.exists():
        return
    for path in [folder, *sorted(folder.rglob("*"))]:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Misconfigured(
                _(
                    "%(file)s can be read by others; chmod go= it, and renew the secret if others "
                    "could have read it"
                )
                % {"file": f"secrets/{path.name if path != folder else ''}"}
            )


def _make_secrets(node: Node) -> None:
    make_private_folder(secrets_folder(node.home))
    path = secrets_folder(node.home) / "django.key"
    if not path.exists():
        if not node.is_new:
            raise Misconfigured(
                _("secrets/django.key is missing; restore it from the node's backup")
            )
        write_private(path, secrets.token_urlsafe(48).encode())


def _read_address_files() -> None:
    """Addresses hold passwords: NAME_FILE names a private file that holds one."""
    for name in (PLAIN_URL, OWNER_URL):
        if not os.environ.get(f"{name}_FILE", "").strip():
            continue
        if os.environ.get(name, "").strip():
            raise Misconfigured(
                _("%(name)s and %(name)s_FILE are both set; keep one of them") % {"name": name}
            )
        path = Path(os.environ[f"{name}_FILE"].strip())
        try:
            os.environ[name] = read_private(path).decode("ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise Misconfigured(
                _("%(name)s_FILE cannot be read: %(path)s") % {"name": name, "path": path}
            ) from None
        if not os.environ[name]:
            raise Misconfigured(
                _("%(name)s_FILE is empty: %(path)s") % {"name": name, "path": path}
            )
        del os.environ[f"{name}_FILE"]


@contextmanager
def _addresses(node: Node) -> Iterator[Server | None]:
    """Set both database addresses; start the embedded server if neither is given."""
    _read_address_files()
    given = [name for name in (PLAIN_URL, OWNER_URL) if os.environ.get(name, "").strip()]
    if len(given) == 1:
        raise Misconfigured(
            _(
                "%(given)s is set and the other of %(plain)s and %(owner)s is not; set both, or "
                "neither for the embedded PostgreSQL"
            )
            % {"given": given[0], "plain": PLAIN_URL, "owner": OWNER_URL}
        )
    if given:
        _check_two_roles()
        yield None
        return
    if node.is_new:
        say(_("making the database of a new node"))
    with Server(node.home).used() as server:
        os.environ[PLAIN_URL] = server.url(PLAIN)
        os.environ[OWNER_URL] = server.url(OWNER)
        try:
            yield server
        finally:
            for name in (PLAIN_URL, OWNER_URL):
                os.environ.pop(name, None)


@contextmanager
def ready(
    node: Node,
    *,
    fill: Callable[[], None] | None = None,
    making: bool = False,
    upgrading: bool = False,
    wrapping: bool = False,
    awaiting: Callable[[Server | None], None] | None = None,
) -> Iterator[Server | None]:
    """The node with its secrets, its database at the present schema, and Django set up.

    `fill` puts a backup into the empty database of a new node, before anything else does; `making`
    is for `ayni node init`, `upgrading` for what takes older tables as they are: `ayni node
    upgrade`, which changes them, and `ayni backup make` before it; `wrapping` for what ends a
    wrapping of the master key that was interrupted; `awaiting` is called before the database is
    first asked, by what serves (`ayni.node.awaiting`).
    Yields the embedded server, or None if the addresses were given. Raises `Misconfigured`.
    """
    _check_whole(node, restoring=fill is not None, making=making)
    check_folder(node.home)
    demo = os.environ.get("AYNI_DEMO", "").strip().lower() == "true"
    if node.is_new and demo:
        from ayni.config.demonstration import mark_home

        mark_home(node.home, node.code)
    _make_secrets(node)
    os.environ.update(AYNI_NODE=node.code, AYNI_HOME=str(node.home))
    with _addresses(node) as server:
        set_up_django()
        from ayni.vault import api as vault

        if awaiting is not None:
            awaiting(server)
        _check_plain_role()
        if node.is_new:
            _grant()
            if fill is not None:
                fill()
        if not wrapping:
            with unlocking.opening(node.home):
                vault.prepare()
        with terminal.speaking():
            if node.is_new or (demo and tables.missing()):
                tables.bring_up_to_date()
            elif not upgrading:
                tables.check_present()
        if node.is_new:
            (node.home / NODE_FILE).write_text(json.dumps({"format": 1, "node": node.code}) + "\n")
            say(_("node %(code)s is made in %(home)s") % {"code": node.code, "home": node.home})
        try:
            yield server
        finally:
            close_connections()


def _check_whole(node: Node, *, restoring: bool, making: bool) -> None:
    """Raise `Misconfigured` for a node half made or half restored, and for a folder that is empty
    where a real node is meant: a mistyped AYNI_HOME must not begin another one."""
    if not restoring and (node.home / RESTORING).exists():
        raise Misconfigured(
            _(
                "a restore into AYNI_HOME was not finished: run `ayni restore` again; until then "
                "no node starts from it"
            )
        )
    if not making and (node.home / MAKING).exists():
        raise Misconfigured(
            _("making the node in AYNI_HOME was not finished: run `ayni node init` again")
        )
    from ayni.config.demonstration import is_local

    host = os.environ.get("AYNI_HOST", "").strip()
    if node.is_new and not (restoring or making) and host and not is_local(host):
        raise Misconfigured(
            _("AYNI_HOME holds no node yet (%(home)s): run `ayni node init`, or correct AYNI_HOME")
            % {"home": node.home}
        )


def in_words(refusal: AyniError) -> str:
    """Why something was refused, in the language of the terminal."""
    from django.apps import apps

    if not apps.ready:  # a node in doubt: what is said so far is in its language
        return str(refusal)
    with terminal.speaking():
        return str(refusal)


def close_connections() -> None:
    """Leave the database, so that it can stop or be used by child processes alone."""
    from django.db import connections

    connections.close_all()


def set_up_django() -> None:
    """Load the settings and the rooms."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ayni.config.settings")
    import django

    django.setup()


def _check_two_roles() -> tuple[str, str]:
    """Owner and plain role, as the two addresses name them. Raises `Misconfigured`."""
    try:
        owner, plain = (
            psycopg.conninfo.conninfo_to_dict(os.environ[name]).get("user")
            for name in (OWNER_URL, PLAIN_URL)
        )
    except psycopg.ProgrammingError:
        raise Misconfigured(
            _("%(plain)s or %(owner)s is not a PostgreSQL address")
            % {"plain": PLAIN_URL, "owner": OWNER_URL}
        ) from None
    if not plain or not owner or plain == owner:
        raise Misconfigured(
            _("%(plain)s and %(owner)s must name two different roles")
            % {"plain": PLAIN_URL, "owner": OWNER_URL}
        )
    return str(owner), str(plain)


def _grant() -> None:
    owner, plain = _check_two_roles()
    try:
        with psycopg.connect(os.environ[OWNER_URL], autocommit=True) as db:
            grant_plain_role(db, owner=owner, plain=plain)
    except psycopg.OperationalError:
        raise Misconfigured(
            _("PostgreSQL does not answer at %(address)s") % {"address": OWNER_URL}
        ) from None


def _check_plain_role() -> None:
    """The plain role must be one that row-level security binds."""
    from django.db import OperationalError, connection

    question = (
        "select r.rolsuper or r.rolbypassrls or pg_has_role(r.oid, d.datdba, 'member'), "
        "current_setting('server_version_num')::int "
        "from pg_roles r, pg_database d where r.rolname = current_user "
        "and d.datname = current_database()"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            unbound, version = cursor.fetchone()
    except OperationalError:
        raise Misconfigured(
            _("PostgreSQL does not answer at %(address)s") % {"address": PLAIN_URL}
        ) from None
    if unbound:
        raise Misconfigured(
            _(
                "the role of %(address)s is a superuser, bypasses row security or owns the "
                "database; give it a plain role"
            )
            % {"address": PLAIN_URL}
        )
    if version < 150000:
        raise Misconfigured(_("PostgreSQL 15 or newer is needed"))


# Settings under which a server writes no statement and no value to its log.
_QUIET = {
    "log_lock_waits": ("off",),
    "log_min_duration_sample": ("-1",),
    "log_min_duration_statement": ("-1",),
    "log_min_error_statement": ("panic",),
    "log_min_messages": ("log", "fatal", "panic"),
    "log_parameter_max_length": ("0",),
    "log_parameter_max_length_on_error": ("0",),
    "log_statement": ("none",),
    "log_transaction_sample_rate": ("0",),
}


def warnings_of_the_server() -> list[str]:
    """What the database server would write to its log that must not stand there, in sentences."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select name, setting from pg_settings where name = any(%s) order by name",
            [list(_QUIET)],
        )
        found = cursor.fetchall()
    return [
        _(
            "the PostgreSQL server may write statements or values to its log: %(name)s is "
            "%(value)s and should be %(wanted)s"
        )
        % {"name": name, "value": value, "wanted": _QUIET[name][0]}
        for name, value in found
        if value not in _QUIET[name]
    ]
