"""The tables of a node and the program: of one age, or the node does not start.

All changes of an upgrade are one transaction: a process that is killed in its middle has changed
nothing. Those of the library for jobs, which adds values to a type and then uses them, come before
and are kept one by one: after an interruption the rest of them follows. Locks that end with the
process let one upgrade at a time through, from whatever machine; nothing needs to be cleared away
after a crash.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from ayni.lib.errors import Misconfigured
from ayni.node.words import gettext as _

if TYPE_CHECKING:
    from django.db.migrations.executor import MigrationExecutor

# One number for all nodes: advisory locks are per database (PostgreSQL manual, 13.3.5).
LOCK = 0x61796E69
_LONGEST = "10min"
# Changes that PostgreSQL does not take in one transaction with what uses them.
_ONE_BY_ONE = ("procrastinate",)
# Apps that an older version had and this one does not: their rows do not mean a newer version.
FORMER: frozenset[str] = frozenset()


class TablesBehind(Misconfigured):
    """The tables are older than the program."""

    code = "tables_behind"


class TablesNewer(Misconfigured):
    """The tables are newer than the program."""

    code = "tables_newer"


class UpgradeRefused(Misconfigured):
    """The tables could not be changed now; nothing was."""

    code = "upgrade_refused"


def _looked_up() -> MigrationExecutor:
    """The changes that the program and the database know. Every command waits for it: ask once."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    return MigrationExecutor(connections["owner"])


def _pending(found: MigrationExecutor) -> list[str]:
    """Changes that this program needs and that were not made, `app.name`, in their order."""
    plan = found.migration_plan(found.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _check_not_newer(found: MigrationExecutor) -> None:
    """Raise `TablesNewer` for changes that were made and that this program does not know: a newer
    version of it made them."""
    unknown = sorted(
        f"{app}.{name}"
        for app, name in found.loader.applied_migrations or {}
        if (app, name) not in found.loader.disk_migrations and app not in FORMER
    )
    if unknown:
        raise TablesNewer(
            _(
                "the tables were changed by a newer version of Ayni (%(first)s is not known here): "
                "install that version again. Nothing was changed"
            )
            % {"first": unknown[-1]}
        )


def missing() -> list[str]:
    """Changes that this program needs and that were not made, `app.name`, in their order. Raises
    `TablesNewer`, and `Misconfigured` if the database does not answer."""
    with _owner():
        found = _looked_up()
        _check_not_newer(found)
        return _pending(found)


def check_present() -> None:
    """Raise `TablesNewer` or `TablesBehind` unless tables and program are of one age."""
    if found := missing():
        raise TablesBehind(
            _(
                "the tables are older than the program by %(count)s changes: stop the node's other "
                "processes, make a backup, then run `ayni node upgrade`"
            )
            % {"count": len(found)}
        )


def bring_up_to_date() -> list[str]:
    """Make every change that is missing, or none; which were made, in their order.

    Waits up to ten minutes for another upgrade of the same database. Raises `TablesNewer`, and
    `UpgradeRefused` if that one does not end or somebody holds a table.
    """
    from django.db import DatabaseError, OperationalError, connections

    try:
        with _one_at_a_time():
            known = _looked_up()
            _check_not_newer(known)
            found = _pending(known)
            if found:
                _tell(_("bringing the tables up to date"))
                _change(found)
            return found
    except (OperationalError, psycopg.OperationalError):
        raise UpgradeRefused(
            _(
                "the tables could not be changed now: the database went away, or another process "
                "holds a table. Nothing was changed; stop the node's other processes and try again"
            )
        ) from None
    except DatabaseError as wrong:
        raise UpgradeRefused(
            _(
                "a change of the tables failed (%(kind)s), and all of them were taken back: the "
                "node is as it was. Report it to those who maintain Ayni"
            )
            % {"kind": type(wrong.__cause__ or wrong).__name__}
        ) from None
    finally:
        connections["owner"].close()


def _change(found: list[str]) -> None:
    """Make the changes: of an empty database one by one, of a node that works all at once."""
    from django.core.management import call_command
    from django.db import connections, transaction
    from django.db.migrations.loader import MigrationLoader

    how = {"database": "owner", "verbosity": 0, "interactive": False}
    applied = MigrationLoader(connections["owner"]).applied_migrations or {}
    if not any(app == "members" for app, _name in applied):
        call_command("migrate", **how)
        return
    for app in _ONE_BY_ONE:
        if any(name.startswith(f"{app}.") for name in found):
            call_command("migrate", app, **how)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        # The server notices within seconds that a killed upgrade is gone, also inside a statement;
        # until then the next one waits here.
        cursor.execute("set local client_connection_check_interval = '2s'")
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK + 1])
        # Rows that one change writes must not wait for their checks while the next alters a table.
        cursor.execute("set constraints all immediate")
        call_command("migrate", **how)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A lock that ends with this process, on a connection of its own."""
    with psycopg.connect(os.environ["AYNI_OWNER_DATABASE_URL"], autocommit=True) as db:
        row = db.execute("select pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        if row is None or not row[0]:
            _tell(_("another upgrade of this node is under way; waiting for it"))
            db.execute(f"set lock_timeout = '{_LONGEST}'")
            db.execute("select pg_advisory_lock(%s)", [LOCK])
        yield


def _tell(sentence: str) -> None:
    sys.stderr.write(f"ayni: {sentence}\n")
    sys.stderr.flush()


@contextmanager
def _owner() -> Iterator[None]:
    """The owner's connection, closed afterwards: no process keeps it."""
    from django.db import OperationalError, connections

    try:
        yield
    except OperationalError:
        raise Misconfigured(
            _(
                "the tables cannot be read: PostgreSQL does not answer, or another process holds "
                "them"
            )
        ) from None
    finally:
        connections["owner"].close()
