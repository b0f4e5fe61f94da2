"""The work agenda: objectives and commitments of the plenary, progress told by each owner state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ayni.agenda import files, indicators, reading, work_kinds, writing
from ayni.agenda.commitments import (
    Answer,
    Promise,
    Report,
    Standing,
    Status,
    Word,
    is_evidence,
    standing,
)
from ayni.agenda.errors import (
    DocumentNotHere,
    EvidenceNeeded,
    EvidenceUnclear,
    IsWithdrawn,
    NothingToValidate,
    NotTheOwner,
    ObjectiveNeeded,
    OfficeNeeded,
    SameOfficer,
    WhyNeeded,
)
from ayni.agenda.evidence_kind import Evidence
from ayni.agenda.indicators import Target, Targets, Value, Values
from ayni.agenda.reading import Presidencies
from ayni.agenda.standing import Stands
from ayni.agenda.withdrawals import Of, Withdrawal, Withdrawals
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published, StaleEntry
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.members.api import Permission

_REPORTED = "agenda.report_progress"
# Of what is due within this time its state is reminded; what is late for longer goes to the
# secretariat and the presidency. Proposed by this software; no source gives one.
SOON, URGENT = timedelta(days=30), timedelta(days=7)
_NOT_DONE = (Status.LATE, Status.WAITING, Status.UNCLEAR)


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective under its axis, as it stands; whether it is withdrawn, and its indicator."""

    key: str
    axis: str
    objective: str
    stands: Stands
    withdrawal: Withdrawal
    target: Target


@dataclass(frozen=True, slots=True)
class Undertaking:
    """What a commitment says: under which objective (its key), its owner state, the office of it
    that is responsible (never a person), until when; whether the plenary marked it public; the key
    of the meeting that decided it, empty for none, and which `decision` of it, counted from one, 0
    if that is not told. `beside`: codes of the states that are responsible together with the owner,
    which alone says how far it is; `beside_offices`: their offices or institutions."""

    title: str
    objective: str
    state: str
    office: str
    institution: str
    due: date
    public: bool
    meeting: str = ""
    decision: int = 0
    beside: tuple[str, ...] = ()
    beside_offices: str = ""

    @property
    def states(self) -> tuple[str, ...]:
        """The owner, and the states that are responsible beside it."""
        return (self.state, *self.beside)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A commitment as it stands on a day. `axis` and `objective` are words, empty if the objective
    is not here; `latest`: the owner's latest entry about it, whatever it is worth; `withdrawn`: why
    it is (empty: it is not), also with its objective; `withdrawal`: what was said of itself;
    `target`: the indicator and its target; `value`: what the owner told of that last; `files`: what
    the owner has given as evidence and not taken back, also what no report names yet."""

    key: str
    said: Undertaking
    axis: str
    objective: str
    stands: Stands
    standing: Standing
    latest: Published | None
    withdrawn: str
    withdrawal: Withdrawal
    target: Target
    value: Value | None
    files: tuple[Evidence, ...] = ()

    @property
    def seen(self) -> int:
        """The number of the owner's latest version, 0 for none."""
        return 0 if self.latest is None else self.latest.said.version


class _Beside:
    """What is said beside the texts, each read once: withdrawn, indicators, their values."""

    def __init__(self, known: Presidencies) -> None:
        self.withdrawals = Withdrawals(known)
        self.targets = Targets(known)
        self.values = Values()


def objectives(known: Presidencies) -> list[Objective]:
    """Every objective, by axis."""
    return _objectives(known, _Beside(known))


def _objectives(known: Presidencies, beside: _Beside) -> list[Objective]:
    found = [
        Objective(
            key,
            stands.version.body["axis"],
            stands.version.body["objective"],
            stands,
            beside.withdrawals.of(Of.OBJECTIVE, key),
            beside.targets.own(Of.OBJECTIVE, key),
        )  # fmt: skip
        for key, stands in reading.all_of(work_kinds.OBJECTIVE, known).items()
        if stands.version is not None
    ]
    return sorted(found, key=lambda each: (each.axis, each.objective, each.key))


def _undertaking(stands: Stands) -> Undertaking | None:
    if stands.version is None:
        return None
    body = stands.version.body
    return Undertaking(
        title=body["title"],
        objective=body["objective"],
        state=body["state"],
        office=body["office"],
        institution=body["institution"],
        due=date.fromisoformat(body["due"]),
        public=body["public"],
        meeting=body["meeting"],
        decision=body.get("decision", 0),
        beside=tuple(body.get("beside", {}).get("states", ())),
        beside_offices=body.get("beside", {}).get("offices", ""),
    )


