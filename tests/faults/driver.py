"""One node's officers, as a process beside the node: `python -m tests.faults.driver`.

Requests come on standard input, one JSON object a line, and are answered in order; between them, if
told to, the officers work. It is a client of the node's database only: it starts and stops nothing
of the node, and goes on when the database was killed under it.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from typing import Any

from ayni.node import home


def _listen(asked: queue.Queue[dict[str, Any] | None]) -> None:
    for line in sys.stdin:
        asked.put(json.loads(line))
    asked.put(None)


def main() -> None:
    """Answer and work until standard input ends."""
    asked: queue.Queue[dict[str, Any] | None] = queue.Queue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    with home.ready(home.resolve()):
        from tests.faults.office import Office

        office = Office()
        _answer({"ok": True})
        while True:
            try:
                request = asked.get(timeout=office.pause) if office.working else asked.get()
            except queue.Empty:
                office.work()
                continue
            if request is None:
                return
            _answer(_answered(office, request))


def _answered(office: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What the office answers; asked again for a while when the database is down."""
    from django.db import Error
    from procrastinate.exceptions import ConnectorException

    from ayni.lib.errors import AyniError
    from tests.faults.office import is_deadlock

    until = time.monotonic() + float(request.pop("patience", 120))
    name = request.pop("do")
    while True:
        try:
            return {"ok": True, "answer": getattr(office, f"do_{name}")(**request)}
        except AyniError as refusal:
            return {"ok": False, "why": f"{name}: {type(refusal).__name__}: {refusal}"}
        except (Error, ConnectorException) as wrong:
            if is_deadlock(wrong):  # the books count it; here it has a name
                sys.stderr.write(f"{name}: two transactions waited for each other\n")
            office.reconnect()
            if time.monotonic() > until:
                return {"ok": False, "why": f"{name}: {type(wrong).__name__}"}
            time.sleep(0.3)


def _answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
