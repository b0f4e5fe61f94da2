"""A pytest plugin, loaded before Django's settings (`-p tests.environment`): a database to test on.

Without AYNI_TEST_DATABASE_URL and AYNI_TEST_OWNER_DATABASE_URL the embedded PostgreSQL is started
for this run. The owner migrates; the suite logs in as the plain role. Each worker has a database
of its own, copied from the migrated one.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from ayni.lib import collecting
from ayni.node.postgres import OWNER, PLAIN, SUPER, Server, grant_plain_role
from ayni.vault.master import make_private_folder, write_private
from tools import in_memory

TEMPLATE = f"ayni_test_{os.getpid()}"
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
_server: Server | None = None
_memory = in_memory.begin()
_home = Path(tempfile.mkdtemp(prefix="ayni-test-"))


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def _copy(template: str, name: str) -> None:
    with psycopg.connect(os.environ["AYNI_TEST_ADMIN_URL"], autocommit=True) as db:
        db.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        db.execute(
            # File by file: half the work of writing every block through the log first.
            sql.SQL("create database {} template {} owner {} strategy file_copy").format(
                sql.Identifier(name),
                sql.Identifier(template),
                sql.Identifier(os.environ["AYNI_TEST_OWNER"]),
            )
        )


def _make_home() -> None:
    make_private_folder(_home / "secrets")
    write_private(_home / "secrets" / "django.key", secrets.token_urlsafe(40).encode())
    os.environ.update(
        AYNI_NODE="ar",
        AYNI_HOME=str(_home),
        AYNI_HOST="ar.localhost",
        AYNI_DEMO="false",
        LANGUAGE="en",  # of what commands and a node in doubt say
        AYNI_EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    )


def _addresses() -> tuple[str, str, str]:
    """Administrator's, owner's and plain address."""
    global _server
    plain = os.environ.get("AYNI_TEST_DATABASE_URL", "")
    owner = os.environ.get("AYNI_TEST_OWNER_DATABASE_URL", "")
    if bool(plain) != bool(owner):
        raise pytest.UsageError(
            "set both AYNI_TEST_DATABASE_URL and AYNI_TEST_OWNER_DATABASE_URL, or neither"
        )
    if plain:
        # What only a superuser can do to a log is tried where one is told; else the owner makes
        # the databases.
        return os.environ.get("AYNI_TEST_SUPERUSER_DATABASE_URL", owner), owner, plain
    _server = Server(_home)
    _server.start()
    administrator = _server.url(SUPER, "postgres")
    with psycopg.connect(administrator, autocommit=True) as db:
        # What this server holds is thrown away with the run: nothing need reach the disk.
        db.execute("alter system set fsync = off")
        db.execute("select pg_reload_conf()")
    return administrator, _server.url(OWNER), _server.url(PLAIN)


def _prepare() -> None:
    admin, owner, plain = _addresses()
    os.environ["AYNI_TEST_ADMIN_URL"] = admin
    os.environ["AYNI_TEST_OWNER"] = psycopg.conninfo.conninfo_to_dict(owner)["user"]  # type: ignore[assignment]
    os.environ["AYNI_TEST_PLAIN"] = psycopg.conninfo.conninfo_to_dict(plain)["user"]  # type: ignore[assignment]
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute(
            sql.SQL("create database {} owner {}").format(
                sql.Identifier(TEMPLATE), sql.Identifier(os.environ["AYNI_TEST_OWNER"])
            )
        )
    with psycopg.connect(_with_database(admin, TEMPLATE), autocommit=True) as db:
        grant_plain_role(
            db, owner=os.environ["AYNI_TEST_OWNER"], plain=os.environ["AYNI_TEST_PLAIN"]
        )
    os.environ["DATABASE_URL"] = _with_database(plain, TEMPLATE)
    os.environ["AYNI_OWNER_DATABASE_URL"] = _with_database(owner, TEMPLATE)
    os.environ["AYNI_TEST_TEMPLATE"] = TEMPLATE
    os.environ["AYNI_TEST_MADE"] = str(_home / "made")  # nodes that tests copy (tests/node/made.py)
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "django", "migrate", "--database", "owner", "-v0"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "ayni.config.settings"},
        cwd=Path(__file__).parent.parent,
        check=True,
    )


def begin_afresh() -> None:
    """Give this process an unused copy of the migrated database, after a test that committed."""
    from django.db import connections

    from ayni.vault import api as vault

    connections.close_all()
    _copy(os.environ["AYNI_TEST_TEMPLATE"], _own)
    vault.prepare()


collecting.seldom()
_make_home()
if not _worker:
    _prepare()
_own = f"{os.environ['AYNI_TEST_TEMPLATE']}_{_worker or 'alone'}"
_copy(os.environ["AYNI_TEST_TEMPLATE"], _own)
for _name in ("DATABASE_URL", "AYNI_OWNER_DATABASE_URL"):
    os.environ[_name] = _with_database(os.environ[_name], _own)


@atexit.register
def _clean_up() -> None:
    """Stop the server and remove what was made for this run, also when pytest gave up early."""
    if not _worker:
        _drop_databases()
    if _server is not None:
        _server.stop()
        shutil.rmtree(_server.sockets, ignore_errors=True)
    shutil.rmtree(_home, ignore_errors=True)
    if _memory is not None:
        shutil.rmtree(_memory, ignore_errors=True)


def _drop_databases() -> None:
    from django.db import connections

    connections.close_all()
    if _server is not None:
        return
    with psycopg.connect(os.environ["AYNI_TEST_ADMIN_URL"], autocommit=True) as db:
        rows = db.execute(
            "select datname from pg_database where datname like %s", [TEMPLATE + "%"]
        ).fetchall()
        for (name,) in rows:
            db.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
