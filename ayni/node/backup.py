"""`ayni backup`: key, make, erasures, list, verify."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ayni.config.environment import LAST_BACKUP
from ayni.lib import clock, terminal
from ayni.node import aging, copies, dumping, home, places, tables, unlocking
from ayni.node.aging import CopyRefused
from ayni.node.copies import DATABASE, KEYRING, Sheet
from ayni.node.home import NODE_FILE, OWNER_URL, Node, say
from ayni.node.places import Place
from ayni.node.words import gettext as _
from ayni.vault import erasures
from ayni.vault.keyring import Keyring
from ayni.vault.master import MASTER, mark_of, read_master_key, write_private

TO, KEYRING_TO, RECIPIENTS = "AYNI_BACKUP_TO", "AYNI_BACKUP_KEYRING_TO", "AYNI_BACKUP_RECIPIENTS"
_OLDEST = 24  # hours without a backup, after which `ayni node check` warns


def add_folders(parser: argparse.ArgumentParser) -> None:
    """The two folders of copies, as options or settings."""
    parser.add_argument("--folder", help=_("database copies (else %(to)s)") % {"to": TO})
    parser.add_argument(
        "--keyring-folder",
        help=_("keyring copies (else %(keyring_to)s)") % {"keyring_to": KEYRING_TO},
    )
    parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))


def _named(options: argparse.Namespace) -> list[str]:
    """Where both places are. Raises `CopyRefused` unless they lie apart."""
    found = []
    for given, name in ((options.folder, TO), (options.keyring_folder, KEYRING_TO)):
        text = str(given or os.environ.get(name, "").strip())
        if not text:
            option = "--folder" if name == TO else "--keyring-folder"
            raise CopyRefused(
                _("say where: %(option)s or %(name)s") % {"option": option, "name": name}
            )
        found.append(text)
    _check_apart(*found)
    return found


@contextlib.contextmanager
def folders(options: argparse.Namespace) -> Iterator[tuple[Place, Place]]:
    """Both places, open. Raises `CopyRefused`."""
    found = _named(options)
    with (
        places.opened(found[0], settings="AYNI_BACKUP_S3_") as database,
        places.opened(found[1], settings="AYNI_BACKUP_KEYRING_S3_") as keyring,
    ):
        yield database, keyring


def _check_apart(first: str, second: str) -> None:
    paths = [
        PurePosixPath("/", text.removeprefix("s3://")) if text.startswith("s3://")
        else Path(text).resolve()
        for text in (first, second)
    ]  # fmt: skip
    database, keyring = paths
    if database == keyring or database in keyring.parents or keyring in database.parents:
        raise CopyRefused(
            _(
                "the keyring's copies must lie apart from the database's: of the keyring only "
                "the newest is kept, so that whoever was erased stays erased. Give two "
                "folders, neither inside the other, best on two machines"
            )
        )


def _answer(as_json: bool, answer: dict[str, object]) -> int:
    if as_json:
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        for name, value in answer.items():
            say(f"{name}: {value}")
    return 0


def _key(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="ayni backup key")
    parser.add_argument("file", type=Path, help=_("where the secret key goes: not on the node"))
    options = parser.parse_args(list(arguments))
    path = options.file.resolve()
    place = os.environ.get("AYNI_HOME", "").strip()
    if place and Path(place).resolve() in path.parents:
        raise CopyRefused(_("the secret key must not lie on the node: give another place"))
    secret, public = aging.new_identity()
    text = f"# opens backups; public key: {public}\n{secret}\n"
    try:
        write_private(path, text.encode("ascii"))
    except OSError as wrong:
        raise CopyRefused(
            _("%(path)s cannot be written: %(why)s") % {"path": path, "why": wrong.strerror}
        ) from None
    say(
        _("the secret key is in %(path)s: keep it, and a copy on paper, away from the node")
        % {"path": path}
    )
    sys.stdout.write(public + "\n")
    return 0


def _make(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="ayni backup make")
    add_folders(parser)
    parser.add_argument(
        "--recipients",
        type=Path,
        help=_("file of public keys (else %(recipients)s)") % {"recipients": RECIPIENTS},
    )
    options = parser.parse_args(list(arguments))
    _named(options)  # before anything else is looked at
    named = options.recipients or os.environ.get(RECIPIENTS, "").strip()
    node = home.resolve()
    if node.is_new:
        raise CopyRefused(_("AYNI_HOME holds no node yet; there is nothing to copy"))
    to = aging.read_recipients(Path(named or node.home / "backup-recipients"))
    begun = time.monotonic()
    with folders(options) as (database, keyring):
        for place in (database, keyring):
            _make_folder(place.folder)
        with home.ready(node, upgrading=True):
            # Older tables are copied too: an upgrade begins with a backup.
            with terminal.speaking():
                tables.missing()
            made = make(node, database=database, keyring=keyring, to=to)
    answer: dict[str, object] = {
        "node": node.code,
        "database": made[0].file,
        "database_bytes": made[0].size,
        "keyring": made[1].file,
        "keyring_bytes": made[1].size,
        "seconds": round(time.monotonic() - begun, 1),
    }
    return _answer(options.json, answer)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as wrong:
        raise CopyRefused(
            _("%(folder)s cannot be made: %(why)s") % {"folder": folder, "why": wrong.strerror}
        ) from None


def make(
    node: Node, *, database: Place, keyring: Place, to: list[aging.Recipient]
) -> tuple[Sheet, Sheet]:
    """Copy the database, then the keyring, which so holds every key that the copy needs.

    Of the keyring's copies only the new one stays. Raises `CopyRefused`; nothing half stays.
    """
    from ayni.audit import api as audit

    master = read_master_key(node.home)
    for place in (database, keyring):
        _sweep(place.folder, node)
    data = _copy_database(node, database.folder, to, master)
    keys = _copy_keyring(node, keyring.folder, to, master)
    _tell_erasures(node, (database, keyring), master)
    for old in copies.sheets(keyring.folder, KEYRING, node.code):
        if old.file != keys.file:
            (keyring.folder / old.file).with_suffix(".json").unlink(missing_ok=True)
            (keyring.folder / old.file).unlink(missing_ok=True)
    for place in (database, keyring):
        place.send()
    _tell_erasures(node, (database, keyring), master)  # whoever was erased meanwhile
    with audit.act(by=audit.job("node.backup"), verb="node.backup", subject=data.made_at):
        pass
    copies.write_private_text(node.home / LAST_BACKUP, json.dumps({"made_at": data.made_at}) + "\n")
    return data, keys


def _tell_erasures(node: Node, to: Sequence[Place], master: bytes) -> int:
    """Bring the lists beside the copies up to that of the node; how many stand in it."""
    with copies.telling_erasures(node.home):
        known = erasures.noted(node.home)
        for place in to:
            there = copies.read_erasures(place.folder, node.code, master)
            copies.write_erasures(place.folder, node.code, known | there, master)
            place.put(copies.erasures_file(place.folder, node.code).name)
    return len(known)


def _erasures(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="ayni backup erasures")
    add_folders(parser)
    options = parser.parse_args(list(arguments))
    node = home.resolve()
    if node.is_new:
        raise CopyRefused(_("AYNI_HOME holds no node yet; there is nothing to copy"))
    home.check_folder(node.home)
    with folders(options) as both:
        for place in both:
            _make_folder(place.folder)
        with unlocking.opening(node.home):
            master = read_master_key(node.home)
        known = _tell_erasures(node, both, master)
    return _answer(options.json, {"node": node.code, "erased": known})


def warnings(node: Node, now: datetime) -> list[str]:
    """What is wrong with the backups of this node, in sentences: none within a day."""
    path = node.home / LAST_BACKUP
    if path.exists():
        try:
            since = clock.parse(json.loads(path.read_text())["made_at"])
        except (ValueError, KeyError, TypeError, OSError):
            return [
                _("%(path)s cannot be read: make a backup (`ayni backup make`)") % {"path": path}
            ]
    else:
        since = datetime.fromtimestamp((node.home / NODE_FILE).stat().st_mtime, UTC)
    hours = int((now - since).total_seconds() // 3600)
    if hours < _OLDEST:
        return []
    told = (
        _("the last backup was made %(hours)s hours ago") % {"hours": hours}
        if path.exists()
        else _("no backup was made")
    )
    lost = _(
        "whatever was recorded since would be lost with this machine. Run `ayni backup make` every "
        "hour (docs/how-to/back-up-and-restore.md)"
    )
    return [f"{told}: {lost}"]


def _sweep(folder: Path, node: Node) -> None:
    """Remove what an interrupted copy has left: files without their sheet."""
    for path in folder.glob(f"ayni-{node.code}-*.age"):
        if not path.with_suffix(".json").exists():
            path.unlink()


def _copy_database(node: Node, folder: Path, to: list[aging.Recipient], master: bytes) -> Sheet:
    from ayni.audit.models import Head

    now = clock.now()
    head = Head.objects.get(id=1)
    name = copies.stem(DATABASE, node.code, now)
    dump = dumping.Dump(os.environ[OWNER_URL])
    try:
        size, digest = aging.encrypt(dump, folder / f"{name}.age", to)
    except CopyRefused as refusal:
        said = dump.close()
        raise CopyRefused(f"{refusal}{': ' + said if said else ''}") from None
    dump.close()
    sheet = Sheet(
        DATABASE, node.code, clock.isoformat(now), f"{name}.age", size, digest,
        number=head.number, head=bytes(head.digest).hex(), migrations=_migrations(),
    )  # fmt: skip
    return _put(folder, name, sheet, master)


def _copy_keyring(node: Node, folder: Path, to: list[aging.Recipient], master: bytes) -> Sheet:
    now = clock.now()
    name = copies.stem(KEYRING, node.code, now)
    ring = Keyring(node.home / "keyring", master)
    try:
        lines = dumping.Lines(dumping.keyring_lines(node.home, node.code, ring, master))
        size, digest = aging.encrypt(lines, folder / f"{name}.age", to)
    finally:
        ring.close()
    sheet = Sheet(KEYRING, node.code, clock.isoformat(now), f"{name}.age", size, digest)
    return _put(folder, name, sheet, master)


def _put(folder: Path, name: str, sheet: Sheet, master: bytes) -> Sheet:
    marked = Sheet(**{**asdict(sheet), "mark": mark_of(master, sheet.body())})
    copies.write_private_text(folder / f"{name}.json", json.dumps(asdict(marked), indent=1) + "\n")
    return marked


def _migrations() -> list[str]:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    graph = MigrationLoader(connection).graph
    return sorted(f"{app}.{name}" for app, name in graph.leaf_nodes())


def _list(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="ayni backup list")
    add_folders(parser)
    options = parser.parse_args(list(arguments))
    with folders(options) as (database, keyring):
        found = copies.sheets(database.folder, DATABASE)
        found += copies.sheets(keyring.folder, KEYRING)
    if options.json:
        rows = [{k: v for k, v in asdict(sheet).items() if k != "migrations"} for sheet in found]
        sys.stdout.write(json.dumps(rows) + "\n")
        return 0
    for sheet in found:
        say(f"{sheet.made_at}  {sheet.node}  {sheet.kind}  {sheet.size} bytes  {sheet.file}")
    say(_("%(count)s copies") % {"count": len(found)})
    return 0


def _verify(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="ayni backup verify")
    add_folders(parser)
    parser.add_argument(
        "--identity", type=Path, help=_("secret key: the copies are opened as well")
    )
    options = parser.parse_args(list(arguments))
    with folders(options) as (database, keyring):
        return _answer(options.json, _verified(database, keyring, options.identity))


def _verified(database: Place, keyring: Place, identity: Path | None) -> dict[str, object]:
    keys = copies.newest(keyring.folder, KEYRING, os.environ.get("AYNI_NODE", "").strip())
    all_data = copies.sheets(database.folder, DATABASE, keys.node)
    if not all_data:
        raise CopyRefused(
            _("%(folder)s holds no copy of the database of %(node)s")
            % {"folder": database.address, "node": keys.node}
        )
    for place, sheet in [(keyring, keys), *((database, each) for each in all_data)]:
        place.bring(sheet.file)
        copies.check_whole(place.folder, sheet)
    if identity is not None:
        by = aging.read_identities(identity)
        master = open_keyring(keyring.folder, keys, by, None).secrets[MASTER]
        for sheet in all_data:
            check_mark(sheet, master)
            _read_to_the_end(database.folder / sheet.file, by)
        for place in (database, keyring):
            copies.read_erasures(place.folder, keys.node, master)
    return {
        "node": keys.node,
        "database_copies": len(all_data),
        "newest": all_data[0].made_at,
        "opened": identity is not None,
        "ok": True,
    }


def open_keyring(
    folder: Path, sheet: Sheet, by: list[aging.Identity], spool: Path | None
) -> dumping.KeyringSink:
    """The content of a keyring copy. Raises `CopyRefused`."""
    sink = dumping.KeyringSink(spool)
    try:
        aging.decrypt(folder / sheet.file, sink, by)
    except BrokenPipeError:
        raise CopyRefused(_("%(file)s is no copy of a keyring") % {"file": sheet.file}) from None
    finally:
        sink.close()
    sink.check_whole()
    if sink.node != sheet.node or not sheet.is_of(sink.secrets[MASTER]):
        raise CopyRefused(
            _("the sheet of %(file)s was not written by node %(node)s")
            % {"file": sheet.file, "node": sink.node}
        )
    return sink


def check_mark(sheet: Sheet, master: bytes) -> None:
    """Raise `CopyRefused` unless this database copy is of the node whose master key this is."""
    if not sheet.is_of(master):
        raise CopyRefused(
            _(
                "%(file)s was not made by the node whose keyring this is: the two copies do "
                "not belong together, or the sheet was changed"
            )
            % {"file": sheet.file}
        )


def _read_to_the_end(path: Path, by: list[aging.Identity]) -> None:
    with dumping.loading(None) as process:
        if process.stdin is None:
            raise ValueError("no input")
        aging.decrypt(path, process.stdin, by)


_WORDS = {
    "key": _key,
    "make": _make,
    "erasures": _erasures,
    "list": _list,
    "verify": _verify,
}


def main(arguments: Sequence[str]) -> int:
    """Exit code of one `ayni backup` command."""
    if not arguments or arguments[0] not in _WORDS:
        say(_("say `ayni backup key`, `make`, `erasures`, `list` or `verify`; each has --help"))
        return 2
    return _WORDS[arguments[0]](arguments[1:])
