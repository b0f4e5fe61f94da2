"""The `ayni` command.

Its own words run a node (`node init`, `run`, `web`, `worker`, `migrate`), copy and restore it
(`backup`, `restore`) and make the demonstration (`demo`, `demo-check`, `demo-reset`); everything
else is a command of a room, given to Django. A word that needs a node finds it made first.
Progress goes to standard error; the exit code is 0 when all went well, 1 when something was
refused, 2 when the command was not understood.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ayni.lib import collecting, terminal
from ayni.lib.errors import AyniError
from ayni.node import (
    accounts,
    awaiting,
    backup,
    checking,
    directories,
    helping,
    home,
    keys,
    making,
    processes,
    restore,
    timekeeping,
    trusting,
    upgrading,
    web,
)
from ayni.node.home import say
from ayni.node.words import gettext as _

# Commands that read files and code only: they need no node, no keys and no database. What a node
# exports is kept in it.
_WITHOUT_NODE = {"protocol", "evidence", "disclosure"}
# Commands that read what the node holds; where there is none, what is shipped.
_EITHER = {"legal_basis", "common_ground"}
SHIPPED = "--shipped"
_WITH_NODE = {("evidence", "export")} | {
    ("disclosure", verb)
    for verb in (
        "propose", "check", "review", "publish", "withdraw", "discard", "rebuild", "list", "ledger",
    )
}  # fmt: skip
_ROOMS = Path(__file__).resolve().parent.parent


def _run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="ayni run")
    parser.add_argument("--port", type=int, help=_("port on 127.0.0.1 (else AYNI_LISTEN)"))
    options = parser.parse_args(list(arguments))
    if options.port is not None:
        os.environ[web.LISTEN] = f"127.0.0.1:{options.port}"
    return _serve(with_worker=True)


def _web(arguments: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="ayni web").parse_args(list(arguments))
    return _serve(with_worker=False)


def _serve(*, with_worker: bool) -> int:
    """Web processes, with or without a worker, until told to stop."""
    until = processes.stopping()
    node = home.resolve()  # the settings in its folder say where to listen
    commands = [(each, web.command(each)) for each in web.listening()]
    web.check_ports_free()
    with home.ready(node, awaiting=partial(awaiting.database, until=until)) as server:
        checking.check_data()
        checking.at_start(node, embedded=server is not None)
        home.close_connections()
        processes.count_in(node.home)
        children = [
            processes.Child(_("web process"), command, environment=web.environment(each))
            for each, command in commands
        ]
        if with_worker:
            children.append(processes.Child(_("worker"), processes.worker_command()))
        for each, _command in commands:
            say(
                _("node %(code)s runs at %(place)s (%(doors)s); Ctrl-C stops it")
                % {"code": node.code, "place": each.place, "doors": ", ".join(each.doors)}
            )
        return processes.supervise(children, server, until)


def _worker(arguments: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="ayni worker").parse_args(list(arguments))
    with home.ready(home.resolve(), awaiting=awaiting.database):
        checking.check_data()
        from django.core.management import call_command

        from ayni.exchange import api as exchange

        set_back, ending = timekeeping.end_when_set_back(), threading.Event()
        collecting.spare_what_is_loaded()
        courier = exchange.Courier(ending).start()
        # SIGTERM and SIGINT let the jobs at hand finish; the supervisor waits ten seconds.
        try:
            call_command(
                "procrastinate", "worker", "--name", f"worker-{os.getpid()}",
                "--concurrency", "4", "--fetch-job-polling-interval", "1",
            )  # fmt: skip
        finally:
            ending.set()
            courier.join()
    return 1 if set_back.is_set() else 0  # whoever supervises it starts it again


def _demo(arguments: Sequence[str]) -> int:
    from ayni.node.demo import platform

    return platform.main(arguments)


def _demo_check(arguments: Sequence[str]) -> int:
    from ayni.node.demo import check

    return check.main(arguments)


def _demo_reset(arguments: Sequence[str]) -> int:
    from ayni.node.demo import platform

    return platform.reset(arguments)


def _demo_node(arguments: Sequence[str]) -> int:
    from ayni.node.demo import member

    return member.main(arguments)


_OWN: dict[str, Callable[[Sequence[str]], int]] = {
    "run": _run,
    "web": _web,
    "worker": _worker,
    "migrate": upgrading.main,
    "user": accounts.user,
    "institution": accounts.institution,
    "trust": trusting.main,
    "directory": directories.main,
    "keys": keys.main,
    "backup": backup.main,
    "restore": restore.main,
    "demo": _demo,
    "demo-check": _demo_check,
    "demo-reset": _demo_reset,
    "demo-node": _demo_node,
}
_NODE: dict[str, Callable[[Sequence[str]], int]] = {
    "init": making.main,
    "check": checking.main,
    "upgrade": upgrading.main,
}


def offered() -> list[str]:
    """The management commands of the rooms, by name.

    Those of Django and of libraries (`shell`, `dbshell`, `dumpdata`, `loaddata` …) are not
    offered: whoever runs a node could read cases with them that no page shows (SECURITY.md).
    """
    files = _ROOMS.glob("*/management/commands/*.py")
    return sorted(file.stem for file in files if not file.stem.startswith("_"))


def _of_a_room(arguments: Sequence[str]) -> int:
    """A management command of a room."""
    from django.core.management import execute_from_command_line

    line = ["ayni", *arguments]
    asks_for_help = {"--help", "-h"} & set(arguments)
    without = arguments[0] in _WITHOUT_NODE and tuple(arguments[:2]) not in _WITH_NODE
    if arguments[0] in _EITHER and (SHIPPED in arguments or not home.is_made()):
        without, line = True, [*line, SHIPPED]
    if asks_for_help or without:
        with home.without_node(), terminal.speaking():
            execute_from_command_line(line)
        return 0
    with home.ready(home.resolve(arguments[0])):
        checking.check_data()
        with terminal.speaking():
            execute_from_command_line(line)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given in (["--help"], ["-h"], ["help"]):
        sys.stdout.write(helping.text())
        return 0 if given else 2
    if given == ["help", "--all"]:
        names = _("Commands of the rooms: %(names)s") % {"names": ", ".join(offered())}
        sys.stdout.write(f"{helping.text()}\n{names}\n")
        return 0
    collecting.seldom()
    try:
        home.use_settings()
        if given[0] == "node":
            if len(given) < 2 or given[1] not in _NODE:
                say(_("say `ayni node init`, `ayni node check` or `ayni node upgrade`"))
                return 2
            return _NODE[given[1]](given[2:])
        if given[0] in _OWN:
            return _OWN[given[0]](given[1:])
        if given[0] not in offered():
            say(
                _("there is no command %(name)s; `ayni help --all` names them") % {"name": given[0]}
            )
            return 2
        return _of_a_room(given)
    except AyniError as refusal:
        say(home.in_words(refusal))
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    raise SystemExit(main())