def _report(found: Published) -> Report:
    said, body = found.said, found.said.body
    wrong = not found.known or bool(found.problem) or said.version in found.line.doubled
    usable = not wrong and not said.withdrawn
    return Report(
        owner=said.owner,
        commitment=said.key,
        number=said.version,
        word=Word(body["state"]) if usable else Word.NOT_BEGUN,
        action=body["action"] if usable else "",
        reason=body["reason"] if usable else "",
        evidence=body["evidence"] if usable else "",
        validates=body["validates"] if usable else 0,
        answer=Answer(body["answer"]) if usable else Answer.NONE,
        said_on=said.at.date(),
        usable=usable,
        files=tuple(body.get("files", ())) if usable else (),
    )


_Progress = dict[tuple[str, str], list[Published]]


def _progress(key: str = "") -> _Progress:
    """Of every state and commitment (of one: `key`) each version of what is told, the newest first.
    A number far beyond the others does not end it."""
    found = gazette.histories(kind=work_kinds.PROGRESS, owners=members.states(), key=key)
    return {
        line: [each for each in rows if each.said.version <= each.line.latest]
        for line, rows in found.items()
    }


def progress(key: str, state: str) -> list[Published]:
    """Every version of what a state says of a commitment, the newest first."""
    return _progress(key).get((state, key), [])


class _Read:
    """What every commitment is put together from."""

    def __init__(self, known: Presidencies, key: str = "") -> None:
        self.beside = _Beside(known)
        self.objectives = {each.key: each for each in _objectives(known, self.beside)}
        self.told = _progress(key)
        self.evidence = files.evidence()

    def commitment(self, key: str, stands: Stands, day: date) -> Commitment | None:
        """One as it stands on a day; None if nothing stands."""
        said = _undertaking(stands)
        if said is None:
            return None
        beside, rows = self.beside, self.told.get((said.state, key), [])
        reason = beside.withdrawals.reason(key, said.objective)
        promise = Promise(key, said.state, said.due, withdrawn=bool(reason))
        under = self.objectives.get(said.objective)
        target = beside.targets.of(key, said.objective)
        return Commitment(
            key=key,
            said=said,
            axis=under.axis if under else "",
            objective=under.objective if under else "",
            stands=stands,
            standing=standing(promise, [_report(each) for each in rows], day),
            latest=rows[0] if rows else None,
            withdrawn=reason,
            withdrawal=beside.withdrawals.of(Of.COMMITMENT, key),
            target=target,
            value=beside.values.of(said.state, key, target.code),
            files=tuple(each for each in self.evidence.get((said.state, key), ()) if each.there),
        )


def commitments(day: date, known: Presidencies) -> list[Commitment]:
    """Every commitment as it stands on a day: by axis and objective, what is due first first."""
    read = _Read(known)
    rows = (
        read.commitment(key, stands, day)
        for key, stands in reading.all_of(work_kinds.COMMITMENT, known).items()
    )
    found = [each for each in rows if each is not None]
    return sorted(found, key=lambda each: (each.axis, each.objective, each.said.due, each.key))


def commitment(key: str, day: date, known: Presidencies) -> Commitment:
    """One commitment as it stands on a day. Raises `NotFound`."""
    stands = reading.stands_of(work_kinds.COMMITMENT, key, known)
    found = _Read(known, key).commitment(key, stands, day)
    if found is None:
        raise NotFound
    return found


def commitment_history(key: str) -> list[Published]:
    """Every version that anybody published of the text of a commitment, the newest first."""
    owners = [members.SECRETARIAT, *members.states()]
    found = gazette.histories(kind=work_kinds.COMMITMENT, owners=owners, key=key)
    rows = [each for line in found.values() for each in line]
    return sorted(rows, key=lambda each: (each.said.at, each.said.version), reverse=True)


