"""Releases as the statistics office sees them: before they are published too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.masked import adding
from ayni.statistics.masked.reading import Known, known_rounds
from ayni.statistics.privacy.ledger import Charge
from ayni.statistics.releasing import budget, kept, populations
from ayni.statistics.releasing.aside import Aside
from ayni.statistics.releasing.content import Content
from ayni.statistics.releasing.declared import Declared
from ayni.statistics.releasing.errors import UnknownRelease
from ayni.statistics.releasing.populations import Population
from ayni.statistics.releasing.states import Act, State
from ayni.statistics.releasing.tables import Release, ReleaseReview, ReleaseTask
from ayni.statistics.sources import tallies
from ayni.vault import api as vault


@dataclass(frozen=True, slots=True)
class Review:
    """What a second person decided, and why."""

    by: UUID
    at: datetime
    decision: str
    reasons: str


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A release with all that is known of it. `content` is None where nothing can be published;
    `verdict` is `Verdict.description()`, None before the machine has looked; `raw`: the bytes;
    `aside`: what stands under "other" or was left out; `counts_mark`: of what it is made of,
    while that is kept; `charge`: what it cost, None before; `beside`: what was published before of
    the same persons when it was checked; `tasks`: by kind, the last that was asked for."""

    release: Release
    declared: Declared
    content: Content | None
    raw: bytes
    verdict: Mapping[str, Any] | None
    reviews: tuple[Review, ...]
    aside: Aside
    counts_mark: str
    charge: Charge | None
    beside: tuple[Release, ...]
    tasks: Mapping[str, ReleaseTask]


# What a second person has to do with a release that stands so.
WAITS_FOR: Mapping[State, Act] = {State.CHECKED: Act.ACCEPT, State.ACCEPTED: Act.SIGN}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A release, and what the reader has to do with it: decide (`ACCEPT`), or `SIGN`."""

    release: Release
    act: Act


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be proposed: a population, with the holders of its tallies, or the sum it is."""

    population: Population
    source: str
    holders: tuple[str, ...] = ()
    digest: str = ""


def _check_reads(by: Actor) -> None:
    if not members.may(by, Permission.RELEASE_REVIEW):
        members.check_may(by, Permission.RELEASE_PROPOSE)


def releases(*, by: Actor) -> list[Release]:
    """Every release of this node, the last proposed first. Raises `NotAllowed`."""
    _check_reads(by)
    return list(Release.objects.order_by("-proposed_at", "id"))


def open_release(*, by: Actor, release_id: UUID) -> ReleaseFile:
    """One release with what the machine made and found; the opening is recorded. Raises
    `NotAllowed`, `UnknownRelease`."""
    _check_reads(by)
    row = Release.objects.filter(id=release_id).first()
    if row is None:
        raise UnknownRelease
    audit.read(by=by, verb="statistics.open_release", subject=row.id)
    sealer = vault.node_sealer()
    reviews = tuple(
        Review(each.by, each.at, each.decision, str(each.unseal(sealer)["reasons"]))
        for each in ReleaseReview.objects.filter(release=row).order_by("at")
    )
    return ReleaseFile(
        row,
        kept.declared(row),
        kept.content(row.id),
        kept.raw_content(row.id),
        kept.verdict_of(row.id),
        reviews,
        kept.aside_of(row.id),
        kept.counts_mark(row),
        budget.charged_for(row),
        tuple(Release.objects.filter(id__in=row.seen).order_by("published_at", "id")),
        {each.kind: each for each in ReleaseTask.objects.filter(release=row).order_by("asked_at")},
    )


def choices(*, by: Actor) -> list[Choice]:
    """What may be proposed on this node now. Raises `NotAllowed`."""
    members.check_may(by, Permission.RELEASE_PROPOSE)
    found = []
    for each in populations.populations().values():
        if each.source == populations.RECORDS:
            found.append(Choice(each, each.source))
        elif holders := tallies.holders(each.source):
            found.append(Choice(each, each.source, tuple(holders)))
    return found + [
        Choice(populations.of_sum(each), populations.SUM, digest=each.digest)
        for each in _added_sums()
    ]


def _added_sums() -> list[Known]:
    made = adding.added()
    return [each for each in known_rounds() if each.digest in made]


def releases_waiting(*, by: Actor) -> list[Waiting]:
    """Releases that wait for this person to review or to publish them, the longest first: what she
    or he proposed waits for somebody else. Empty for who may do neither."""
    if not members.may(by, Permission.RELEASE_REVIEW):
        return []
    rows = Release.objects.filter(state__in=WAITS_FOR).exclude(proposed_by=by.id)
    return [Waiting(row, WAITS_FOR[State(row.state)]) for row in rows.order_by("proposed_at", "id")]
