"""Print docs/reference/commands.md: every command of `ayni`; of those of the rooms every option."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from permissions_table import begin

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Commands

Generated from `ayni/node/helping.py` and the commands of the rooms by
`python tools/check_documents.py --write`; `make check` fails when it is stale.

`.venv/bin/ayni` in the folder of the program; `AYNI_NODE` and `AYNI_HOME` say which node
([settings.md](settings.md)). It speaks the language of the terminal (`LANG`): Spanish, Portuguese
or English. Answers go to standard output and progress to standard error; the exit code is 0 when
all went well, 1 when something was refused, 2 when the command was not understood. With `--json`
the answer is one JSON document.

## All commands

| command | what it does |
|---|---|
"""
ROOMS = """
## Commands of the rooms, with their options

Every one of them has `--help`. `protocol`, `evidence verify`, `disclosure audit` and `disclosure
release` need no node; `legal_basis` and `common_ground` read the register that is shipped where
there is none. All others need a node that is made.
"""
# What Django gives to each command.
_DJANGO = frozenset({
    "help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color",
    "force_color", "skip_checks",
})  # fmt: skip


def document() -> str:
    """The whole document."""
    from ayni.node import helping

    rows = [row for block in helping.rows() for row in block]
    lines = [HEAD + "\n".join(f"| `{_cell(name)}` | {_cell(told)} |" for name, told in rows), ROOMS]
    for file in sorted(ROOT.glob("ayni/*/management/commands/*.py"), key=lambda each: each.stem):
        if not file.stem.startswith("_"):
            lines += _of_a_room(file)
    return "\n".join(lines) + "\n"


def _of_a_room(file: Path) -> Iterator[str]:
    from django.core.management import load_command_class

    room = file.parents[2].name
    command = load_command_class(f"ayni.{room}", file.stem)
    parser = command.create_parser("ayni", file.stem)
    yield f"### `ayni {file.stem}`\n"
    yield f"{_plain(command.help)} Room: [{room}](../../ayni/{room}/README.md).\n"
    yield from _options(parser)


def _options(parser: argparse.ArgumentParser, under: str = "") -> Iterator[str]:
    inner = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    own = [each for each in parser._actions if each.dest not in _DJANGO and each not in inner]
    if own:
        if under:
            yield f"`{under}`\n"
        yield "| option | |"
        yield "|---|---|"
        yield from (f"| {_called(each)} | {_told(each, parser)} |" for each in own)
        yield ""
    for each in inner:
        for name, found in each.choices.items():
            yield from _options(found, f"{under or parser.prog} {name}")


def _called(action: argparse.Action) -> str:
    """An option with what is written after it, or the name of what is given by its place."""
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    wanted = metavar or ("|".join(map(str, action.choices)) if action.choices else "")
    if not action.option_strings:
        return f"`{_cell(wanted or action.dest.upper())}`"
    value = "" if action.nargs == 0 else f" {wanted or action.dest.upper()}"
    return f"`{_cell(action.option_strings[-1] + value)}`"


def _told(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    told = (action.help or "") % {**vars(action), "prog": parser.prog}
    needed = "required" if action.required and action.option_strings else ""
    return _plain("; ".join(filter(None, (needed, told))))


def _plain(text: str) -> str:
    return _cell(" ".join(text.split()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        os.environ.pop(name, None)  # the document is in English, wherever it is made
    begin()
    from django.utils import translation

    with translation.override("en"):
        sys.stdout.write(document())
