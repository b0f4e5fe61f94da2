"""Which legal basis one state may name to another. Pure: the framework and the day are arguments.

A basis is *available* only when everything it rests on was read in its source: the instrument, its
entry into force, the standing of both states, the article. Anything weaker makes it a *candidate*:
it may be shown "to check" and never be cited. *Missing* is said only of what was verified to be
missing. A state about which the sources are silent is never counted as "no".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ayni.norms.in_force import Answer, Because, in_force
from ayni.norms.model import (
    Crime,
    Evidence,
    Force,
    Framework,
    Ground,
    Instrument,
    Mark,
    Provision,
    Reading,
    Subject,
    TransferGround,
    TransferLaw,
    first_day,
    last_day,
    weakest,
)


class Status(StrEnum):
    """Whether a basis may be relied on."""

    AVAILABLE = "available"
    CANDIDATE = "candidate"
    MISSING = "missing"


class Why(StrEnum):
    """Reasons; `wording.py` says them in words."""

    BOTH_BOUND = "both_bound"
    OWN_LAW = "own_law"
    NOT_AMONG_BOUND = "not_among_bound"
    SIGNED_ONLY = "signed_only"
    NEITHER = "neither"
    NOT_PARTY = "not_party"
    NO_ACTION = "no_action"
    STANDING_UNVERIFIED = "standing_unverified"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    ENTRY_UNVERIFIED = "entry_unverified"
    INSTRUMENT_UNVERIFIED = "instrument_unverified"
    PROVISION_UNVERIFIED = "provision_unverified"
    ARTICLE_NOT_NAMED = "article_not_named"
    NOT_APPLIED = "not_applied"
    NOTICE_TO_HOST = "notice_to_host"
    AUTHORISATION_FOR_SOME_ACTS = "authorisation_for_some_acts"
    LIMITS_ON_USE = "limits_on_use"
    BEGINNING_UNKNOWN = "beginning_unknown"
    NOT_YET_SEEN = "not_yet_seen"
    SEEN_IN_FORCE = "seen_in_force"
    NOBODY_NAMED = "nobody_named"
    PERMITTED = "permitted"
    NOT_LISTED = "not_listed"
    NO_GENERAL_LAW = "no_general_law"
    RULE_UNREAD = "rule_unread"
    NO_LAW_ON_DAY = "no_law_on_day"
    NO_TREATY_AVAILABLE = "no_treaty_available"
    ADEQUACY_UNDECIDED = "adequacy_undecided"
    GUARANTEE_NEEDED = "guarantee_needed"
    STATED_NOT = "stated_not"
    STATED_NOT_KNOWN = "stated_not_known"
    STATEMENTS_CONTRADICT = "statements_contradict"
    NO_LONGER_HOLDS = "no_longer_holds"
    STANDING_NO_LONGER_HOLDS = "standing_no_longer_holds"
    READ_BY_STATE = "read_by_state"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a basis has its status; `params` hold codes of states and instruments, and dates."""

    why: Why
    status: Status
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Basis:
    """One basis for one direction. `provisions` are the articles, verified or not."""

    id: str
    kind: str  # instrument or national
    status: Status
    requesting: str
    requested: str
    crime: Crime
    subject: Subject
    provisions: tuple[str, ...]
    valid_from: date | None
    evidence: Evidence
    reasons: tuple[Reason, ...]

    @property
    def citable(self) -> bool:
        """Whether it may stand in a generated document."""
        return self.status is Status.AVAILABLE and self.evidence.mark is Mark.VERIFIED


@dataclass(frozen=True, slots=True)
class TransferBasis:
    """Whether one ground lets data leave the sender's state. `law` is empty if none is known;
    `read_by`: the state whose own word it is, empty where the register's."""

    ground: TransferGround
    status: Status
    law: str
    evidence: Evidence
    reasons: tuple[Reason, ...]
    read_by: str = ""

    @property
    def citable(self) -> bool:
        """Whether it may stand in a generated document."""
        return self.status is Status.AVAILABLE and self.evidence.mark is Mark.VERIFIED


