"""Eight officers at once, each doing one thing after another on the same few cases: nobody waits
for somebody who waits for him, and the chain stays whole."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.audit.models import Entry, Head
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused
from ayni.members import api as members
from tests.cases.stories import a_case, a_consent, a_notice
from tests.cast import Cast, assemble
from tests.cooperation.stories import a_consented_case, a_draft

THREADS, ACTS = 8, 24
Verb = Callable[[Actor, UUID, secrets.SystemRandom], object]


def _assign(by: Actor, case_id: UUID, chance: secrets.SystemRandom) -> None:
    row = cases.case_for(by=by, case_id=case_id)
    cases.assign_case(by=by, case_id=case_id, version=row.version, to_user=UUID(by.id))


def _shift(by: Actor, case_id: UUID, chance: secrets.SystemRandom) -> None:
    rows = cases.case_list(by=by, query=cases.CaseQuery())[:3]
    chance.shuffle(rows)
    versions = {row.id: row.version for row in rows}
    cases.hand_over_shift(by=by, versions=versions, to_user=UUID(by.id), note="Invented.")


def _refer(by: Actor, case_id: UUID, chance: secrets.SystemRandom) -> None:
    row = a_draft(by, cases.case_for(by=by, case_id=case_id))
    cooperation.send_referral(by=by, referral_id=row.id)


def _withdraw(by: Actor, case_id: UUID, chance: secrets.SystemRandom) -> None:
    rows = cooperation.referrals_of_case(by=by, case_id=case_id)
    if rows:
        cooperation.withdraw_referral(by=by, referral_id=chance.choice(rows).id, reason="mistake")


def _answer(by: Actor, case_id: UUID, chance: secrets.SystemRandom) -> None:
    """The shelter's side, on behalf of its officer."""
    sol = members.actor_of(assemble().sol)
    with members.acting(sol.institution):
        rows = cooperation.incoming(by=sol)
        if rows:
            row = chance.choice(rows)
            cooperation.mark_read(by=sol, referral_id=row.id)
            cooperation.search_earlier(by=sol, referral_id=row.id)
            cooperation.accept_referral(by=sol, referral_id=row.id)


VERBS: tuple[Verb, ...] = (
    lambda by, case_id, chance: cases.open_case_page(by=by, case_id=case_id),
    lambda by, case_id, chance: cases.open_history(by=by, case_id=case_id),
    lambda by, case_id, chance: cases.record_change(
        by=by, case_id=case_id, reason="situation_changed", note="Invented."
    ),
    lambda by, case_id, chance: a_consent(by, cases.case_for(by=by, case_id=case_id)),
    lambda by, case_id, chance: cooperation.protect(
        by=by, case_id=case_id, states=[chance.choice(["py", "uy"])]
    ),
    lambda by, case_id, chance: a_notice(by),
    lambda by, case_id, chance: cases.search_antecedents(by=by, details={"name": "Rosa"}),
    _assign,
    _shift,
    _refer,
    _withdraw,
    _answer,
)


def _work(by: Actor, shared: list[UUID]) -> int:
    """One officer's acts; how many were not refused because another officer was first."""
    chance, done = secrets.SystemRandom(), 0
    try:
        with members.acting(by.institution):
            for _ in range(ACTS):
                try:
                    chance.choice(VERBS)(by, chance.choice(shared), chance)
                    done += 1
                except NotFound:
                    raise
                except Refused:
                    continue
    finally:
        connection.close()
    return done


def _in_shape(answer: dict[str, Any]) -> bool:
    return bool(answer["ok"]) and answer["entries"] == Head.objects.get().number


def test_eight_threads_of_mixed_verbs_end_and_leave_the_chain_whole(
    transactional_db: None,
) -> None:
    cast: Cast = assemble()
    ana, luis = members.actor_of(cast.ana), members.actor_of(cast.luis)
    with members.acting(cast.programme.id):
        shared = [a_consented_case(ana).id for _ in range(3)] + [a_case(ana).id]
    before = Head.objects.get().number
    began = clock.now()
    with ThreadPoolExecutor(THREADS) as pool:
        work = [pool.submit(_work, (ana, luis)[n % 2], shared) for n in range(THREADS)]
        done = [each.result(timeout=120) for each in work]  # raises what a thread raised

    assert all(done)
    verbs = set(Entry.objects.filter(number__gt=before).values_list("verb", flat=True))
    assert len(verbs) >= 12
    assert Entry.objects.filter(at__gte=began).count() >= THREADS * ACTS // 2
    said = StringIO()
    call_command("audit", "verify", "--json", stdout=said)
    assert _in_shape(json.loads(said.getvalue()))
    assert audit.verify_chain() is None
