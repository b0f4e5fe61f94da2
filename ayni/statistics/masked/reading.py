"""Which sums over states were declared and how they stand, worked out from what all have published.

Every version that was ever declared is a round of its own, so that what was given to an earlier
one is never forgotten (`rounds.check_may_declare`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.masked import rounds
from ayni.statistics.masked.errors import UnknownRound
from ayni.statistics.masked.kinds import ANSWER, ROUND, SHARE
from ayni.statistics.masked.rounds import Declared, Round, Standing
from ayni.statistics.masked.tables import SumTable, sum_table
from ayni.statistics.models import SumGiven


@dataclass(frozen=True, slots=True)
class Known:
    """A round as it is held here. `key` is the secretariat's; `stands`: it is the latest version
    under that key, nothing is against it, and it was not taken back."""

    key: str
    digest: str
    version: int
    stands: bool
    declared_at: datetime
    round: Round

    @property
    def table(self) -> SumTable:
        """What is added. Raises `UnknownTable`."""
        return sum_table(self.round.declared.table)

    def standing(self, now: datetime) -> Standing:
        """How it stands; what was taken back or contradicts itself has ended."""
        found = rounds.standing(self.round, now=now)
        return found if self.stands or found is Standing.GIVEN else Standing.ENDED


def known_rounds() -> list[Known]:
    """Every round that was ever declared, the last one first."""
    takes_part, announced, withdrew = _answers(), *_shares()
    found = []
    lines = gazette.histories(kind=ROUND, owners=[members.SECRETARIAT])
    for (_owner, key), versions in lines.items():
        for place, each in enumerate(versions):
            if each.said.withdrawn or each.problem:
                continue
            round_ = Round(
                _declared(each),
                takes_part[each.digest],
                announced[each.digest],
                frozenset(withdrew[each.digest]),
            )
            stands = place == 0 and each.counts
            found.append(Known(key, each.digest, each.said.version, stands, each.said.at, round_))
    return sorted(found, key=lambda each: (each.declared_at, each.digest), reverse=True)


def known_round(digest: str) -> Known:
    """One of them. Raises `UnknownRound`."""
    for each in known_rounds():
        if each.digest == digest:
            return each
    raise UnknownRound(round=digest)


def others(known: Known) -> list[Round]:
    """All other rounds, which decide whether this one would tell of a single state. Those to which
    this node has given count as complete where what was declared of them is not to be had now."""
    there = {each.digest: each.round for each in known_rounds()}
    for row in SumGiven.objects.exclude(round__in=there):
        states = tuple(row.states)
        there[row.round] = Round(
            Declared(
                digest=bytes.fromhex(row.round),
                population=row.population,
                table=row.table,
                first=row.first,
                last=row.last,
                states=states,
                answer_due=row.given_at,
                share_due=row.given_at,
            ),
            announced=dict.fromkeys(states, ""),
        )
    return [round_ for digest, round_ in there.items() if digest != known.digest]


def _declared(each: Published) -> Declared:
    body = each.said.body
    return Declared(
        digest=bytes.fromhex(each.digest),
        population=sum_table(body["table"]).population,
        table=body["table"],
        first=date.fromisoformat(body["first"]),
        last=date.fromisoformat(body["last"]),
        states=tuple(sorted(body["states"])),
        answer_due=clock.parse(body["answer_due"]),
        share_due=clock.parse(body["share_due"]),
    )


def _answers() -> Mapping[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for each in gazette.current(kind=ANSWER):
        # What contradicts itself, or was taken back, is not a yes.
        says = each.counts and not each.said.withdrawn and each.said.body["takes_part"]
        found[each.said.key][each.said.owner] = bool(says)
    return found


def _shares() -> tuple[Mapping[str, dict[str, str]], Mapping[str, set[str]]]:
    announced: dict[str, dict[str, str]] = defaultdict(dict)
    withdrew: dict[str, set[str]] = defaultdict(set)
    lines = gazette.histories(kind=SHARE, owners=sorted(members.states()))
    for (owner, key), versions in lines.items():
        said = [each for each in versions if not each.said.withdrawn and not each.problem]
        if said:
            # The first that was announced: what came later cannot take its place. Of two bodies
            # under that number neither can be added, and yet something was given.
            first = said[-1]
            twice = first.said.version in first.line.doubled
            announced[key][owner] = "" if twice else first.said.body["commitment"]
        if versions[0].said.withdrawn:
            withdrew[key].add(owner)
    return announced, withdrew
