"""Cases of an institution as records of HTCDS 2.0: on behalf of an officer, each opening recorded.

A person who fears a state is left out, and so is who has not agreed to statistics, unless whoever
asks has every case of the institution as her or his work and says so. Nothing that names somebody
or tells what she or he told goes out unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics.htcds import fields as tables
from ayni.statistics.htcds import mapping
from ayni.statistics.htcds.counting import SOURCE, as_recorded
from ayni.statistics.htcds.mapping import CaseFacts
from ayni.statistics.htcds.records import Line, Record, take, text_of

_COUNTED = ("birth", "gender", "citizenships", "exploitation")
_TOLD = ("health", "narrative", "needs")
_READ_REFERRALS = (members.Permission.REFERRAL_SEND, members.Permission.REFERRAL_ANSWER)
_INTERVIEW = "3.3"  # the step whose answers are HTCDS's codes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export holds. `identity`: what names or finds somebody; `told`: what she or he told,
    health and needs; `protected`: also persons who fear a state; `without_consent`: also who has
    not agreed to statistics."""

    identity: bool = False
    told: bool = False
    protected: bool = False
    without_consent: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """Records, and how many were left out and why. `unfit`: references of cases whose record would
    not come back as it went out."""

    records: tuple[Record, ...]
    protected: int = 0
    without_consent: int = 0
    unfit: tuple[str, ...] = ()


def export(*, by: Actor, now: datetime, wanted: Wanted, form: str) -> Exported:
    """The cases that are open to the actor, oldest first, then historical records of this standard.

    `form` (a name of `formats.FORMATS`, or of a shape) stands in the audit trail. Raises
    `NotAllowed`.
    """
    members.check_may(by, members.Permission.CASE_READ)
    if wanted.identity or wanted.told:
        members.check_may(by, members.Permission.IDENTITY_READ)
    if wanted.protected or wanted.without_consent:
        members.check_may(by, members.Permission.CASE_ALL)
    if not by.institution:
        raise NotAllowed
    tables.prepare()
    zone = ZoneInfo(members.institution(by.institution).time_zone)
    with (
        members.acting(by.institution, reach=members.reach_of(by=by)),
        audit.act(
            by=by,
            verb="statistics.export_htcds",
            subject=by.institution,
            form=form,
            identity="yes" if wanted.identity else "no",
            told="yes" if wanted.told else "no",
            protected="yes" if wanted.protected else "no",
            without_consent="yes" if wanted.without_consent else "no",
        ) as act,
    ):
        exported = _collected(by, now, zone, wanted)
        act.note(records=len(exported.records))
    return exported


def _collected(by: Actor, now: datetime, zone: ZoneInfo, wanted: Wanted) -> Exported:
    records: list[Record] = []
    unfit: list[str] = []
    counts = {"protected": 0, "without_consent": 0}
    for reference, left_out, record in (
        *_of_cases(by, now, zone, wanted),
        *_of_history(by, now, zone, wanted),
    ):
        if record is None:
            counts[left_out] += 1
        elif (kept := _kept(record, wanted, now.astimezone(zone).date())) is None:
            unfit.append(reference)
        else:
            records.append(kept)
    return Exported(tuple(records), unfit=tuple(unfit), **counts)


def _kept(record: Record, wanted: Wanted, today: date) -> Record | None:
    """A record without what was not asked for; None if it would not come back."""
    for holds, asked in (("identity", wanted.identity), ("told", wanted.told)):
        if not asked:
            record = mapping.without(record, holds)
    again = take([Line(1, dict(text_of(record)), {})], sheet="", today=today)
    back = [found for _row, found in again.records]
    return record if back == [record] else None


_Found = Iterator[tuple[str, str, Record | None]]


