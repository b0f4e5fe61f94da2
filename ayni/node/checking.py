"""`ayni node check`: what is wrong with this node, in sentences; a node in doubt does not start.

An *error* stops `ayni run`; a *warning* is said and does not. Every question stands here once, with
a code that stays the same in every language.
"""

from __future__ import annotations

import argparse
import ctypes
import ipaddress
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from ayni.lib import clock, terminal
from ayni.lib.errors import AyniError, Misconfigured
from ayni.node import backup, home, web
from ayni.node.home import Node, say
from ayni.node.words import gettext as _
from ayni.vault.master import MASTER, WRAPPED, secrets_folder

# Seconds: from the first on a warning, from the second an error. Periods that laws set are counted
# in hours, signatures of the other nodes are refused after five minutes.
CLOCK_OFF, CLOCK_WRONG = 5, 60
PEERS_OFF = 120
LITTLE_DISK = 0.1  # free part of the disk, below which it is said
_TIME_ERROR = 5  # adjtimex(2): the kernel's clock is not synchronised


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a code, how bad it is, a sentence that says what to do."""

    code: str
    level: Level
    sentence: str


Findings = Iterator[Finding]


def _error(code: str, sentence: str) -> Finding:
    return Finding(code, Level.ERROR, sentence)


def _warning(code: str, sentence: str) -> Finding:
    return Finding(code, Level.WARNING, sentence)


# ---- what needs no database


def _folder(node: Node) -> Findings:
    from ayni.config.demonstration import is_demo_home

    try:
        home.check_folder(node.home)
    except Misconfigured as wrong:
        yield _error("folder", str(wrong))
    plain, wrapped = (secrets_folder(node.home) / name for name in (MASTER, WRAPPED))
    if plain.is_file() and not wrapped.is_file() and not is_demo_home(node.home):
        yield _warning(
            "keys_unwrapped",
            _(
                "secrets/master.key lies on this disk as it is: who copies it with the keyring "
                "opens every key of this node. `ayni keys wrap` puts it under a passphrase, a key "
                "file or a token"
            ),
        )
    if not plain.is_file() and not wrapped.is_file():
        yield _error(
            "master_key",
            _(
                "secrets/master.key is missing: nothing of a person can be read. Restore the "
                "keyring's backup; do not make a new one"
            ),
        )


def _disk(node: Node) -> Findings:
    disk = shutil.disk_usage(node.home)
    if disk.free / disk.total < LITTLE_DISK:
        yield _warning(
            "disk",
            _(
                "the disk that holds AYNI_HOME has %(free)s MB left (%(part)s %%): on a full disk "
                "no notice of a person in danger can be kept. Older copies of the database, and "
                "logs, may be removed; nothing else of AYNI_HOME"
            )
            % {"free": disk.free // 1024 // 1024, "part": disk.free * 100 // disk.total},
        )


def _kernel_clock(node: Node) -> Findings:
    # struct timex is at most 208 bytes; all zero: nothing is changed, the state is asked.
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    if state == _TIME_ERROR:
        yield _warning(
            "clock_unsynchronised",
            _(
                "the clock of this machine is not synchronised: set up chrony or "
                "systemd-timesyncd. Periods that laws set are counted with it"
            ),
        )


def _is_private(host: str) -> bool:
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return number.is_private and not number.is_unspecified


def _host(node: Node) -> Findings:
    from ayni.config.demonstration import is_local

    host = os.environ.get("AYNI_HOST", "").strip()
    if not host or is_local(host):
        yield _warning(
            "host",
            _(
                "AYNI_HOST is a localhost name: nobody else reaches this node. Set the name that "
                "officers and other nodes use"
            ),
        )
    elif ":" in host or "/" in host or host.replace(".", "").isdigit() or host != host.lower():
        yield _error(
            "host_name",
            _("AYNI_HOST is %(host)s; it must be a host name alone, in small letters")
            % {"host": host},
        )
    if web.tls():
        return
    for each in web.listening():
        if not _is_private(each.host):
            yield _warning(
                "clear_text",
                _(
                    "the web process listens at %(place)s without TLS: whoever is in between reads "
                    "along. Set AYNI_TLS_CERTIFICATE and AYNI_TLS_KEY, or listen at 127.0.0.1 or a "
                    "private address, behind what ends TLS"
                )
                % {"place": each.place},
            )


def _doors(node: Node) -> Findings:
    served = {door for each in web.listening() for door in each.doors}
    if missing := [door for door in web.BINDINGS if door not in served]:
        yield _warning(
            "doors",
            _("no address serves these doors: %(doors)s (AYNI_BIND_PUBLIC, …_OFFICERS, …_NODES)")
            % {"doors": ", ".join(missing)},
        )


def _mail(node: Node) -> Findings:
    if not os.environ.get("AYNI_SMTP_HOST", "").strip():
        yield _warning(
            "mail",
            _(
                "no mail server is set (AYNI_SMTP_HOST): reminders and new passwords stay in files "
                "that nobody reads"
            ),
        )


# ---- what the database and the settings know


def _server(node: Node, now: datetime) -> Findings:
    for sentence in home.warnings_of_the_server():
        yield _warning("server_log", sentence)


def _database_clock(node: Node, now: datetime) -> Findings:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        off = abs((cursor.fetchone()[0] - clock.now()).total_seconds())
    if off < CLOCK_OFF:
        return
    sentence = _(
        "the clock of this machine and that of the database are %(seconds)s seconds apart: set up "
        "time synchronisation on both"
    ) % {"seconds": round(off)}
    yield (_error if off >= CLOCK_WRONG else _warning)("clock_database", sentence)


def _peers_clock(node: Node, now: datetime) -> Findings:
    """One other node with another time may be wrong itself; where most say the same, we are. It is
    what they said when they were last heard: a node whose clock was set right since, or that was
    restored, hears it only once it runs. So it stops no start.
    """
    from ayni.exchange import api as exchange

    peers = [peer for peer in exchange.neighbours() if peer.last_contact is not None]
    ahead = [peer.node for peer in peers if (peer.skew_seconds or 0) > PEERS_OFF]
    behind = [peer.node for peer in peers if (peer.skew_seconds or 0) < -PEERS_OFF]
    for nodes in (ahead, behind):
        if len(nodes) > 1 and len(nodes) * 2 > len(peers):
            yield _warning(
                "clock_peers",
                _(
                    "the clock of this machine is off: %(nodes)s have another time, all in the "
                    "same direction. Set up time synchronisation"
                )
                % {"nodes": ", ".join(nodes)},
            )
        elif nodes:
            yield _warning(
                "clock_peer",
                _(
                    "%(nodes)s has another time than this machine: look whether time "
                    "synchronisation works here; if it does, tell its administrator"
                )
                % {"nodes": ", ".join(nodes)},
            )


def _backups(node: Node, now: datetime) -> Findings:
    for sentence in backup.warnings(node, now):
        yield _warning("backup", sentence)
    to = (backup.TO, backup.KEYRING_TO)
    if missing := [name for name in to if not os.environ.get(name, "").strip()]:
        yield _warning(
            "backup_settings",
            _("backups have no place: set %(names)s (docs/how-to/back-up-and-restore.md)")
            % {"names": ", ".join(missing)},
        )


def _people(node: Node, now: datetime) -> Findings:
    from ayni.members import api as members
    from ayni.members.api import Role

    active = [officer for officer in members.officers() if officer.is_active]
    administrators = sum(officer.role == Role.NODE_ADMINISTRATOR for officer in active)
    if administrators < 2:
        yield _warning(
            "administrators",
            _(
                "administrators of this node: %(count)s; it needs two, so that one can be ill "
                "(`ayni user add --role node_administrator`)"
            )
            % {"count": administrators},
        )
    protected = {o.institution_id for o in active if o.role == Role.DATA_PROTECTION_OFFICER}
    without = {
        officer.institution.code
        for officer in active
        if officer.institution is not None
        and members.Permission.CASE_READ in members.ROLE_PERMISSIONS[Role(officer.role)]
        and officer.institution_id not in protected
    }
    if without:
        yield _warning(
            "data_protection",
            _(
                "nobody looks after data protection in %(places)s: nobody there reads who opened "
                "which case (`ayni user add --role data_protection_officer`)"
            )
            % {"places": ", ".join(sorted(without))},
        )


def _lines(node: Node, now: datetime) -> Findings:
    from ayni.help import api as help_pages
    from ayni.members import api as members

    if node.code == members.SECRETARIAT:
        return
    kinds = {line.kind for line in help_pages.lines_in(node.code, today=now.date())}
    if "emergency" not in kinds:
        yield _warning(
            "emergency_number",
            _(
                "the public help page shows no emergency number of %(state)s: none is verified "
                "now. Have the focal point call it, and write the dates into "
                "ayni/help/data/lines.yaml"
            )
            % {"state": node.code},
        )


def _ministry(node: Node, now: datetime) -> Findings:
    from django.conf import settings

    from ayni.config import ministry_provider

    if settings.AYNI_MINISTRY is None:
        return
    try:
        ministry_provider.discover(settings.AYNI_MINISTRY)
    except (ministry_provider.NotReached, ministry_provider.NotUnderstood) as refusal:
        yield _warning(
            "ministry",
            _(
                "the description of the ministry's sign-on cannot be read (%(why)s): officers sign "
                "in with their password until it can. Compare AYNI_OIDC_ISSUER, the network and "
                "the certificate (docs/how-to/ministry-sign-on.md)"
            )
            % {"why": refusal.params["why"]},
        )


_WITHOUT_DATABASE: tuple[Callable[[Node], Findings], ...] = (
    _folder, _disk, _kernel_clock, _host, _doors, _mail,
)  # fmt: skip
_WITH_DATABASE: tuple[Callable[[Node, datetime], Findings], ...] = (
    _server, _database_clock, _peers_clock, _backups, _people, _lines, _ministry,
)  # fmt: skip


def _embedded(host: str) -> Findings:
    from ayni.config.demonstration import is_local

    if host and not is_local(host):
        yield _warning(
            "embedded_postgresql",
            _(
                "this node has a real name and its own small PostgreSQL: well for a trial and a "
                "small post. A ministry's node needs one that is looked after "
                "(docs/reference/settings.md)"
            ),
        )


def before(node: Node) -> list[Finding]:
    """What is wrong, as far as it is seen without the database."""
    return [finding for question in _WITHOUT_DATABASE for finding in question(node)]


def within(node: Node, *, embedded: bool, now: datetime) -> list[Finding]:
    """What is wrong as the database and the settings say; inside `home.ready`."""
    found = list(_embedded(os.environ.get("AYNI_HOST", "").strip())) if embedded else []
    return found + [finding for question in _WITH_DATABASE for finding in question(node, now)]


def everything(node: Node) -> tuple[list[Finding], bool | None]:
    """All that is wrong with a node, and whether its PostgreSQL is its own (None: not known)."""
    found = before(node)
    if any(finding.code == "folder" for finding in found):
        return found, None
    try:
        with home.ready(node) as server, terminal.speaking():
            check_data()
            return found + within(node, embedded=server is not None, now=clock.now()), (
                server is not None
            )
    except AyniError as refusal:
        return [*found, _error(refusal.code, home.in_words(refusal))], None


def check_data() -> None:
    """Raise `Misconfigured` if what is kept does not belong to this kind of node."""
    from django.conf import settings

    from ayni.config import demonstration

    demonstration.check_data(demo=settings.AYNI_DEMO)


def at_start(node: Node, *, embedded: bool) -> None:
    """Say the warnings of a real node. Raises `Misconfigured` with all errors; inside
    `home.ready`."""
    from django.conf import settings

    from ayni.config.demonstration import is_local

    found = before(node) + within(node, embedded=embedded, now=clock.now())
    errors = [finding.sentence for finding in found if finding.level is Level.ERROR]
    if errors:
        raise Misconfigured("; ".join(errors))
    if not is_local(settings.AYNI_HOST):
        for finding in found:
            say(_("warning: %(sentence)s") % {"sentence": finding.sentence})


def main(arguments: Sequence[str]) -> int:
    """Exit code of `ayni node check`: 1 if the node may not start, else 0."""
    parser = argparse.ArgumentParser(prog="ayni node check")
    parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))
    parser.add_argument(
        "--strict", action="store_true", help=_("a warning makes the exit code 1 as well")
    )
    options = parser.parse_args(list(arguments))
    node = home.existing()
    found, embedded = everything(node)
    errors = [finding for finding in found if finding.level is Level.ERROR]
    warnings = [finding for finding in found if finding.level is Level.WARNING]
    if options.json:
        answer = {
            "node": node.code,
            "embedded_postgresql": embedded,
            "ok": not errors,
            "errors": [_told(finding) for finding in errors],
            "warnings": [_told(finding) for finding in warnings],
        }
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        _say(node, errors, warnings)
    return 1 if errors or (options.strict and warnings) else 0


def _told(finding: Finding) -> dict[str, str]:
    return {key: str(value) for key, value in asdict(finding).items() if key != "level"}


def _say(node: Node, errors: list[Finding], warnings: list[Finding]) -> None:
    for finding in errors:
        say(_("error: %(sentence)s") % {"sentence": finding.sentence})
    for finding in warnings:
        say(_("warning: %(sentence)s") % {"sentence": finding.sentence})
    if errors:
        say(_("node %(code)s may not start") % {"code": node.code})
    else:
        say(_("node %(code)s may start; warnings: %(count)s")
            % {"code": node.code, "count": len(warnings)})  # fmt: skip