_ORDER = {Status.AVAILABLE: 0, Status.CANDIDATE: 1, Status.MISSING: 2}
_OF_THE_INSTRUMENT = {
    Because.INSTRUMENT_UNVERIFIED: Why.INSTRUMENT_UNVERIFIED,
    Because.ENTRY_UNVERIFIED: Why.ENTRY_UNVERIFIED,
    Because.NO_STANDING: Why.NOBODY_NAMED,
    Because.NO_LONGER_HOLDS: Why.NO_LONGER_HOLDS,
}
_NOT_KNOWN = {
    Because.STANDING_UNVERIFIED: Why.STANDING_UNVERIFIED,
    Because.NO_DAY: Why.BEGINNING_UNKNOWN,
    Because.DAY_TOO_VAGUE: Why.NOT_YET_SEEN,
    Because.STATED_NOT_KNOWN: Why.STATED_NOT_KNOWN,
    Because.STATEMENTS_CONTRADICT: Why.STATEMENTS_CONTRADICT,
    Because.STANDING_NO_LONGER_HOLDS: Why.STANDING_NO_LONGER_HOLDS,
}
_CONDITIONS = {
    "limits_on_use": Why.LIMITS_ON_USE,
    "notice_to_host": Why.NOTICE_TO_HOST,
    "authorisation_for_some_acts": Why.AUTHORISATION_FOR_SOME_ACTS,
}


def legal_bases(
    framework: Framework,
    *,
    requesting: str,
    requested: str,
    crime: Crime,
    subject: Subject,
    on: date,
) -> tuple[Basis, ...]:
    """Every basis the data knows for this direction, available ones first.

    States are ISO 3166-1 alpha-2 codes in small letters. For one state alone only its own law
    counts. An instrument to which neither state belongs is left out, and a bilateral one of others.
    """
    asked = _Asked(framework, requesting, requested, crime, subject, on)
    found = list(_national(asked))
    if requesting != requested:
        found += _instruments(asked)
    return tuple(sorted(found, key=lambda basis: (_ORDER[basis.status], basis.kind, basis.id)))


@dataclass(frozen=True, slots=True)
class _Asked:
    framework: Framework
    requesting: str
    requested: str
    crime: Crime
    subject: Subject
    on: date

    def basis(
        self,
        id_: str,
        kind: str,
        provisions: tuple[str, ...],
        valid_from: date | None,
        evidence: Evidence,
        reasons: list[Reason],
    ) -> Basis:
        return Basis(
            id=id_,
            kind=kind,
            status=_worst(reasons),
            requesting=self.requesting,
            requested=self.requested,
            crime=self.crime,
            subject=self.subject,
            provisions=provisions,
            valid_from=valid_from,
            evidence=evidence,
            reasons=tuple(sorted(reasons, key=lambda reason: -_ORDER[reason.status])),
        )


def _worst(reasons: list[Reason]) -> Status:
    return max((reason.status for reason in reasons), key=_ORDER.__getitem__)


def _instruments(asked: _Asked) -> Iterator[Basis]:
    for instrument in asked.framework.instruments.values():
        named = len({asked.requesting, asked.requested} & instrument.named)
        if named < (2 if instrument.kind == "bilateral" else 1):
            continue
        for ground in instrument.grounds:
            if ground.serves(asked.crime, asked.subject):
                yield _instrument(asked, instrument, ground)


def _instrument(asked: _Asked, instrument: Instrument, ground: Ground) -> Basis:
    answers = {
        state: in_force(instrument, state, asked.on)
        for state in (asked.requesting, asked.requested)
    }
    reasons = [*_articles(asked.framework, ground)]
    for state, answer in answers.items():
        reasons += [each for each in _standing(instrument, state, answer) if each not in reasons]
    marks = [instrument.evidence.mark, *(answer.evidence.mark for answer in answers.values())]
    if asked.subject is Subject.STAY:
        reasons += _not_applied(instrument, asked)
    reasons += [Reason(_CONDITIONS[name], Status.AVAILABLE) for name in ground.conditions]
    marks += _article_marks(asked.framework, ground)
    if _worst([*reasons, _BOTH]) is Status.AVAILABLE:
        reasons.append(_BOTH)
    evidence = Evidence(instrument.evidence.source, weakest(*marks), instrument.evidence.as_at)
    days = [answer.since for answer in answers.values() if answer.since]
    return asked.basis(
        instrument.id,
        "instrument",
        ground.provisions,
        max(days) if len(days) == len(answers) else None,
        evidence,
        reasons,
    )


