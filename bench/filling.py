"""Fills a node with cases in bulk: each with its own person, own key, sealed fields and events.

One story is worked through the rooms' own verbs, as far as the protocol lets it; its recorded
events are then copied to every other case by the database. Sealed fields are sealed one by one.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, connections
from tqdm import tqdm

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

BATCH = 2_000
SETUP = audit.job("bench")


def officers(count: int) -> list[members.User]:
    """Officers of one programme, without passwords: the benchmark makes their sessions itself."""
    programme = members.add_institution(
        by=SETUP,
        code="ar-programme",
        names={"es": "Programa", "pt": "Programa", "en": "Programme"},
        kind="programme",
        state="ar",
        stands_in="AR",
        time_zone="America/Argentina/Buenos_Aires",
    )
    rows = [
        members.User(
            email=f"officer{number}@ar.example",
            display_name=f"Officer {number}",
            role=members.Role.CONSULAR_OFFICER,
            institution=programme,
            password="!",  # noqa: S106 - no password can match this
            created_at=clock.now(),
            conduct=members.CONDUCT,
            conduct_at=clock.now(),
        )
        for number in range(count)
    ]
    return members.User.objects.bulk_create(rows)


def _details(number: int) -> dict[str, Any]:
    return {
        "name_as_written": f"Invented {number} Person {number % 977}",
        "given_names": f"Invented {number}",
        "first_surname": f"Person {number % 977}",
        "second_surname": f"Bench {number % 991}",
        "birth": {"precision": "year", "value": str(1970 + number % 35), "quality": "stated"},
        "gender": "Feminine",
        "citizenships": ["BO"],
        "documents": [{"kind": "passport", "issuing_state": "BO", "number": f"B{number:08d}"}],
        "phones": [f"+000{number:09d}"],
        "languages": ["es"],
    }


def _new_case(number: int) -> cases.NewCase:
    return cases.NewCase(
        side="host",
        tracks=("trafficking",),
        person=_details(number),
        situation="urgency",
        narrative="Invented narrative of the usual length. " * 20,
        needs=("documents", "shelter"),
        facts={},
    )


# What an officer answers where the answer decides how the case goes on; elsewhere the first option.
_ANSWERS: dict[str, Any] = {
    "age_group": "adult",
    "nationality_state": "bo",
    "track": "trafficking",
    "trafficking_status": "ActualVictimOfTrafficking",
    "fears_own_state": False,
    "detained": False,
    "person_missing": False,
    "risk_level": "medium",
    "option_chosen": "return_home",
    "joint_answer": "both_yes",
    "recovery_period": "ended",
}


def _answer(definition: protocol.Definition, field: protocol.FormField) -> Any:
    if field.id in _ANSWERS:
        return _ANSWERS[field.id]
    match field.kind:
        case "boolean":
            return True
        case "choice":
            return definition.options[field.options][0].code
        case "choices":
            return [option.code for option in definition.options[field.options][:2]]
        case "datetime":
            return clock.now().isoformat()
        case "date":
            return clock.now().date().isoformat()
        case _:
            return "Invented answer of the usual length. " * 3


def _record(by: audit.Actor, case: cases.Case, definition: protocol.Definition, step: str) -> None:
    answers = {f.id: _answer(definition, f) for f in definition.steps[step].fields}
    try:
        cases.record_step(by=by, case_id=case.id, step=step, kind="done", answers=answers)
    except Refused:
        return  # not this side's, not due, or a gate is closed: the protocol decides


def _told_by_bolivia(case: cases.Case, step: str) -> None:
    protocol.record_event(
        by=audit.peer("bo"), subject=case.id, step=step, kind="done", side="nationality",
        facts=cases.protocol_facts(case),
    )  # fmt: skip


def story(officer: members.User) -> cases.Case:
    """One case worked through the verbs of the rooms, as far as the protocol lets it go."""
    by = members.actor_of(officer)
    case = cases.open_case(by=by, notice_id=None, new=_new_case(0))
    case = cases.set_risk(
        by=by, case_id=case.id, version=case.version, level="medium", reason="bench"
    )
    definition = protocol.definition_for(case.id)
    for step in definition.steps.values():
        if protocol.Side.NATIONALITY in step.sides and protocol.Side.HOST not in step.sides:
            _told_by_bolivia(case, step.id)
    for _ in range(3):  # later steps establish facts that open the gates of earlier ones
        for step_id in definition.steps:
            _record(by, case, definition, step_id)
    return case


def events_of(case: cases.Case) -> int:
    """How many events are recorded of a case."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from protocol_stepevent where run_id = %s", [case.id])
        return int(cursor.fetchone()[0])


