"""What the service manager of a machine does with a node (`packaging/systemd/ayni.service`). Pure.

A supervisor that gave up while it started, as its database was killed under it, is started again
after some seconds. One that had begun to serve never ends by itself, whatever dies beside it: that
is a fault of the software, and the run fails. So is a node that does not come up three times.
"""

from __future__ import annotations

from tests.faults.failed import Failed

RESTART_AFTER = 5.0  # seconds: RestartSec of the unit
IN_A_ROW = 3


class Manager:
    """Of one node. `told`: why it was started again, one line each."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._in_a_row = 0
        self._dead = 0  # the process that has ended
        self._at = 0.0  # when the next one is started

    def serves(self) -> None:
        """The node answers: what was before is forgotten."""
        self._in_a_row = 0

    def ended(self, process: int, *, code: int, served: bool, now: float, why: str) -> bool:
        """Whether a supervisor that has ended with this code is started again now. `served`: it
        had come through its start; `now`: monotonic seconds; `why`: what it said last. Raises
        `Failed`."""
        if process != self._dead:
            if served:
                raise Failed(f"`ayni run` ended by itself with {code} while it served: {why}")
            if code == 0:
                raise Failed(f"`ayni run` ended with 0 and nobody told it to: {why}")
            self._in_a_row += 1
            if self._in_a_row > IN_A_ROW:
                raise Failed(f"`ayni run` ended {self._in_a_row} times in its start: {why}")
            self._dead, self._at = process, now + RESTART_AFTER
            self.told.append(f"`ayni run` ended in its start with {code}: {why}")
        return now >= self._at
