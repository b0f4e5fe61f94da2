"""The `ayni` command.

Its own subcommands make and run a node and the demonstration; everything else is a management
command of a room. A subcommand that is given an empty AYNI_HOME makes the node first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ayni.lib.errors import Misconfigured
from ayni.node import home as homes
from ayni.node import run as running

_OWN = ("run", "node")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit code. Errors of set-up are one sentence and exit code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] and given[0] in _OWN:
            return _own(given)
        return _managed(given)
    except Misconfigured as problem:
        homes.say(f"{problem}")
        return 2


def _own(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="ayni")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="database, web process and worker of this node")
    run.add_argument("--port", type=int, default=8000)
    node = commands.add_parser("node", help="make this node")
    node.add_argument("verb", choices=["init"])
    options = parser.parse_args(given)
    if options.command == "run":
        return running.run(port=options.port)
    return _init()


def _init() -> int:
    home = homes.node_home()
    is_new = homes.prepare_secrets(home)
    with homes.database(home):
        homes.start_django(migrate=True)
    homes.say("the node is made" if is_new else "the node was made already; tables are up to date")
    return 0


def _managed(given: list[str]) -> int:
    """A management command of a room, on this node's database."""
    home = homes.node_home()
    is_new = homes.prepare_secrets(home)
    with homes.database(home):
        homes.start_django(migrate=is_new or not (home / "postgresql").exists())
        from django.core.management import execute_from_command_line

        execute_from_command_line(["ayni", *given])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
