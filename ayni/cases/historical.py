"""Historical notices: records of another system, kept as they were found. Read-only: they start no
clock, wait in no inbox, and no case is opened from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import vocabulary as words
from ayni.cases.access import fetch
from ayni.cases.models import Notice, NoticePerson, NoticeReferral
from ayni.cases.states import NoticeState
from ayni.lib import clock
from ayni.lib.identifiers import spoken_code
from ayni.members import api as members
from ayni.vault import api as vault


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One referral of a chain: `ordinal` counts from 1; what the source does not say is empty."""

    ordinal: int
    body: str
    referred_at: datetime | None
    to_court: bool | None


@dataclass(frozen=True, slots=True)
class HistoricalNotice:
    """A notice as another system recorded it. Codes as in `vocabulary`, empty where unknown.

    `number` is the source's own; `original` the record verbatim; `anonymous` None if not said.
    """

    number: str
    received_at: datetime
    original: Mapping[str, str]
    channel: str = ""
    informant: str = ""
    anonymous: bool | None = None
    track: str = ""
    situation: str = ""
    place: str = ""
    chain: tuple[ChainLink, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person named in a historical notice: victim, relative or accused.

    `nationality` tells only whether one was told (`vocabulary.NationalityTold`); `details` holds
    what is known and, under "original", the record verbatim.
    """

    role: str
    nationality: str
    details: Mapping[str, Any]


class Standing(StrEnum):
    """What recording found: a new record, the same, one that differs, or no notice to hold it."""

    ADDED = "added"
    SAME = "same"
    DIFFERS = "differs"
    NO_NOTICE = "no_notice"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one record; `stored` is the verbatim record that stands here if it differs."""

    standing: Standing
    stored: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PersonsRecorded:
    """What became of each person of one notice; `gone`: how many stand here and are not given."""

    became: tuple[Recorded, ...]
    gone: int = 0


def record_historical_notices(
    *, by: Actor, source: str, notices: Sequence[HistoricalNotice]
) -> list[Recorded]:
    """Keep a batch of historical notices in one transaction; what became of each, in its order.

    A notice that is there already (same institution, source and number) is never changed. Numbers
    must not repeat inside a batch. The actor's institution owns them.
    """
    members.check_may(by, members.Permission.NOTICE_TAKE)
    with audit.act(by=by, verb="cases.record_historical_notices", subject=source) as act:
        stored = _stored_originals(by, source, [new.number for new in notices])
        fresh = [new for new in notices if new.number not in stored]
        _write_notices(by, source, fresh)
        act.note(read=len(notices), added=len(fresh))
    return [_standing(stored.get(new.number), new.original) for new in notices]


def _stored_originals(
    by: Actor, source: str, numbers: Sequence[str]
) -> dict[str, Mapping[str, str]]:
    rows = _of_source(by, source, numbers).only("id", "subject", "source_number", "original")
    found = list(rows)
    sealers = vault.sealers(row.subject for row in found)
    # A notice whose key was erased stays erased: it is neither compared nor loaded again.
    return {
        row.source_number: _original(row.unseal(sealers[row.subject], ["original"])["original"])
        if row.subject in sealers
        else {}
        for row in found
    }


def _of_source(by: Actor, source: str, numbers: Sequence[str]) -> Any:
    return Notice.objects.filter(
        institution_id=by.institution, source=source, source_number__in=list(numbers)
    )


def _original(value: vault.Json) -> Mapping[str, str]:
    return cast("dict[str, str]", value) if isinstance(value, dict) else {}


def _standing(stored: Mapping[str, str] | None, original: Mapping[str, str]) -> Recorded:
    if stored is None:
        return Recorded(Standing.ADDED)
    if not stored or dict(stored) == dict(original):
        return Recorded(Standing.SAME)
    return Recorded(Standing.DIFFERS, stored)


def _write_notices(by: Actor, source: str, fresh: Sequence[HistoricalNotice]) -> None:
    now = clock.now()
    sealers = vault.sealers(vault.new_subjects(len(fresh)))
    rows, links = [], []
    for new, (subject, sealer) in zip(fresh, sealers.items(), strict=True):
        row = Notice(
            institution_id=by.institution,
            subject=subject,
            created_at=now,
            reference=spoken_code(),
            state=NoticeState.HISTORICAL,
            received_at=new.received_at,
            channel=words.Channel(new.channel).value if new.channel else "",
            informant=words.Informant(new.informant).value if new.informant else "",
            anonymous=new.anonymous,
            track=words.Track(new.track).value if new.track else "",
            situation=words.Situation(new.situation).value if new.situation else "",
            source=source,
            source_number=new.number,
        )
        row.seal(sealer, place=new.place, original=dict(new.original))
        rows.append(row)
        links += [_link(by, row, link) for link in new.chain]
    Notice.objects.bulk_create(rows)
    NoticeReferral.objects.bulk_create(links)


def _link(by: Actor, notice: Notice, link: ChainLink) -> NoticeReferral:
    return NoticeReferral(
        institution_id=by.institution,
        notice=notice,
        ordinal=link.ordinal,
        body=link.body,
        referred_at=link.referred_at,
        to_court=link.to_court,
    )


_Originals = Counter[tuple[tuple[str, str], ...]]


def record_historical_persons(
    *, by: Actor, source: str, persons: Mapping[str, Sequence[NamedPerson]]
) -> dict[str, PersonsRecorded]:
    """Keep all persons that a source names in some notices, in one transaction.

    `persons` maps the source's number of a notice to *all* persons named there, in order. Records
    have no number of their own: equal ones are matched one to one. What is new is added behind,
    unless a record that stands here is not given any more: then the source changed its records,
    which is told and nothing is added. They are rows of the notice, never persons of a case.
    """
    members.check_may(by, members.Permission.NOTICE_TAKE)
    with audit.act(by=by, verb="cases.record_historical_persons", subject=source) as act:
        notices = {
            row.source_number: row
            for row in _of_source(by, source, list(persons)).only("id", "subject", "source_number")
        }
        sealers = vault.sealers(row.subject for row in notices.values())
        stored = _stored_persons(notices.values(), sealers)
        rows: list[NoticePerson] = []
        answer: dict[str, PersonsRecorded] = {}
        for number, named in persons.items():
            notice = notices.get(number)
            if notice is None:
                answer[number] = _all(Standing.NO_NOTICE, named)
            elif notice.subject not in sealers:
                answer[number] = _all(Standing.SAME, named)
            else:
                held: _Originals = stored.get(notice.id, Counter())
                answer[number] = _match(held, named)
                rows += _new_rows(by, notice, sealers[notice.subject], named, answer[number], held)
        NoticePerson.objects.bulk_create(rows)
        act.note(added=len(rows))
    return answer


def _all(standing: Standing, named: Sequence[NamedPerson]) -> PersonsRecorded:
    return PersonsRecorded((Recorded(standing),) * len(named))


def _key(original: object) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(original.items())) if isinstance(original, dict) else ()