def owed(*, by: Actor, day: date) -> list[Commitment]:
    """Commitments of this node's own state that somebody there should look at, what is due first
    first: late, not clear, or due within `SOON` for whoever reports; waiting for an answer for
    whoever validates; none for an officer who does not speak for the state."""
    here = members.this_node()
    reports = members.may(by, Permission.MANDATE_WRITE)
    validates = members.may(by, Permission.PROGRESS_VALIDATE)
    if here == members.SECRETARIAT or not (reports or validates):
        return []

    def waits(each: Commitment) -> bool:
        status = each.standing.status
        if status is Status.WAITING or not reports:
            return status is Status.WAITING
        open_now = status in {Status.NOT_BEGUN, Status.IN_PROGRESS}
        soon = open_now and each.said.due <= day + SOON
        return soon or status in {Status.LATE, Status.UNCLEAR}

    own = (each for each in commitments(day, reading.presidencies()) if each.said.state == here)
    return sorted(filter(waits, own), key=lambda each: (each.said.due, each.key))


def urgent(*, by: Actor, day: date) -> list[Commitment]:
    """Of these what an officer is written to for: all but what is due only after `URGENT`."""
    later = {Status.NOT_BEGUN, Status.IN_PROGRESS}
    return [
        each
        for each in owed(by=by, day=day)
        if each.standing.status not in later or each.said.due <= day + URGENT
    ]


def escalated(*, by: Actor, day: date) -> list[Commitment]:
    """Commitments of every state whose last day passed more than `SOON` ago and that are not done:
    late, told as done and validated by nobody, or not clear; the longest ago first. For whoever
    writes the platform's text today; none for others."""
    if not writing.can_write(by=by):
        return []
    late = [
        each
        for each in commitments(day, reading.presidencies())
        if each.standing.status in _NOT_DONE and day > each.said.due + SOON
    ]
    return sorted(late, key=lambda each: (each.said.due, each.key))


def set_objective(
    *, by: Actor, key: str, axis: str, objective: str, after: str, instead: str = ""
) -> Published:
    """Record an objective under its axis; an empty `key`: a new one, made of its words. Raises
    what `record_term` raises."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    key = key or writing.slug(objective)
    body: writing.Json = {"axis": axis.strip(), "objective": objective.strip()}
    with audit.act(by=by, verb="agenda.set_objective", subject=key):
        return writing.publish(
            by, work_kinds.OBJECTIVE, key, body, known=known, after=after, instead=instead
        )


def set_commitment(
    *, by: Actor, key: str, said: Undertaking, after: str, instead: str = ""
) -> Published:
    """Record a commitment; an empty `key`: a new one, made of its title. Raises `OfficeNeeded`,
    `ObjectiveNeeded`, `UnknownState`, `BesideUnclear`, and what `record_term` raises."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    if len(said.office.strip()) < 3:
        raise OfficeNeeded
    standing_now = [each for each in objectives(known) if not each.withdrawal.withdrawn]
    before = reading.stands_of(work_kinds.COMMITMENT, key, known).version if key else None
    stays = before is not None and before.body["objective"] == said.objective
    if not stays and said.objective not in {each.key for each in standing_now}:
        raise ObjectiveNeeded
    key = key or writing.slug(said.title)
    body: writing.Json = {
        "title": said.title.strip(),
        "objective": said.objective,
        "state": said.state,
        "office": said.office.strip(),
        "institution": said.institution.strip(),
        "due": said.due.isoformat(),
        "public": said.public,
        "meeting": said.meeting,
        **({"decision": said.decision} if said.decision else {}),
        **work_kinds.beside(said.beside, said.beside_offices),
    }
    with audit.act(by=by, verb="agenda.set_commitment", subject=key):
        return writing.publish(
            by, work_kinds.COMMITMENT, key, body, known=known, after=after, instead=instead
        )


def check_may_report(*, by: Actor, found: Commitment) -> None:
    """Raise `NotAllowed`, `NotTheOwner` or `IsWithdrawn` unless the actor speaks for the state that
    owns it."""
    members.check_may(by, Permission.MANDATE_WRITE)
    _check_own(found)


def _check_own(found: Commitment) -> None:
    if found.said.state != members.this_node():
        raise NotTheOwner
    if found.withdrawn:
        raise IsWithdrawn


