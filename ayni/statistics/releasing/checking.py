"""The machine's check of a proposal: a job that may be killed and done again, and charges once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.statistics.disclosure.findings import Check, Figures, Finding, Mode, Subject, Verdict
from ayni.statistics.privacy.errors import (
    AlreadyReleased,
    ChargeRefused,
    OverBudget,
    OverPersonBudget,
    PlanRefused,
)
from ayni.statistics.releasing import budget, content, kept, making
from ayni.statistics.releasing.declared import Method
from ayni.statistics.releasing.sizing import Size, largest, parts_of, size_of
from ayni.statistics.releasing.states import Act, Phase, State, leads_to
from ayni.statistics.releasing.tables import Release, ReleaseTask

MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Outcome:
    raw: bytes | None
    verdict: Verdict
    rounded: making.Kept
    seen: tuple[str, ...] = ()
    beside: tuple[Mapping[str, Any], ...] = ()


def check_release(*, by: Actor, release_id: UUID) -> Release:
    """Look at a proposal, if nobody has: make what would be published, and try to break it.

    What was charged and what the noise gave stand before anything else is worked out, each in a
    transaction of its own, so that a check that was killed goes on from there.
    """
    row = Release.objects.get(id=release_id)
    if row.state != State.PROPOSED:
        return row
    Release.objects.filter(id=row.id).update(tries=F("tries") + 1)
    row.refresh_from_db()
    if row.tries > MOST_TRIES:
        finding = Finding("check_broken", Check.PARAMETERS, figures={"tries": MOST_TRIES})
        return _finish(by, row, _refused(row, finding))
    _phase(row, Phase.READING)
    if row.mode == Mode.DIFFERENTIAL_PRIVACY:
        return _finish(by, row, _private(by, row))
    return _finish(by, row, _classical(row))


def unchecked() -> list[UUID]:
    """Proposals that the machine has still to look at."""
    rows = Release.objects.filter(state=State.PROPOSED).order_by("proposed_at")
    return list(rows.values_list("id", flat=True))


def unfinished() -> list[tuple[UUID, str]]:
    """What was asked for of a release, and is not done: release and what it is."""
    rows = ReleaseTask.objects.filter(ended_at=None).order_by("asked_at")
    return list(rows.values_list("release_id", "kind"))


def unfit(raw: bytes) -> Finding | None:
    """Why a content cannot be published whatever it tells of persons: it is too large to travel, or
    none that a file can be made of. None where it can. Pure."""
    size = size_of(raw, parts_of(raw))
    if not size.fits:
        return _too_large(size)
    try:
        regular = content.is_regular(content.content_of(raw))
    except content.NotAContent:
        regular = False
    return None if regular else Finding("content_not_regular", Check.PARAMETERS)


def _classical(row: Release) -> _Outcome:
    seen = tuple(str(each.id) for each in kept.released(row.population))
    _phase(row, Phase.COUNTING)
    beside = tuple(kept.others(row))
    made = making.make(kept.inputs_of(row, seen, beside))
    raw = None if made.content is None else made.content.to_bytes()
    return _Outcome(raw, made.verdict, made.kept, seen, beside)


def _private(by: Actor, row: Release) -> _Outcome:
    from ayni.statistics.releasing import private

    declared, population = kept.declared(row), kept.population_of(row)
    domain, years = population.domain, declared.years
    assert domain is not None  # a proposal without was refused
    assert years is not None
    seen = tuple(str(each.id) for each in kept.released(row.population))
    known = population.values(population.year)
    cohorts = [int(each) for each in known if years[0] <= int(each) <= years[1]]
    most = largest(population.columns, population.tables, declared.bound)
    if not most.fits:  # before anything is charged: a charge is never taken back
        return _refused(row, _too_large(most))
    try:
        _phase(row, Phase.CHARGING)
        rho = private.cost(domain, declared)
        budget.charge(by=by, release=row, cohorts=cohorts, rho=rho, now=clock.now())
    except (ChargeRefused, PlanRefused) as refused:
        return _refused(row, _of_charge(refused))
    here = kept.opened(row.id)
    if not here.noisy:
        _phase(row, Phase.COUNTING)
        assert here.joint is not None
        noisy = private.noisy(domain, declared, here.joint)
        with audit.act(by=by, verb="statistics.draw_noise", subject=row.id):
            kept.keep_noise(row, noisy)
        here = kept.opened(row.id)
    _phase(row, Phase.MODEL)
    made, verdict = private.built(domain, here.noisy, here.secret, row.about, population.known)
    ran = verdict.ran | {Check.BUDGET}  # it was charged above
    whole = Verdict(verdict.mode, verdict.subject, verdict.parameters, ran, verdict.findings)
    return _Outcome(made.to_bytes(), whole, {}, seen)


def _of_charge(refused: ChargeRefused | PlanRefused) -> Finding:
    if isinstance(refused, OverBudget):
        figures: Figures = {"asked": str(refused.asked), "left": str(refused.left)}
        if refused.cohort is None:
            return Finding("release_too_dear", Check.BUDGET, "", figures)
        return Finding("over_budget", Check.BUDGET, str(refused.cohort), figures)
    if isinstance(refused, OverPersonBudget):
        told: Figures = {
            "asked": str((refused.asked - refused.spent).normalize()),
            "left": str(max(refused.left - refused.spent, Decimal(0)).normalize()),
            "times": refused.times,
            "most": str(refused.left.normalize()),
        }
        return Finding("over_person_budget", Check.BUDGET, ", ".join(map(str, refused.years)), told)
    if isinstance(refused, AlreadyReleased):
        return Finding("released_already", Check.BUDGET, ", ".join(map(str, refused.cohorts)))
    code = "plan_refused" if isinstance(refused, PlanRefused) else "charge_refused"
    return Finding(code, Check.BUDGET, str(refused))


def _too_large(size: Size) -> Finding:
    figures: Figures = {
        "size": math.ceil(size.size / 1_000_000), "most": content.LARGEST // 1_000_000,
        "parts": size.parts, "most_parts": content.MOST_PARTS,
    }  # fmt: skip
    return Finding("content_too_large", Check.PARAMETERS, "", figures)


def _refused(row: Release, finding: Finding) -> _Outcome:
    subject = Subject.TABLES
    if row.mode == Mode.DIFFERENTIAL_PRIVACY:
        subject = Subject.TABLES_AND_RECORDS
    elif row.method == Method.RECORDS:
        subject = Subject.RECORDS
    ran = frozenset({finding.check})
    told = kept.declared(row).as_data()
    return _Outcome(None, Verdict(Mode(row.mode), subject, told, ran, (finding,)), {})


def _finish(by: Actor, row: Release, outcome: _Outcome) -> Release:
    if outcome.raw is not None and (wrong := unfit(outcome.raw)) is not None:
        outcome = _refused(row, wrong)
    allowed = outcome.verdict.allowed and outcome.raw is not None
    _phase(row, Phase.CHECKING)
    with audit.act(by=by, verb="statistics.check_release", subject=row.id) as act:
        row = Release.objects.select_for_update().get(id=row.id)
        state = leads_to(State(row.state), Act.ALLOW if allowed else Act.REFUSE)
        if state is None:  # not pursued meanwhile
            return row
        raw = outcome.raw if allowed else None
        kept.keep_result(row, raw, outcome.verdict.description())
        if allowed and outcome.rounded:
            kept.keep_rounded(row, outcome.rounded)
        row.state, row.phase = state, Phase.DONE
        row.checked_at = row.phase_at = clock.now()
        row.refusals = len(outcome.verdict.refusals)
        row.sha256 = "" if raw is None else content.digest_of(raw)
        row.seen, row.beside = list(outcome.seen), list(outcome.beside)
        row.save()
        if state is State.REFUSED:
            kept.forget_counts(row)
        act.note(state=state.value, refusals=row.refusals)
    return row


def _phase(row: Release, phase: Phase) -> None:
    """Say how far it is; of the job alone, and nobody's act."""
    told: Mapping[str, Any] = {"phase": phase, "phase_at": clock.now()}
    Release.objects.filter(id=row.id, state=State.PROPOSED).update(**told)
