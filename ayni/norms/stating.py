"""What states say of themselves: published by a focal point, read by every node beside the
register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.norms import article_kind, finding_kind, load
from ayni.norms.articles import stated_articles
from ayni.norms.findings import stated_laws
from ayni.norms.joined import joined, reviewed, with_articles, with_laws
from ayni.norms.latest_reviews import no_longer
from ayni.norms.model import Evidence, Force, Framework, Mark, Stated
from ayni.norms.standing_kind import NAME


@dataclass(frozen=True, slots=True)
class Statement:
    """What a focal point has verified: `force` for this node's own state from the day `on`;
    `seen_in_force`: on that day it was seen applied, and the day of entry is not known; where it
    was read, and how it is known (`V` or `2`)."""

    force: Force
    on: date
    seen_in_force: bool
    source: str
    mark: Mark


def state_standing(*, by: Actor, instrument: str, statement: Statement, seen: int) -> Published:
    """Say for this node's own state how an instrument stands for it, to all members.

    `seen`: number of the statement that stood when the author wrote, 0 for none. Raises
    `NotAllowed`, `UnknownInstrument` and what the kind's `check` raises, `gazette.StaleEntry` with
    what stands now, `gazette.NoKeys`, `gazette.NotComparedYet`, `gazette.NotItsOwner` on the
    secretariat's node.
    """
    members.check_may(by, Permission.NORMS_VERIFY)
    key = _key(instrument)
    with audit.act(by=by, verb="norms.state_standing", subject=key):
        own = own_statement(instrument)
        if own is not None and own.said.key != key:  # said before the instrument got its new id
            if own.said.version != seen:
                raise gazette.StaleEntry(own)
            _take_back_all(by, instrument)
            latest = gazette.one(owner=members.this_node(), kind=NAME, key=key)
            seen = 0 if latest is None else latest.said.version
        return gazette.publish(
            by=by,
            kind=NAME,
            key=key,
            body={
                "force": statement.force.value,
                "mark": statement.mark.value,
                "seen": statement.seen_in_force and statement.force is Force.IN_FORCE,
                "source": statement.source.strip(),
            },
            valid_from=statement.on,
            seen=seen,
        )


def take_back_standing(*, by: Actor, instrument: str, seen: int) -> Published:
    """Take back what this node said of an instrument, under its present id and former ones: the
    register alone holds again. Raises as `state_standing`, and `gazette.NothingToWithdraw`."""
    members.check_may(by, Permission.NORMS_VERIFY)
    key = _key(instrument)
    with audit.act(by=by, verb="norms.take_back_standing", subject=key):
        own = own_statement(instrument)
        stands = key if own is None else own.said.key
        taken = gazette.withdraw(by=by, kind=NAME, key=stands, seen=seen)
        _take_back_all(by, instrument)
        return taken


def _take_back_all(by: Actor, instrument: str) -> None:
    """Take back whatever of it stands under any id: of two the older would else hold again."""
    for each in _own_lines(instrument):
        if not each.said.withdrawn:
            said = each.said
            gazette.withdraw(by=by, kind=NAME, key=said.key, seen=said.version)


def _key(instrument: str) -> str:
    """The id under which the instrument stands now."""
    seed = load.framework()
    return seed.former.get(instrument, instrument)


def may_state(*, by: Actor) -> bool:
    """Whether this officer may say how an instrument stands: for the own state, on its own node."""
    here = members.this_node()
    return here != members.SECRETARIAT and members.may(by, Permission.NORMS_VERIFY)


def statements(instrument: str) -> list[Published]:
    """What states say of one instrument, the highest version of each, whether or not it counts; by
    state. One that was taken back is left out."""
    key = _key(instrument)
    return [each for each in _standing() if _key(each.said.key) == key]


def all_statements() -> dict[tuple[str, str], Published]:
    """What states say of all instruments, by the present id of the instrument and the code of the
    state; of what one says under several ids, what stands under the present one."""
    seed = load.framework()
    found = sorted(_standing(), key=lambda each: each.said.key not in seed.former)
    return {(_key(each.said.key), each.said.owner): each for each in found}


def _standing() -> list[Published]:
    """Statements of states that were not taken back; of two under one number that can be both."""
    return [
        each
        for each in gazette.current(kind=NAME)
        if each.said.owner in members.states() and (each.line.contested or not each.said.withdrawn)
    ]


def own_statement(instrument: str) -> Published | None:
    """What this node's own state says of one instrument, or took back; None if it never said
    anything. What it said under a former id of the instrument, or under a key that it has renewed
    since, it still says; of several what stands under the present id comes first."""
    lines = _own_lines(instrument)
    return next((each for each in lines if not each.said.withdrawn), lines[0] if lines else None)


def _own_lines(instrument: str) -> list[Published]:
    """What this node has said of an instrument under each of its ids, the present one first."""
    key, former = _key(instrument), load.framework().former
    ids = [key, *sorted(each for each, now in former.items() if now == key)]
    here = members.this_node()
    found = (gazette.one(owner=here, kind=NAME, key=each) for each in ids)
    return [each for each in found if each is not None]


def framework() -> Framework:
    """The register that is shipped with what states have verified of themselves, of their own law
    and of instruments, without what the last reviews say no longer holds. Asks the database four
    times whether anything was published since: a statement, one about a law, one about an article,
    a review."""
    laws, articles = gazette.mark(kind=finding_kind.NAME), gazette.mark(kind=article_kind.NAME)
    return _joined(gazette.mark(kind=NAME), laws, articles, tuple(sorted(no_longer().items())))


@lru_cache(maxsize=2)
def _joined(
    mark: gazette.Mark,
    laws: gazette.Mark,
    articles: gazette.Mark,
    no_longer: tuple[tuple[str, date], ...],
) -> Framework:
    seed = reviewed(load.framework(), dict(no_longer))
    if laws[0]:
        seed = with_laws(seed, stated_laws(), dict(no_longer))
    if mark[0]:
        said = ((each, stated) for each in gazette.current(kind=NAME) if (stated := _stated(each)))
        seed = joined(seed, ((each.said.key, each.said.owner, stated) for each, stated in said))
    return with_articles(seed, stated_articles()) if articles[0] else seed


_CONTESTED = Stated(
    Force.NOT_KNOWN,
    date(1900, 1, 1),
    seen=False,
    evidence=Evidence("two statements of the state that contradict each other", Mark.UNVERIFIED),
    contested=True,
)


def _stated(published: Published) -> Stated | None:
    """What counts of a statement: that it was read in its source, or that two of one number
    contradict each other, whatever they say; None for anything else."""
    said = published.said
    if published.line.contested:
        return _CONTESTED
    if not published.counts or said.withdrawn or said.valid_from is None:
        return None
    evidence = Evidence(said.body["source"], Mark(said.body["mark"]), said.at.date().isoformat())
    if evidence.mark is not Mark.VERIFIED:
        return None
    return Stated(Force(said.body["force"]), said.valid_from, said.body["seen"], evidence)