def copies(model: cases.Case, officer_ids: list[Any], *, first: int, count: int) -> None:
    """`count` more cases like `model`, each for its own person."""
    person_model = type(model.person)
    sealer = vault.sealer(model.subject)
    forms = [(f.step, f.unseal(sealer)["answers"]) for f in model.forms.order_by("created_at")]
    for start in tqdm(range(first, first + count, BATCH), desc="cases", unit="batch"):
        numbers = range(start, min(start + BATCH, first + count))
        subjects = vault.new_subjects(len(numbers))
        sealers = vault.sealers(subjects)
        people, rows = [], []
        for number, subject in zip(numbers, subjects, strict=True):
            opened = model.opened_at - timedelta(minutes=number % 500_000)
            person = person_model(
                institution_id=model.institution_id, subject=subject, created_at=opened
            )
            person.seal(sealers[subject], **_details(number))
            row = cases.Case(
                institution_id=model.institution_id,
                subject=subject,
                created_at=opened,
                reference=f"AR-{number:06d}-{secrets.token_hex(2).upper()}",
                person=person,
                side=model.side,
                tracks=model.tracks,
                status=model.status,
                definition=model.definition,
                definition_version=model.definition_version,
                host_country=model.host_country,
                situation=model.situation,
                risk=model.risk,
                opened_at=opened,
                assigned_to_id=officer_ids[number % len(officer_ids)],
            )
            new = _new_case(number)
            row.seal(sealers[subject], narrative=new.narrative, needs=list(new.needs), facts={})
            people.append(person)
            rows.append(row)
        person_model.objects.bulk_create(people)
        cases.Case.objects.bulk_create(rows)
        _copy_forms(rows, sealers, forms)
        _copy_events(model, [row.id for row in rows])


_COPIES = (
    (
        "protocol_run",
        "subject, institution_id, kind, side, protocol_id, continues_id, country, time_zone,"
        " opened_at",
        "new.id, institution_id, kind, side, protocol_id, null, country, time_zone, opened_at",
        "subject",
    ),
    (
        "protocol_stepevent",
        "id, institution_id, run_id, kind, step, side, occurrence, at, recorded_at, due_at, reason,"
        " moment, by_kind, by_id",
        "gen_random_uuid(), institution_id, new.id, kind, step, side, occurrence, at, recorded_at,"
        " due_at, reason, moment, by_kind, by_id",
        "run_id",
    ),
    (
        "protocol_due",
        "institution_id, run_id, kind, step, occurrence, side, mine, actor, role, state, due_at",
        "institution_id, new.id, kind, step, occurrence, side, mine, actor, role, state, due_at",
        "run_id",
    ),
)


def _copy_forms(
    rows: list[cases.Case], sealers: dict[UUID, vault.Sealer], forms: list[tuple[str, Any]]
) -> None:
    """What was written down at each step, sealed for each case's own person."""
    form_model = cases.Case.forms.rel.related_model
    table = form_model._meta.db_table
    with (
        # Copying in is not possible under row-level security.
        connections["owner"].cursor() as cursor,
        cursor.copy(
            f"copy {table} (id, institution_id, subject, created_at, version, case_id, step,"
            " written_by, answers) from stdin"
        ) as lines,
    ):
        for row in rows:
            for step, answers in forms:
                form = form_model(institution_id=row.institution_id, subject=row.subject)
                form.seal(sealers[row.subject], answers=answers)
                lines.write_row(
                    (form.id, row.institution_id, row.subject, row.opened_at, 1, row.id, step,
                     row.assigned_to_id, form.answers)
                )  # fmt: skip


def _copy_events(model: cases.Case, ids: list[Any]) -> None:
    with connection.cursor() as cursor:
        for table, into, what, key in _COPIES:
            cursor.execute(
                f"insert into {table} ({into}) select {what} "  # noqa: S608 - constants above
                f"from {table} t, unnest(%s::uuid[]) as new(id) where t.{key} = %s",
                [ids, model.id],
            )
