"""What is kept of a release, opened: its inputs, its content, what was released before it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ayni.gazette import api as gazette
from ayni.members import api as members
from ayni.statistics.disclosure.findings import Check, Finding, Mode, without_counts
from ayni.statistics.disclosure.tables import Cell
from ayni.statistics.masked import reading
from ayni.statistics.releasing import joint, populations
from ayni.statistics.releasing.aside import BASE, COARSE, Aside, aside
from ayni.statistics.releasing.aside import aside_of as read_aside
from ayni.statistics.releasing.content import Content, content_of
from ayni.statistics.releasing.declared import Declared, Method, declared_of
from ayni.statistics.releasing.joint import Joint
from ayni.statistics.releasing.kinds import PART, part_key
from ayni.statistics.releasing.lists import LISTS, as_proposed, other_domain
from ayni.statistics.releasing.making import BesideStates, BesideSum, Earlier, Inputs, Kept
from ayni.statistics.releasing.populations import Population
from ayni.statistics.releasing.states import SEEN, State
from ayni.statistics.releasing.tables import (
    Release,
    ReleaseInput,
    ReleaseKey,
    ReleaseResult,
    ReleaseTask,
    TaskKind,
)
from ayni.vault import api as vault

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Opened:
    """The sealed inputs of a release. `joint` is None once the noise of differential privacy was
    drawn from it."""

    joint: Joint | None
    secret: bytes
    noisy: str


def population_of(release: Release) -> Population:
    """Whom a release is of, in the lists under which it was proposed. Raises `UnknownPopulation`,
    `UnknownRound` where none were kept with it and today's have no such population."""
    then = as_proposed(_lists(release), release.about, release.source)
    if then is not None:
        return then
    if release.source == populations.SUM:
        return populations.of_sum(reading.known_round(release.origin))
    return populations.population(release.about["population"])


def _lists(release: Release) -> Mapping[str, Any]:
    found: Mapping[str, Any] = release.declared.get(LISTS) or {}
    return found


def changed_domain(release: Release) -> str:
    """The name of the domain under which a release was proposed, where this program has another one
    under it; else empty."""
    return other_domain(_lists(release), population_of(release))


def declared(release: Release) -> Declared:
    """What a release declares."""
    return declared_of(release.declared)


def seal_inputs(release: Release, counted: Joint, secret: bytes) -> None:
    """Keep what a release is made of, and what the reviewer is told of what stands aside."""
    row = ReleaseInput(release=release)
    population, told = population_of(release), declared(release)
    base = COARSE if told.method is Method.MODEL else BASE
    found = aside(population.columns, counted, population.year, told.years, base)
    row.seal(
        vault.node_sealer(),
        counts=counted.as_data(),
        secret=base64.b64encode(secret).decode(),
        aside=found.as_data(),
    )
    row.save()


def aside_of(release_id: UUID) -> Aside:
    """What stands under "other" or was left out, as it may be told."""
    row = ReleaseInput.objects.get(release=release_id)
    told: Any = row.unseal(vault.node_sealer(), ["aside"])["aside"]
    return Aside() if told is None else read_aside(told)


def counts_mark(release: Release) -> str:
    """A mark of the counts that a classical release is made of, the same while they are; empty once
    they are kept no longer. Made with the sealed secret (HMAC-SHA256), of this release alone:
    beside shown cells a plain hash of few hidden ones is undone by trying them all."""
    if release.mode == Mode.DIFFERENTIAL_PRIVACY:
        return ""
    here = opened(release.id)
    if here.joint is None:
        return ""
    told = json.dumps(["counts", str(release.id), here.joint.as_data()], sort_keys=True)
    return hmac.digest(here.secret, told.encode(), hashlib.sha256).hex()


def keep_noise(release: Release, noisy: str) -> None:
    """Keep the noisy counts, and the true ones no longer. Those that another check has drawn
    meanwhile stay: what is measured twice is charged once."""
    row = ReleaseInput.objects.select_for_update().get(release=release)
    if row.unseal(vault.node_sealer(), ["noisy"])["noisy"]:
        return
    row.seal(vault.node_sealer(), noisy=noisy, counts=None)
    row.save()


def forget_counts(release: Release) -> None:
    """Keep the true counts of a proposal no longer, neither those that were rounded nor those that
    a finding names: nothing will be published of it. A refusal keeps its figures: they are what
    its proposer has to mend. What was sent (`went_out`) keeps all: later releases are checked
    beside it."""
    if went_out(release):
        return
    row = ReleaseInput.objects.select_for_update().get(release=release)
    row.seal(vault.node_sealer(), counts=None, kept=None)
    row.save()
    result = ReleaseResult.objects.select_for_update().filter(release=release).first()
    if result is None or release.state == State.REFUSED:
        return
    verdict: Any = result.unseal(vault.node_sealer(), ["verdict"])["verdict"]
    result.seal(vault.node_sealer(), verdict=without_counts(verdict or {}))
    result.save()


def keep_rounded(release: Release, kept: Kept) -> None:
    """Keep what rounding gave for each count."""
    row = ReleaseInput.objects.get(release=release)
    told: list[Any] = [
        [[list(pair) for pair in place], count, value] for place, (count, value) in kept.items()
    ]
    row.seal(vault.node_sealer(), kept=told)
    row.save()


def keep_result(release: Release, raw: bytes | None, verdict: Mapping[str, Any]) -> None:
    """Keep what the machine made and found."""
    row = ReleaseResult(release=release)
    row.seal(
        vault.node_sealer(),
        content="" if raw is None else raw.decode(),
        verdict=json.loads(json.dumps(verdict)),
    )
    row.save()