def _stored_persons(
    notices: Iterable[Notice], sealers: Mapping[UUID, vault.Sealer]
) -> dict[UUID, _Originals]:
    subjects = {row.id: row.subject for row in notices}
    found: dict[UUID, _Originals] = {}
    for person in NoticePerson.objects.filter(notice_id__in=list(subjects)):
        sealer = sealers.get(subjects[person.notice_id])
        if sealer is None:
            continue
        details = person.unseal(sealer)["details"]
        original = details.get("original") if isinstance(details, dict) else None
        found.setdefault(person.notice_id, Counter())[_key(original)] += 1
    return found


def _match(held: _Originals, named: Sequence[NamedPerson]) -> PersonsRecorded:
    left = Counter(held)
    same = []
    for person in named:
        key = _key(person.details.get("original"))
        same.append(left[key] > 0)
        left[key] -= 1 if same[-1] else 0
    gone = left.total()
    otherwise = Recorded(Standing.DIFFERS if gone else Standing.ADDED)
    return PersonsRecorded(
        tuple(Recorded(Standing.SAME) if held_ else otherwise for held_ in same), gone
    )


def _new_rows(
    by: Actor,
    notice: Notice,
    sealer: vault.Sealer,
    named: Sequence[NamedPerson],
    recorded: PersonsRecorded,
    held: _Originals,
) -> list[NoticePerson]:
    rows: list[NoticePerson] = []
    for person, became in zip(named, recorded.became, strict=True):
        if became.standing is not Standing.ADDED:
            continue
        row = NoticePerson(
            institution_id=by.institution,
            notice=notice,
            ordinal=held.total() + len(rows) + 1,
            role=words.NamedAs(person.role).value,
            nationality=words.NationalityTold(person.nationality).value,
        )
        row.seal(sealer, details=dict(person.details))
        rows.append(row)
    return rows


@dataclass(frozen=True, slots=True)
class NamedIn:
    """What belongs to a notice: its referral chain, and persons by role, which never add up."""

    chain: list[NoticeReferral]
    persons: dict[str, list[dict[str, Any]]]


def open_named(*, by: Actor, notice_id: UUID) -> NamedIn:
    """The chain of a notice and the persons it names (details opened; recorded first)."""
    members.check_may(by, members.Permission.CASE_READ)
    notice = fetch(Notice, notice_id, by=by)
    audit.read(by=by, verb="cases.open_named", subject=notice_id)
    sealer = vault.sealer(notice.subject)
    persons: dict[str, list[dict[str, Any]]] = {role: [] for role in words.NamedAs.values}
    for person in notice.persons.order_by("ordinal"):
        details = person.unseal(sealer)["details"]
        persons[person.role].append(details if isinstance(details, dict) else {})
    return NamedIn(list(notice.referral_chain.order_by("ordinal")), persons)