_BOTH = Reason(Why.BOTH_BOUND, Status.AVAILABLE)


def _article_marks(framework: Framework, ground: Ground) -> list[Mark]:
    """The best article decides: one verified article is enough to rest on. Where none is named
    there is none to judge: `_articles` says so."""
    marks = [framework.provisions[id_].evidence.mark for id_ in ground.provisions]
    if not marks or Mark.VERIFIED in marks:
        return []
    return [weakest(*marks)]


def _articles(framework: Framework, ground: Ground) -> Iterator[Reason]:
    """Why the articles carry no claim yet: the register names none, or none was verified. The
    instrument may be in force all the same."""
    if not ground.provisions:
        yield Reason(Why.ARTICLE_NOT_NAMED, Status.CANDIDATE)
    elif _article_marks(framework, ground):
        yield Reason(
            Why.PROVISION_UNVERIFIED, Status.CANDIDATE, {"provision": ground.provisions[0]}
        )


def _standing(instrument: Instrument, state: str, answer: Answer) -> Iterator[Reason]:
    where = {"state": state}
    if answer.because is Because.SEEN:
        yield Reason(Why.SEEN_IN_FORCE, Status.AVAILABLE, {**where, "date": f"{answer.since}"})
    elif answer.because is Because.NOT_YET:
        yield Reason(Why.NOT_YET_IN_FORCE, Status.MISSING, where)
    elif answer.because in _OF_THE_INSTRUMENT:
        yield Reason(_OF_THE_INSTRUMENT[answer.because], Status.CANDIDATE)
    elif answer.force is Force.NOT_KNOWN:
        yield Reason(_NOT_KNOWN[answer.because], Status.CANDIDATE, where)
    elif answer.force is Force.NOT_IN_FORCE:
        yield Reason(Why(answer.because), Status.MISSING, where)


def _not_applied(instrument: Instrument, asked: _Asked) -> Iterator[Reason]:
    for row in instrument.not_applied:
        if row.host != asked.requested or asked.requesting not in row.nationals_of:
            continue
        if row.since and asked.on < first_day(row.since):
            continue
        sure = row.evidence.mark is Mark.VERIFIED
        sure = sure and (not row.since or asked.on >= last_day(row.since))
        yield Reason(
            Why.NOT_APPLIED,
            Status.MISSING if sure else Status.CANDIDATE,
            {"host": row.host, "state": asked.requesting},
        )


def _national(asked: _Asked) -> Iterator[Basis]:
    sides = {"requested": asked.requested, "requesting": asked.requesting}
    for provision in asked.framework.provisions.values():
        ground = provision.ground
        if ground is None or not ground.serves(asked.crime, asked.subject):
            continue
        if sides[ground.side] == provision.state:
            yield asked.basis(
                provision.id,
                "national",
                (provision.id,),
                None,
                provision.evidence,
                [_own_law(provision)],
            )


def _own_law(provision: Provision) -> Reason:
    if provision.no_longer:
        return Reason(Why.NO_LONGER_HOLDS, Status.CANDIDATE)
    if provision.evidence.mark is Mark.VERIFIED:
        return Reason(Why.OWN_LAW, Status.AVAILABLE, {"state": provision.state})
    return Reason(Why.PROVISION_UNVERIFIED, Status.CANDIDATE, {"provision": provision.id})


# What a statute may permit and what still has to be decided by someone before it serves.
_STILL_TO_DECIDE = {
    TransferGround.ADEQUACY: Why.ADEQUACY_UNDECIDED,
    TransferGround.SENDERS_GUARANTEE: Why.GUARANTEE_NEEDED,
}