def key_of(population: str) -> bytes:
    """The secret of a group of persons, made when it is first asked for: every number of theirs is
    drawn from it, in each release anew and always alike. Whoever asks holds the population
    (`budget.hold`)."""
    row = ReleaseKey.objects.filter(population=population).first()
    if row is None:
        row = ReleaseKey(population=population)
        secret = _first_secret(population) or secrets.token_bytes(SECRET_BYTES)
        row.seal(vault.node_sealer(), secret=base64.b64encode(secret).decode())
        row.save()
        return secret
    return base64.b64decode(str(row.unseal(vault.node_sealer())["secret"]))


def _first_secret(population: str) -> bytes:
    """By which records had their keys before there was a key for the group."""
    earlier = ReleaseInput.objects.filter(
        release__population=population, release__method=Method.CELL_KEY
    ).order_by("release__proposed_at", "release_id")
    first = earlier.first()
    return b"" if first is None else opened(first.release_id).secret


def opened(release_id: UUID) -> Opened:
    """The inputs of a release."""
    row = ReleaseInput.objects.get(release=release_id)
    told: Any = row.unseal(vault.node_sealer(), ["counts", "secret", "noisy"])
    counts = None if told["counts"] is None else joint.joint_of(told["counts"])
    return Opened(counts, base64.b64decode(told["secret"]), told["noisy"] or "")


def raw_content(release_id: UUID) -> bytes:
    """The bytes that are or would be published; empty if there are none."""
    row = ReleaseResult.objects.filter(release=release_id).first()
    if row is None:
        return b""
    return str(row.unseal(vault.node_sealer(), ["content"])["content"] or "").encode()


def verdict_of(release_id: UUID) -> Mapping[str, Any] | None:
    """What the machine found; None before it has looked."""
    row = ReleaseResult.objects.filter(release=release_id).first()
    if row is None:
        return None
    found: Any = row.unseal(vault.node_sealer(), ["verdict"])["verdict"]
    return dict(found)


def released(population: str) -> list[Release]:
    """What was ever seen of a population, the oldest first: what was published, then what was only
    sent (`went_out`)."""
    rows = Release.objects.filter(population=population)
    only_sent = rows.filter(id__in=_signed()).exclude(state__in=SEEN)
    return [
        *rows.filter(state__in=SEEN).order_by("published_at", "id"),
        *(each for each in only_sent.order_by("proposed_at", "id") if went_out(each)),
    ]


def went_out(release: Release) -> bool:
    """Whether any of its content is in the gazette, and so on every node: also where it was stopped
    before the header, which makes it count."""
    if not _signed().filter(release=release).exists():
        return False
    key = part_key(release.sha256, 0)
    return gazette.one(owner=members.this_node(), kind=PART, key=key) is not None


def _signed() -> Any:
    return ReleaseTask.objects.filter(kind=TaskKind.PUBLISH).values("release")


def others(release: Release) -> list[dict[str, Any]]:
    """What other owners have published that this release is checked beside, now."""
    from ayni.statistics.releasing import beside_states  # it reads releases, which know this file

    return beside_states.headers(release, population_of(release))


def inputs_of(release: Release, seen: Iterable[str], beside: Sequence[Mapping[str, Any]]) -> Inputs:
    """Everything that the classical mode makes a release from. `seen`: ids of releases before;
    `beside`: what others had published, as `others` told it."""
    from ayni.statistics.releasing import beside_states

    states: BesideStates | None = None
    sums: tuple[BesideSum, ...] = ()
    refused: tuple[Finding, ...] = ()
    population, told = population_of(release), declared(release)
    if release.source == populations.SUM:
        states, refused = beside_states.of_sum(release, population, beside)
    elif beside:
        sums, refused = beside_states.of_state(release, beside)
    here = opened(release.id)
    assert here.joint is not None  # only noise empties it, and this mode draws none
    before = [Release.objects.get(id=each) for each in seen]
    kept: dict[Cell, tuple[int, int]] = {}
    earlier = []
    for each in before:
        kept.update(_rounded(each.id))
        found = _earlier(each)
        if isinstance(found, Finding):
            refused += (found,)
        else:
            earlier.append(found)
    return Inputs(
        columns=population.columns,
        year=population.year,
        tables=told.tables or population.tables,
        declared=told,
        joint=here.joint,
        secret=here.secret,
        about=release.about,
        earlier=tuple(earlier),
        kept=kept,
        states=states,
        sums=sums,
        refused=refused,
        shared=tuple(_lists(release).get("shared") or ())
        if LISTS in release.declared
        else populations.shared(population),
    )


def content(release_id: UUID) -> Content | None:
    """What is or would be published; None if there is nothing."""
    raw = raw_content(release_id)
    return content_of(raw) if raw else None


def _earlier(release: Release) -> Earlier | Finding:
    """What was released before; a finding that names it where an earlier program has forgotten what
    it was counted from, though some of it had been sent: nothing can be checked beside it."""
    found, here = content(release.id), opened(release.id).joint
    seen_at = release.published_at or release.proposed_at
    name = f"{seen_at:%Y-%m-%d} {str(release.id)[:8]}"
    if found is None or here is None:
        return Finding("earlier_forgotten", Check.EDITIONS, name)
    return Earlier(name, found, here, population_of(release).columns)


def _rounded(release_id: UUID) -> dict[Cell, tuple[int, int]]:
    row = ReleaseInput.objects.get(release=release_id)
    told: Any = row.unseal(vault.node_sealer(), ["kept"])["kept"] or []
    return {
        tuple((name, label) for name, label in place): (count, value)
        for place, count, value in told
    }
