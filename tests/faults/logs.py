"""What the nodes' logs tell: errors of the software, where machines were to fail. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

# What a database, a keyring or a line that went away raises.
OF_A_MACHINE = frozenset(
    {
        "AdminShutdown", "BrokenPipeError", "ConnectionRefusedError", "ConnectionResetError",
        "ConnectorException", "DiskFull", "InterfaceError", "KeyringUnavailable",
        "OperationalError", "PoolTimeout", "TimeoutError",
    }
)  # fmt: skip


def errors(lines: Iterable[str]) -> list[str]:
    """Errors of other classes: class, logger and place of each. Lines that are no JSON are those of
    the programmes around the node, and cut ones of a process that was killed while it wrote."""
    found = []
    for line in lines:
        try:
            told = json.loads(line) if line.startswith("{") else {}
        except ValueError:
            continue
        name = str(told.get("error", ""))
        if name and name not in OF_A_MACHINE:
            named = " ".join(filter(None, [name, told.get("sqlstate", "")]))
            found.append(f"{named} ({told.get('logger')}): {told.get('where', '')}")
    return found


def telling(lines: Iterable[str]) -> list[str]:
    """The lines without what was only served, and without what went well."""
    found = []
    for line in lines:
        try:
            told = json.loads(line) if line.startswith("{") else {}
        except ValueError:
            told = {}
        if told.get("level") not in {"debug", "info"}:
            found.append(line)
    return found