def report_progress(
    *, by: Actor, key: str, word: Word, action: str, evidence: str, reason: str, seen: int,
    day: date,
) -> Published:  # fmt: skip
    """Tell how far a commitment of this node's own state is. The files that the state has given as
    evidence go with it.

    `evidence`: an address or a document reference, needed for what is done without a file;
    `reason`: why it is given up; `seen`: the version of the state's word that stood before the
    author's eyes, 0 for none. With it goes what the state comes to in the indicator of the
    commitment, if there is one.
    Raises `NotFound`, `NotAllowed`, `NotTheOwner`, `IsWithdrawn`, `EvidenceUnclear`,
    `EvidenceNeeded`, `WhyNeeded`, `NamesAPerson`, `gazette.StaleEntry`, `gazette.NoKeys`,
    `gazette.NotComparedYet`.
    """
    found = commitment(key, day, reading.presidencies())
    check_may_report(by=by, found=found)
    evidence = evidence.strip()
    if evidence and not is_evidence(evidence):
        raise EvidenceUnclear
    if word is Word.DONE and not evidence and not found.files:
        raise EvidenceNeeded
    if word is Word.GIVEN_UP and len(reason.strip()) < 3:
        raise WhyNeeded
    body: writing.Json = {
        "state": word.value,
        "action": action.strip(),
        "reason": reason.strip() if word is Word.GIVEN_UP else "",
        "evidence": evidence,
        "validates": 0,
        "answer": Answer.NONE.value,
        "note": "",
    }
    if found.files:
        body["files"] = sorted(each.sha256 for each in found.files)
    with audit.act(by=by, verb=_REPORTED, subject=key) as act:
        published = gazette.publish(
            by=by, kind=work_kinds.PROGRESS, key=key, body=body, seen=seen
        )  # fmt: skip
        if found.target.code:
            indicators.publish_value(by=by, key=key, code=found.target.code)
        act.note(version=published.said.version)
        return published


def _reported_by(key: str, version: int) -> str | None:
    """Who reported a version on this node, as its trail of what was done knows."""
    return next(
        (
            each.actor_id
            for each in audit.entries_about(key)
            if each.verb == _REPORTED and each.detail.get("version") == str(version)
        ),
        None,
    )


def check_may_validate(*, by: Actor, found: Commitment) -> None:
    """Raise `NotAllowed`, `NotTheOwner`, `IsWithdrawn`, `NothingToValidate`, or `SameOfficer`
    unless the actor may answer the report that stands: an officer of the state's validating
    authority who has not written it."""
    members.check_may(by, Permission.PROGRESS_VALIDATE)
    _check_own(found)
    if found.standing.status is not Status.WAITING:
        raise NothingToValidate
    who = _reported_by(found.key, found.seen)
    if who is None or who == by.id:
        raise SameOfficer


def _check_evidence(found: Commitment) -> None:
    """Raise `EvidenceNeeded` if all evidence of the report was taken back, `DocumentNotHere` while
    a file of it cannot be read here."""
    report = found.standing.report
    assert report is not None  # a report stands
    named = [each for each in found.files if each.sha256 in report.files]
    if not named and not report.evidence:
        raise EvidenceNeeded
    if not all(files.is_here(each) for each in named):
        raise DocumentNotHere


def can_validate(*, by: Actor, found: Commitment) -> bool:
    """Whether `check_may_validate` lets this actor through."""
    try:
        check_may_validate(by=by, found=found)
    except (NotAllowed, NotTheOwner, IsWithdrawn, NothingToValidate, SameOfficer):
        return False
    return True


def validate_progress(
    *, by: Actor, key: str, answer: Answer, note: str, seen: int, day: date
) -> Published:
    """Say for the authority of the state that validates whether what was reported is done.

    `note`: why not, for `Answer.NO`. Raises `NotFound`, what `check_may_validate` raises, for
    `Answer.YES` without what shows it `EvidenceNeeded` or `DocumentNotHere`, `WhyNeeded`,
    `NamesAPerson`, `gazette.StaleEntry` and as `report_progress`.
    """
    found = commitment(key, day, reading.presidencies())
    members.check_may(by, Permission.PROGRESS_VALIDATE)
    _check_own(found)
    if found.seen != seen:
        raise StaleEntry(found.latest)
    check_may_validate(by=by, found=found)
    if answer is Answer.YES:
        _check_evidence(found)
    if answer is Answer.NO and len(note.strip()) < 3:
        raise WhyNeeded
    assert found.latest is not None  # a report stands
    body = {
        **found.latest.said.body,
        "validates": seen,
        "answer": answer.value,
        "note": note.strip(),
    }
    with audit.act(by=by, verb="agenda.validate_progress", subject=key) as act:
        published = gazette.publish(
            by=by, kind=work_kinds.PROGRESS, key=key, body=body, seen=seen
        )  # fmt: skip
        act.note(version=published.said.version, answer=answer.value)
        return published