def _of_cases(by: Actor, now: datetime, zone: ZoneInfo, wanted: Wanted) -> _Found:
    found = cases.Case.objects.filter(institution_id=by.institution, erased_at__isnull=True)
    for case in found.select_related("person").order_by("opened_at", "id"):
        if not cases.is_open(case, by=by):
            continue
        if not wanted.protected and cases.feared_states(case.person):
            yield case.reference, "protected", None
        elif not (wanted.without_consent or cases.has_consent(case, "statistics", now)):
            yield case.reference, "without_consent", None
        else:
            yield case.reference, "", mapping.record_of(_facts(by, case, now, zone, wanted))


def _facts(by: Actor, case: cases.Case, now: datetime, zone: ZoneInfo, wanted: Wanted) -> CaseFacts:
    names = [*_COUNTED, *(_TOLD if wanted.told else ())]
    names += cases.IDENTITY if wanted.identity else ()
    opened = cases.disclose(by=by, case_id=case.id, fields=names, reason="export")
    answers = dict(cases.answers_of_step(by=by, case_id=case.id, step=_INTERVIEW))
    known = cases.protocol_facts(case, now)
    if known.get("trafficking_status"):
        answers["trafficking_status"] = known["trafficking_status"]
    return CaseFacts(
        reference=case.reference,
        node=members.this_node(),
        country=members.this_node().upper(),
        opened_on=case.opened_at.astimezone(zone).date(),
        closed_on=case.closed_at.astimezone(zone).date() if case.closed_at else None,
        status=case.status,
        side=case.side,
        closure_reason=case.closure_reason,
        host_country=case.host_country,
        situation=case.situation,
        risk=case.risk,
        officer=str(case.assigned_to_id or ""),
        consent=cases.has_consent(case, "statistics", now),
        tracks=tuple(sorted(case.tracks)),
        feared=tuple(sorted(members.state(s).alpha2 for s in cases.feared_states(case.person))),
        answers={name: answers[name] for name in mapping.ANSWERS if answers.get(name)},
        exploitation=opened.get("exploitation") or answers.get("type_of_exploitation"),
        person={name: opened[name] for name in cases.IDENTITY if name in opened},
        told={name: opened[name] for name in _TOLD if name in opened},
        **_referrals(by, case, zone),
    )


def _referrals(by: Actor, case: cases.Case, zone: ZoneInfo) -> dict[str, Any]:
    """To whom the case was referred last, and when; when a referral first brought it. The standard
    has a place for one of each. Nothing for who may not read referrals, nor of one that was drafted
    and not sent, was taken back, or was declined."""
    if not any(members.may(by, each) for each in _READ_REFERRALS):
        return {}
    found = cooperation.referrals_of_case(by=by, case_id=case.id)
    sent = [
        (row.sent_at, row.id, row.counterpart_institution)
        for row in found
        if row.direction == "out" and row.sent_at and _stands(row)
    ]
    came = [row for row in found if row.direction == "in"]
    told: dict[str, Any] = {}
    if sent:
        sent_at, _id, told["referred_to"] = max(sent)
        told["referred_on"] = sent_at.astimezone(zone).date()
    if came:
        told["came_on"] = min(row.created_at for row in came).astimezone(zone).date()
    return told


def _stands(row: cooperation.Referral) -> bool:
    return row.state not in (
        cooperation.State.WITHDRAWN,
        cooperation.State.CANCELLED,
        cooperation.State.DECLINED,
    )


def _of_history(by: Actor, now: datetime, zone: ZoneInfo, wanted: Wanted) -> _Found:
    found = cases.Notice.objects.filter(
        institution_id=by.institution, source=SOURCE, original__isnull=False
    )
    for notice_id in found.order_by("received_at", "id").values_list("id", flat=True):
        notice, opened = cases.open_notice(by=by, notice_id=notice_id)
        record = as_recorded(opened["original"], now.astimezone(zone).date())
        if record is None:
            continue
        if not wanted.protected and record.values.get("ayni_FearedStates"):
            yield notice.reference, "protected", None
        elif not (wanted.without_consent or record.values.get("con_Consent") is True):
            yield notice.reference, "without_consent", None
        else:
            yield notice.reference, "", record
