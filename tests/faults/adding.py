"""What the officers of sums over states do: the secretariat's officer and statistician, and each
state's statistician. What a state counts is the test's own, at the edge."""

from __future__ import annotations

import base64
import secrets
from datetime import date, timedelta
from typing import Any

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.masked import giving, kinds, masks, sending
from ayni.statistics.masked.tables import sum_table
from tests.faults.officers import Officers

TABLE = "trafficking_sex_age"
LAYOUT = sum_table(TABLE).layout


class Adding(Officers):
    """Sums over states, on one node."""

    def do_declare_sum(self, year: int, states: list[str], seconds: float) -> str:
        """The secretariat declares a sum; so many seconds are left to answer."""
        now = clock.now()
        return statistics.declare_sum(
            by=self._by("secretaria"),
            wanted=statistics.SumWanted(
                TABLE, date(year, 1, 1), date(year, 12, 31), states,
                now + timedelta(seconds=seconds), now + timedelta(days=2),
            ),
        )  # fmt: skip

    def do_take_part(self, digest: str) -> str:
        """This state takes part; empty, or the class of the refusal."""
        try:
            statistics.take_part_in_sum(by=self._by("estadistica"), digest=digest)
        except statistics.SomebodyLeftOut as refusal:
            return type(refusal).__name__
        return ""

    def do_give(self, digest: str, cells: dict[str, int]) -> str:
        """This state gives its part; empty, or the class of the refusal."""
        row = _row(cells)
        try:
            giving.give(by=self._by("estadistica"), digest=digest, row=row, seen=row)
        except (statistics.SeedMissing, statistics.NotAgreed) as refusal:
            return type(refusal).__name__
        return ""

    def do_kept(self, digest: str) -> list[str] | None:
        """Of this state's part that has not left: who has not confirmed; None if it has left. First
        what the worker does every minute is done."""
        sending.send_what_may_leave(by=audit.job("statistics.send_sum_parts"))
        found = statistics.sum_kept(statistics.sum_round(by=self._by("estadistica"), digest=digest))
        return None if found is None else list(found.states)

    def do_add(self) -> int:
        """The secretariat presses the button that adds what is complete."""
        return statistics.add_sums(by=self._by("secretaria"))

    def do_send_share(self, digest: str) -> None:
        """A part that is nothing, sent without being announced, as who lies may do."""
        self._send(digest, secrets.token_bytes(8 * LAYOUT.cells))

    def do_announce(self, digest: str) -> None:
        """A part is announced that this node does not send."""
        said = masks.commitment(
            secrets.token_bytes(8 * LAYOUT.cells), state=self.node,
            round_digest=bytes.fromhex(digest),
        )  # fmt: skip
        gazette.publish(
            by=self._by("estadistica"), kind=kinds.SHARE, key=digest, body={"commitment": said},
            seen=0,
        )  # fmt: skip

    def _send(self, digest: str, share: bytes) -> None:
        exchange.send_to_node(
            by=self._by("estadistica"), node=members.SECRETARIAT, kind=kinds.SHARE_MESSAGE.name,
            payload={"round": digest, "share": base64.b64encode(share).decode()}, must=True,
        )  # fmt: skip

    def do_tell_outcome(self, digest: str) -> None:
        """The secretariat tells all what came of it."""
        statistics.tell_outcome(by=self._by("secretaria"), digest=digest)

    def do_parts(self, digest: str) -> dict[str, str]:
        """Where each part is, as the secretariat sees it."""
        found = statistics.sum_parts(by=self._by("secretaria"), digest=digest)
        return {state: part.value for state, part in found.items()}

    def do_added(self, digest: str) -> dict[str, int] | None:
        """The cells of a sum that are not zero."""
        added = statistics.added_sum(by=self._by("estadistica"), digest=digest)
        if added.cells is None:
            return None
        return {"_".join(place): n for place, n in added.cells.items() if n}

    def do_sum(self, digest: str) -> dict[str, Any]:
        """How a sum stands here; empty where it is not known yet."""
        try:
            known = statistics.sum_round(by=self._by("estadistica"), digest=digest)
        except statistics.UnknownRound:
            return {}
        now = clock.now()
        ended = known.ended(now)
        return {
            "standing": known.standing(now).value,
            "steps": {
                state: statistics.step_of(known.round, state).value
                for state in known.round.declared.states
            },
            "ended": [] if ended is None else [ended.why.value, *ended.states],
            "outcome": "" if known.outcome is None else known.outcome.value,
            "wrong": list(known.wrong),
        }


def _row(cells: dict[str, int]) -> list[int]:
    return LAYOUT.row({tuple(name.split("_")): n for name, n in cells.items()})
