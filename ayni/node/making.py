"""`ayni node init`: a node in an empty folder. It is made whole, or nothing of it stays.

A mark stands in the folder while a node is made. Whoever finds it after a crash runs the command
again: what the interrupted one has made is removed first, in the folder and on the server.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo, sql

from ayni.lib.errors import Misconfigured
from ayni.node import home, kept
from ayni.node.home import MAKING, NODES, OWNER_URL, PLAIN_URL, Node, say
from ayni.node.postgres import Server
from ayni.node.words import gettext as _
from ayni.vault.master import make_private_folder, read_private, secrets_folder, write_private

# Not the machine's to copy (ayni/node/dumping.py leaves out what begins so): each has its own.
ADDRESSES = {PLAIN_URL: "postgresql-plain.url", OWNER_URL: "postgresql-owner.url"}
_SETTINGS = {"host": "AYNI_HOST", "listen": "AYNI_LISTEN", "mail_host": "AYNI_SMTP_HOST",
             "mail_from": "AYNI_MAIL_FROM"}  # fmt: skip


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ayni node init")
    parser.add_argument("--state", choices=NODES, help=_("which node (else AYNI_NODE)"))
    parser.add_argument("--home", type=Path, help=_("its folder (else AYNI_HOME)"))
    parser.add_argument("--host", help=_("host name of officers and other nodes (AYNI_HOST)"))
    parser.add_argument("--listen", help=_("address:port of the web process (AYNI_LISTEN)"))
    parser.add_argument("--mail-host", help=_("mail server (AYNI_SMTP_HOST)"))
    parser.add_argument("--mail-from", help=_("sender of mails (AYNI_MAIL_FROM)"))
    parser.add_argument(
        "--database-admin-file",
        type=Path,
        help=_(
            "private file with the address of an administrator of a PostgreSQL: roles and database "
            "are made there. Without it the node has its own PostgreSQL"
        ),
    )
    parser.add_argument(
        "--database-socket",
        type=Path,
        help=_("the same by the socket in this folder, as the account that runs the command"),
    )
    parser.add_argument(
        "--database-host", help=_("where the node reaches that PostgreSQL, if elsewhere: host:port")
    )
    parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))
    return parser.parse_args(list(arguments))


def main(arguments: Sequence[str]) -> int:
    """Exit code of `ayni node init`."""
    options = _options(arguments)
    if options.state:
        os.environ["AYNI_NODE"] = options.state
    if options.home:
        os.environ["AYNI_HOME"] = str(options.home)
    settings = {
        name: value
        for option, name in _SETTINGS.items()
        if (value := (getattr(options, option) or "").strip())
    }
    kept.written(settings, heading="given")  # refuses what would not be one line
    os.environ.update(settings)
    node = home.resolve()
    admin = _administrator(options)
    if not node.is_new and not (node.home / MAKING).exists():
        return _there_already(node, said=bool(settings or admin), as_json=options.json)
    node = Node(node.code, node.home, is_new=True)
    with home.alone(node.home):
        _begin(node, admin)
        try:
            identity = _make(node, settings, admin, options.database_host)
        except BaseException:
            _undo(node, admin)
            raise
        (node.home / MAKING).unlink()
    answer = {"node": node.code, "home": str(node.home), "made": True, "identity": identity}
    if options.json:
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        say(
            _("fingerprint of this node's identity key, for the founding note: %(print)s")
            % {"print": identity}
        )
        say(_("now say who works here: `ayni institution add`, `ayni user add`; `ayni node check`"))
    return 0


def _there_already(node: Node, *, said: bool, as_json: bool) -> int:
    if said:
        raise Misconfigured(
            _(
                "AYNI_HOME holds node %(code)s already, and nothing was changed: give another "
                "folder, or write the settings into %(file)s"
            )
            % {"code": node.code, "file": node.home / kept.FILE}
        )
    with home.ready(node):
        pass
    say(_("node %(code)s was made before; nothing was changed") % {"code": node.code})
    if as_json:
        answer = {"node": node.code, "home": str(node.home), "made": False}
        sys.stdout.write(json.dumps(answer) + "\n")
    return 0


def _administrator(options: argparse.Namespace) -> str:
    """Address of an administrator of the PostgreSQL that is there; empty for one of our own."""
    if options.database_admin_file and options.database_socket:
        raise Misconfigured(_("give --database-admin-file or --database-socket, not both"))
    if not (options.database_admin_file or options.database_socket):
        if options.database_host:
            raise Misconfigured(
                _("--database-host needs --database-admin-file or --database-socket")
            )
        return ""
    if os.environ.get(PLAIN_URL, "").strip() or os.environ.get(OWNER_URL, "").strip():
        raise Misconfigured(
            _("the two addresses of a database are set already; then no administrator is asked")
        )
    if options.database_socket:
        return conninfo.make_conninfo(host=str(options.database_socket), dbname="postgres")
    try:
        return read_private(options.database_admin_file).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(
            _("%(path)s cannot be read") % {"path": options.database_admin_file}
        ) from None


def _begin(node: Node, admin: str) -> None:
    """The mark; the rest of an interrupted making is removed. Raises `Misconfigured` unless the
    folder is empty otherwise."""
    if (node.home / MAKING).exists():
        say(_("making this node was interrupted; it begins anew"))
        _undo(node, admin)
    try:
        make_private_folder(node.home)
        there = [path.name for path in node.home.iterdir()]
    except OSError as wrong:
        raise Misconfigured(
            _("AYNI_HOME cannot be used: %(why)s: %(home)s")
            % {"why": wrong.strerror, "home": node.home}
        ) from None
    if there:
        raise Misconfigured(
            _("AYNI_HOME is not empty (%(place)s): give an empty folder") % {"place": node.home}
        )
    _mark(node, {})


def _mark(node: Node, made: dict[str, Any]) -> None:
    half = node.home / f"{MAKING}.half"
    half.write_text(json.dumps(made) + "\n")
    half.replace(node.home / MAKING)


def _make(node: Node, settings: dict[str, str], admin: str, host: str | None) -> str:
    """Settings, database and keys; the fingerprint of the identity key."""
    settings = {"AYNI_NODE": node.code, **settings}
    if admin:
        settings |= _make_database(node, admin, host)
    (node.home / kept.FILE).write_text(
        kept.written(settings, heading="Settings of this node; docs/reference/settings.md")
    )
    (node.home / kept.FILE).chmod(0o600)
    kept.use(node.home)
    with home.ready(node, making=True):
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        for warning in home.warnings_of_the_server():
            say(warning)
        return exchange.fingerprint(exchange.make_identity(by=audit.job("node.init")))


def _names(node: Node) -> tuple[str, str, str]:
    """Database, owner and plain role: several nodes may share a server."""
    return f"ayni_{node.code}", f"ayni_{node.code}_owner", f"ayni_{node.code}_app"


def _make_database(node: Node, admin: str, host: str | None) -> dict[str, str]:
    """Two roles with fresh passwords and a database on somebody's PostgreSQL; the settings that
    name the private files with both addresses. Raises `Misconfigured`."""
    database, owner, plain = _names(node)
    passwords = {role: secrets.token_urlsafe(24) for role in (owner, plain)}
    with _connected(admin) as db:
        taken = db.execute(
            "select rolname from pg_roles where rolname = any(%s) "
            "union select datname from pg_database where datname = %s",
            [[owner, plain], database],
        ).fetchall()
        if taken:
            raise Misconfigured(
                _(
                    "that PostgreSQL has %(names)s already: another node was made there, or this "
                    "one before. Nothing was changed; remove them by hand if nobody needs them"
                )
                % {"names": ", ".join(sorted(str(name) for (name,) in taken))}
            )
        _mark(node, {"database": database, "roles": [owner, plain]})
        for role, password in passwords.items():
            db.execute(
                sql.SQL("create role {} login nosuperuser nobypassrls nocreaterole password {}")
                .format(sql.Identifier(role), sql.Literal(password))
            )  # fmt: skip
        db.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(owner)))
        db.execute(
            sql.SQL("create database {} owner {} encoding 'UTF8' template template0").format(
                sql.Identifier(database), sql.Identifier(owner)
            )
        )
        db.execute(
            sql.SQL("revoke all on database {} from public").format(sql.Identifier(database))
        )
        db.execute(
            sql.SQL("grant connect on database {} to {}").format(
                sql.Identifier(database), sql.Identifier(plain)
            )
        )
        at, port = db.info.host, str(db.info.port)
    if host:
        at, _colon, port = host.rpartition(":") if ":" in host else (host, "", "5432")
    make_private_folder(secrets_folder(node.home))
    told = {}
    for name, role in ((PLAIN_URL, plain), (OWNER_URL, owner)):
        url = home.address(at, port, role, passwords[role], database)
        path = secrets_folder(node.home) / ADDRESSES[name]
        write_private(path, url.encode() + b"\n")
        told[f"{name}_FILE"] = str(path)
        _check_reached(url, role)
    return told


def _connected(admin: str) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return psycopg.connect(admin, autocommit=True, connect_timeout=10)
    except psycopg.ProgrammingError:
        raise Misconfigured(_("the administrator's address is not one of a PostgreSQL")) from None
    except psycopg.OperationalError as wrong:
        raise Misconfigured(
            _("PostgreSQL does not let the administrator in: %(why)s")
            % {"why": str(wrong).strip().splitlines()[-1]}
        ) from None


def _check_reached(url: str, role: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        raise Misconfigured(
            _(
                "PostgreSQL does not let %(role)s in with its password: its pg_hba.conf needs a "
                "line for this role with scram-sha-256, or --database-host must name where it "
                "takes passwords (such as 127.0.0.1:5432)"
            )
            % {"role": role}
        ) from None


def _undo(node: Node, admin: str) -> None:
    """Remove what was made: in the folder, and what the mark names on the server."""
    try:
        made = json.loads((node.home / MAKING).read_text())
    except (OSError, ValueError):
        made = {}
    if made:
        if not admin:
            raise Misconfigured(
                _(
                    "the interrupted making has left %(names)s on a PostgreSQL: run the same "
                    "command again, with the administrator's address"
                )
                % {"names": ", ".join([made["database"], *made["roles"]])}
            )
        _drop(made, admin)
    server = Server(node.home)
    server.stop()
    for folder in (server.folder, server.sockets):
        shutil.rmtree(folder, ignore_errors=True)
    for path in sorted(node.home.iterdir(), key=lambda path: path.name == MAKING):  # the mark last
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _drop(made: dict[str, Any], admin: str) -> None:
    with _connected(admin) as db:
        db.execute(
            sql.SQL("drop database if exists {} with (force)").format(
                sql.Identifier(made["database"])
            )
        )
        for role in made["roles"]:
            db.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(role)))
