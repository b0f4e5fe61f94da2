"""`ayni restore`: a node from its copies, on an empty machine."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg

from ayni.lib import clock
from ayni.node import aging, backup, copies, dumping, home
from ayni.node.aging import CopyRefused
from ayni.node.copies import DATABASE, KEYRING, Sheet
from ayni.node.home import NODE_FILE, OWNER_URL, RESTORING, Node, say
from ayni.node.places import Place
from ayni.node.postgres import PLACE, Server
from ayni.node.words import gettext as _
from ayni.vault import erasures
from ayni.vault.keyring import Keyring
from ayni.vault.master import MASTER, make_private_folder, secrets_folder, write_private

_ROOMS = Path(__file__).resolve().parent.parent
_SPOOL = "keyring.restoring"


@dataclass(frozen=True, slots=True)
class _Copies:
    """What a restore reads: the two folders, one sheet of each, the secret keys."""

    database: Path
    keyring: Path
    data: Sheet
    keys: Sheet
    by: list[aging.Identity]


def main(arguments: Sequence[str]) -> int:
    """Exit code of `ayni restore`."""
    parser = argparse.ArgumentParser(prog="ayni restore")
    backup.add_folders(parser)
    parser.add_argument("--identity", type=Path, required=True, help=_("file of the secret key"))
    parser.add_argument("--copy", help=_("an older database copy, by the time it was made"))
    options = parser.parse_args(list(arguments))
    with backup.folders(options) as (database, keyring):
        return _restore_from(_choose(options, database, keyring), as_json=options.json)


def _restore_from(chosen: _Copies, *, as_json: bool) -> int:
    begun = time.monotonic()
    os.environ.setdefault("AYNI_NODE", chosen.data.node)
    node = home.resolve()
    if node.code != chosen.data.node:
        raise CopyRefused(
            _("the copy is of node %(node)s, and AYNI_NODE says %(code)s")
            % {"node": chosen.data.node, "code": node.code}
        )
    make_private_folder(node.home)
    with (node.home / ".restore").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CopyRefused(_("another restore into this folder is under way")) from None
        answer = _restore(_made_empty(node), chosen)
    answer["seconds"] = round(time.monotonic() - begun, 1)
    if as_json:
        sys.stdout.write(json.dumps(answer) + "\n")
    if answer["erased_again"]:
        say(
            _("%(number)s records erased after this backup were erased again")
            % {"number": answer["erased_again"]}
        )
    say(
        _(
            "node %(code)s is restored as it was at %(made_at)s; what was written after "
            "that is not in it. Make sure that the old machine never runs again, then "
            "start the node."
        )
        % {"code": node.code, "made_at": chosen.data.made_at}
    )
    return 0


def _choose(options: argparse.Namespace, database: Place, keyring: Place) -> _Copies:
    """The copies, whole to the last bit, before anything is written. Raises `CopyRefused`."""
    by = aging.read_identities(options.identity)
    keys = copies.newest(keyring.folder, KEYRING, os.environ.get("AYNI_NODE", "").strip())
    found = copies.sheets(database.folder, DATABASE, keys.node)
    if options.copy:
        found = [sheet for sheet in found if sheet.made_at == options.copy]
    if not found:
        message = (
            _(
                "%(folder)s holds no copy of the database of %(node)s made at %(at)s; `ayni backup "
                "list` shows what there is"
            )
            if options.copy
            else _("%(folder)s holds no copy of the database of %(node)s")
        )
        raise CopyRefused(
            message % {"folder": database.address, "node": keys.node, "at": options.copy}
        )
    data = found[0]
    if keys.made < data.made:
        raise CopyRefused(
            _(
                "the keyring's copy is older than the database's: whoever was recorded between "
                "the two could not be read. Take the newest keyring copy, or with --copy an "
                "older database copy"
            )
        )
    for place, sheet in ((keyring, keys), (database, data)):
        place.bring(sheet.file)
        copies.check_whole(place.folder, sheet)
    _check_known(data)
    return _Copies(database.folder, keyring.folder, data, keys, by)


def _check_known(sheet: Sheet) -> None:
    """Raise `CopyRefused` for a copy of a newer Ayni: its tables are not known here."""
    for label in sheet.migrations:
        room, _dot, name = label.partition(".")
        folder = _ROOMS / room / "migrations"
        if folder.is_dir() and not (folder / f"{Path(name).name}.py").is_file():
            raise CopyRefused(
                _(
                    "the copy was made by another version of Ayni (%(label)s is not known here): "
                    "install that version, or a newer one, and restore again"
                )
                % {"label": label}
            )


def _made_empty(node: Node) -> Node:
    """The node's folder with nothing in it. A live node is never overwritten.

    What an interrupted restore has left is removed; its mark says that it is nothing else.
    """
    place = node.home
    if (place / RESTORING).exists():
        say(_("an earlier restore was interrupted; it begins anew"))
        server = Server(place)
        server.stop()
        for folder in (server.folder, place / "keyring", secrets_folder(place)):
            shutil.rmtree(folder, ignore_errors=True)
        for name in (NODE_FILE, PLACE, erasures.LIST, _SPOOL):
            (place / name).unlink(missing_ok=True)
    elif (place / NODE_FILE).exists():
        raise CopyRefused(
            _(
                "AYNI_HOME holds a node already (%(place)s): a restore goes into an empty "
                "folder only, so that no live node is overwritten. Give another AYNI_HOME"
            )
            % {"place": place}
        )
    elif any(path.name not in {".restore"} for path in place.iterdir()):
        raise CopyRefused(
            _("AYNI_HOME is not empty (%(place)s): give an empty folder") % {"place": place}
        )
    copies.write_private_text(place / RESTORING, "{}\n")
    return Node(node.code, place, is_new=True)


def _restore(node: Node, chosen: _Copies) -> dict[str, object]:
    try:
        master, erased = _fill_keyring(node, chosen)
    except BaseException:
        # Nothing but keys is here yet: none of them stays behind.
        shutil.rmtree(node.home / "keyring", ignore_errors=True)
        shutil.rmtree(secrets_folder(node.home), ignore_errors=True)
        (node.home / _SPOOL).unlink(missing_ok=True)
        (node.home / RESTORING).unlink(missing_ok=True)
        raise
    backup.check_mark(chosen.data, master)
    with home.ready(node, fill=lambda: _fill_database(chosen)):
        entries = _check_trail(chosen.data)
        again = _record(chosen.data, erased)
        (node.home / RESTORING).unlink()
    return {
        "node": node.code,
        "made_at": chosen.data.made_at,
        "age_seconds": int((clock.now() - chosen.data.made).total_seconds()),
        "audit_entries": entries,
        "erased": len(erased),
        "erased_again": again,
    }


def _fill_keyring(node: Node, chosen: _Copies) -> tuple[bytes, set[UUID]]:
    """Master key, secrets and keys, without those of the erased; their list."""
    spool = node.home / _SPOOL
    found = backup.open_keyring(chosen.keyring, chosen.keys, chosen.by, spool)
    master = found.secrets[MASTER]
    backup.check_mark(chosen.data, master)
    erased: set[UUID] = set()
    for folder in (chosen.database, chosen.keyring):
        erased |= copies.read_erasures(folder, node.code, master)
    erasures.add(node.home, sorted(erased))
    make_private_folder(secrets_folder(node.home))
    for name, content in found.secrets.items():
        write_private(secrets_folder(node.home) / name, content)
    ring = Keyring(node.home / "keyring", master)
    try:
        ring.take_wrapped(_without(dumping.spooled(spool), erased))
    finally:
        ring.close()
        spool.unlink()
    return master, erased


def _without(
    entries: Iterator[tuple[str, str, bytes]], erased: set[UUID]
) -> Iterator[tuple[str, str, bytes]]:
    for table, name, blob in entries:
        if table == "secret" or UUID(name) not in erased:
            yield table, name, blob


def _fill_database(chosen: _Copies) -> None:
    address = os.environ[OWNER_URL]
    with psycopg.connect(address) as db:
        row = db.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    if row is None or row[0]:
        raise CopyRefused(
            _(
                "the database of %(owner_url)s holds tables already: drop it and make it anew, "
                "empty. Nothing was changed in it"
            )
            % {"owner_url": OWNER_URL}
        )
    say(_("the database is filled"))
    with dumping.loading(address) as process:
        if process.stdin is None:
            raise ValueError("no input")
        aging.decrypt(chosen.database / chosen.data.file, process.stdin, chosen.by)


def _check_trail(sheet: Sheet) -> int:
    """The audit trail holds, and holds the head that the sheet names; its number of entries."""
    from ayni.audit import api as audit

    verdict = audit.verify()
    if verdict.broken is not None:
        raise CopyRefused(
            _(
                "the audit trail of the copy does not hold: %(why)s (%(number)s). The node is "
                "not released; take an older copy and compare"
            )
            % {"why": verdict.broken.why, "number": verdict.broken.number}
        )
    if sheet.number and audit.digest_at(sheet.number).hex() != sheet.head:
        raise CopyRefused(_("the audit trail of the copy is not the one that its sheet names"))
    return verdict.entries


def _record(sheet: Sheet, erased: set[UUID]) -> int:
    """Write down the restore, and mark as erased whoever was erased after the backup; how many
    records. Their keys are gone already."""
    from ayni.audit import api as audit
    from ayni.cases import api as cases
    from ayni.exchange import api as exchange
    from ayni.members import api as members

    job = audit.job("node.restore")
    again = 0
    with audit.act(by=job, verb="node.restore", subject=sheet.made_at) as act:
        exchange.begin_account(by=job, since=sheet.made)
        for institution in members.institutions(state=members.this_node()):
            with members.acting(institution.id):
                by = audit.job("node.restore", str(institution.id))
                again += cases.erase_again(by=by, erased=erased, now=clock.now())
        act.note(erased_again=again)
    return again
