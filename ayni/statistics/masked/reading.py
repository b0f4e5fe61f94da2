"""Which sums over states were declared and how they stand, worked out from what all have published.

Every version that was ever declared is a round of its own, so that what was given to an earlier
one is never forgotten (`rounds.check_may_declare`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.masked import rounds
from ayni.statistics.masked.errors import UnknownRound
from ayni.statistics.masked.kinds import ANSWER, OUTCOME, ROUND, SHARE, UNSENT, Outcome
from ayni.statistics.masked.progress import Ended, Move, ended, move_of
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
    said_at: datetime  # when the last word about it was published
    outcome: Outcome | None = None  # what the secretariat says came of it
    wrong: tuple[str, ...] = ()  # whose part was not what was announced, as it says

    @property
    def table(self) -> SumTable:
        """What is added. Raises `UnknownTable`."""
        return sum_table(self.round.declared.table)

    def standing(self, now: datetime) -> Standing:
        """How it stands; what was taken back or contradicts itself has ended."""
        found = rounds.standing(self.round, now=now)
        return found if self.stands or found is Standing.GIVEN else Standing.ENDED

    def ended(self, now: datetime) -> Ended | None:
        """Why it ended without a sum; None: it did not."""
        return ended(self.round, stands=self.stands, now=now)

    def move(self, state: str, now: datetime) -> Move | None:
        """What a state is to do now."""
        return move_of(self.round, state=state, now=now) if self.stands else None


def known_rounds() -> list[Known]:
    """Every round that was ever declared, the last one first."""
    said = _Said()
    said.hear()
    found = []
    lines = gazette.histories(kind=ROUND, owners=[members.SECRETARIAT])
    for (_owner, key), versions in lines.items():
        for place, each in enumerate(versions):
            if each.said.withdrawn or each.problem:
                continue
            digest = each.digest
            round_ = Round(
                _declared(each),
                said.takes_part[digest],
                said.announced[digest],
                frozenset(said.withdrew[digest]),
                said.reasons[digest],
                # Who has announced nothing has nothing that could not leave.
                {s: of for s, of in said.unsent[digest].items() if s in said.announced[digest]},
            )
            outcome, wrong = said.outcomes.get(digest, (None, ()))
            last = max([each.said.at, versions[0].said.at, *said.moments[digest]])
            stands = place == 0 and each.counts
            found.append(
                Known(
                    key, digest, each.said.version, stands, each.said.at, round_, last,
                    outcome, wrong,
                )
            )  # fmt: skip
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


@dataclass(slots=True)
class _Said:
    """What was said about rounds, by digest."""

    takes_part: dict[str, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    reasons: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    announced: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    withdrew: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unsent: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=lambda: defaultdict(dict))
    outcomes: dict[str, tuple[Outcome, tuple[str, ...]]] = field(default_factory=dict)
    moments: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def hear(self) -> None:
        """Read all of it."""
        self._answers()
        self._shares()
        self._unsent()
        self._outcomes()

    def _answers(self) -> None:
        for each in gazette.current(kind=ANSWER):
            key, owner, body = each.said.key, each.said.owner, each.said.body
            # What contradicts itself, or was taken back, is not a yes.
            counts = each.counts and not each.said.withdrawn
            self.takes_part[key][owner] = bool(counts and body["takes_part"])
            if counts and "reason" in body:
                self.reasons[key][owner] = body["reason"]
            self.moments[key].append(each.said.at)

    def _shares(self) -> None:
        lines = gazette.histories(kind=SHARE, owners=sorted(members.states()))
        for (owner, key), versions in lines.items():
            said = [each for each in versions if not each.said.withdrawn and not each.problem]
            if said:
                # The first that was announced: what came later cannot take its place. Of two bodies
                # under that number neither can be added, and yet something was given.
                first = said[-1]
                twice = first.said.version in first.line.doubled
                self.announced[key][owner] = "" if twice else first.said.body["commitment"]
            if versions[0].said.withdrawn:
                self.withdrew[key].add(owner)
            self.moments[key].append(versions[0].said.at)

    def _unsent(self) -> None:
        for each in gazette.current(kind=UNSENT):
            key, owner = each.said.key, each.said.owner
            if each.counts and not each.said.withdrawn:
                self.unsent[key][owner] = tuple(sorted(each.said.body["states"]))
                self.moments[key].append(each.said.at)

    def _outcomes(self) -> None:
        for each in gazette.current(kind=OUTCOME):
            if each.counts and not each.said.withdrawn:
                body = each.said.body
                self.outcomes[each.said.key] = (
                    Outcome(body["outcome"]), tuple(sorted(body["states"])),
                )  # fmt: skip
                self.moments[each.said.key].append(each.said.at)