def transfer_grounds(
    framework: Framework, *, sender: str, recipient: str, on: date, crime: Crime | None = None
) -> tuple[TransferBasis, ...]:
    """What lets personal data leave the sender's state towards the recipient's, consent first.

    A treaty counts where one with an exchange of information is available for the pair; without
    `crime`, for both crimes.
    """
    law = law_on(framework, sender, on)
    crimes = (crime,) if crime else tuple(Crime)
    treaty = all(_treaty(framework, sender, recipient, each, on) for each in crimes)
    return tuple(_transfer(law, ground, treaty, on) for ground in TransferGround)


def law_on(framework: Framework, state: str, on: date) -> TransferLaw | None:
    """The state's personal data law that applies on a day; None if none does."""
    for law in framework.laws.get(state, ()):
        begun = not law.valid_from or on >= first_day(law.valid_from)
        if begun and (not law.valid_to or on <= last_day(law.valid_to)):
            return law
    return None


def _treaty(framework: Framework, sender: str, recipient: str, crime: Crime, on: date) -> bool:
    return any(
        basis.status is Status.AVAILABLE and basis.kind == "instrument"
        for basis in legal_bases(
            framework,
            requesting=sender,
            requested=recipient,
            crime=crime,
            subject=Subject.TRANSFER,
            on=on,
        )
    )


def _transfer(
    law: TransferLaw | None, ground: TransferGround, treaty: bool, on: date
) -> TransferBasis:
    if law is None:
        unknown = Evidence("", Mark.UNVERIFIED)
        reason = Reason(Why.NO_LAW_ON_DAY, Status.CANDIDATE)
        return TransferBasis(ground, Status.CANDIDATE, "", unknown, (reason,))
    reason, mark = _why_transfer(law, ground, treaty, on)
    evidence, said = law.provision.evidence, law.provision.stated
    evidence = Evidence(evidence.source, weakest(evidence.mark, mark), evidence.as_at)
    known = said is not None and reason.why not in (Why.STATEMENTS_CONTRADICT, Why.RULE_UNREAD)
    read_by = law.provision.state if known else ""
    own = (Reason(Why.READ_BY_STATE, Status.AVAILABLE, {"state": read_by}),) if read_by else ()
    reasons = (reason, *own)
    return TransferBasis(ground, reason.status, law.provision.id, evidence, reasons, read_by)


def _why_transfer(
    law: TransferLaw, ground: TransferGround, treaty: bool, on: date
) -> tuple[Reason, Mark]:
    said = law.provision.stated
    if said is not None and said.contested:
        where = {"state": law.provision.state}
        return Reason(Why.STATEMENTS_CONTRADICT, Status.CANDIDATE, where), Mark.UNVERIFIED
    if law.provision.no_longer:
        return Reason(Why.NO_LONGER_HOLDS, Status.CANDIDATE), Mark.UNVERIFIED
    if law.reading is Reading.NONE:
        return Reason(Why.NO_GENERAL_LAW, Status.CANDIDATE), Mark.NOT_FOUND
    # What a state has read is what the law says from that day on, if nobody knows since when.
    early = said is not None and not law.valid_from and on < last_day(law.provision.evidence.as_at)
    if law.reading is Reading.UNKNOWN or early:
        return Reason(Why.RULE_UNREAD, Status.CANDIDATE), Mark.UNVERIFIED
    mark = law.permits.get(ground, Mark.VERIFIED)
    if weakest(law.provision.evidence.mark, mark) is not Mark.VERIFIED:
        where = {"provision": law.provision.id}
        return Reason(Why.PROVISION_UNVERIFIED, Status.CANDIDATE, where), mark
    if ground not in law.permits:
        return Reason(Why.NOT_LISTED, Status.MISSING), mark
    if ground in _STILL_TO_DECIDE:
        return Reason(_STILL_TO_DECIDE[ground], Status.CANDIDATE), mark
    if ground is TransferGround.TREATY and not treaty:
        return Reason(Why.NO_TREATY_AVAILABLE, Status.CANDIDATE), mark
    return Reason(Why.PERMITTED, Status.AVAILABLE), mark
