"""The door of norms: which legal basis serves, what a provision says, and what may be cited; and
what a state itself says of an instrument, which is published to all.

States are ISO 3166-1 alpha-2 codes in small letters. What answers of states asks the database what
they have published; with `known=shipped()` it answers from the register alone, without a node.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language

from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.norms import answers, basis_words, kept_basis, resolver
from ayni.norms import common_ground as common_ground_rules
from ayni.norms import legal_basis as basis_rules
from ayni.norms.answers import register_in_words, register_used
from ayni.norms.article_stating import TextRead, state_article, take_back_article
from ayni.norms.basis_words import BasisWords
from ayni.norms.errors import (
    BeforeItsSignature,
    DataRefused,
    DayNeeded,
    NextReviewNeeded,
    NotAmongItsStates,
    NotBoundByIt,
    NotCitable,
    NotItsLaw,
    NotItsPurpose,
    NotResponsible,
    ReadAlready,
    ReadDayNeeded,
    SeenLater,
    SourceNamesPerson,
    UnknownInstrument,
    UnknownItem,
    WordsNamePerson,
)
from ayni.norms.findings import (
    LawRead,
    own_finding,
    own_law_said,
    state_finding,
    take_back_finding,
)
from ayni.norms.in_force import in_force
from ayni.norms.joined import Contradiction, contradictions, readers
from ayni.norms.latest_reviews import changed, last_reviews
from ayni.norms.legal_basis import LegalBasis, Purpose
from ayni.norms.load import framework as shipped
from ayni.norms.model import (
    Crime,
    Disagreement,
    Evidence,
    Force,
    Framework,
    Instrument,
    Mark,
    Provision,
    Standing,
    StateStanding,
    Subject,
    Text,
    Topic,
    TransferGround,
    TransferLaw,
)
from ayni.norms.resolver import Basis, Reason, Status, TransferBasis, Why
from ayni.norms.review_kind import name_of as review_name
from ayni.norms.reviewing import Item as ReviewItem
from ayni.norms.reviewing import Outcome, Review
from ayni.norms.reviewing import due as review_due
from ayni.norms.reviews import (
    ToReview,
    can_review,
    check_may_review,
    own_review,
    record_review,
    review_history,
    reviews_owed,
    to_review,
)
from ayni.norms.reviews import item as review_item
from ayni.norms.searching import Found, Question, Shown, find, shown
from ayni.norms.signed_register import Agreement, Register, register, sign_register
from ayni.norms.signed_register import may_sign as may_sign_register
from ayni.norms.standing_kind import can_be_stated
from ayni.norms.standing_kind import in_words as statement_in_words
from ayni.norms.stating import (
    Statement,
    framework,
    may_state,
    own_statement,
    state_standing,
    statements,
    take_back_standing,
)
from ayni.norms.wording import in_readers_language, reason_text

__all__ = [
    "Agreement",
    "Register",
    "may_sign_register",
    "register",
    "sign_register",
    "Found",
    "LawRead",
    "NextReviewNeeded",
    "NotBoundByIt",
    "NotItsLaw",
    "NotItsPurpose",
    "NotResponsible",
    "Outcome",
    "Question",
    "ReadAlready",
    "ReadDayNeeded",
    "Review",
    "ReviewItem",
    "Shown",
    "TextRead",
    "ToReview",
    "UnknownItem",
    "WordsNamePerson",
    "can_review",
    "changed",
    "check_may_review",
    "find",
    "last_reviews",
    "own_finding",
    "own_law_said",
    "own_review",
    "record_review",
    "review_due",
    "review_history",
    "review_item",
    "review_name",
    "reviews_owed",
    "shown",
    "state_article",
    "state_finding",
    "take_back_article",
    "take_back_finding",
    "to_review",
    "Published",
    "can_be_stated",
    "statement_in_words",
    "Basis",
    "BasisWords",
    "BeforeItsSignature",
    "Citation",
    "Contradiction",
    "Crime",
    "DataRefused",
    "DayNeeded",
    "Disagreement",
    "Evidence",
    "Force",
    "Framework",
    "Instrument",
    "LegalBasis",
    "Mark",
    "NotAmongItsStates",
    "NotCitable",
    "Provision",
    "Purpose",
    "Reason",
    "SeenLater",
    "SourceNamesPerson",
    "Standing",
    "StateStanding",
    "Statement",
    "Status",
    "Subject",
    "Text",
    "Topic",
    "TransferBasis",
    "TransferGround",
    "TransferLaw",
    "UnknownInstrument",
    "Why",
    "bridge_states",
    "check_citable",
    "citable",
    "citable_provisions",
    "cite",
    "common_ground",
    "common_ground_as_data",
    "contradictions",
    "current_id",
    "framework",
    "in_force",
    "instrument",
    "instruments",
    "names_serving",
    "kept_legal_basis_in_words",
    "law_on",
    "legal_bases",
    "legal_basis",
    "legal_basis_as_data",
    "legal_basis_to_keep",
    "may_state",
    "own_statement",
    "provision",
    "provisions_of",
    "reasons_of",
    "register_in_words",
    "register_used",
    "shipped",
    "state_standing",
    "statements",
    "take_back_standing",
    "title_language",
    "transfer_grounds",
]


@dataclass(frozen=True, slots=True)
class Citation:
    """What a generated document may say; `read_by`: states whose reading of an article it is."""

    id: str
    title: str
    reference: str
    text: str
    source: str
    as_at: str
    read_by: tuple[str, ...] = ()


def legal_bases(
    *, requesting: str, requested: str, crime: Crime | str, subject: Subject | str, on: date
) -> tuple[Basis, ...]:
    """Every basis known for this direction on this day: available, to check, missing.

    `subject` decides the direction: for `stay` the requested state is the host, for `return` it
    receives the person, for `transfer` it receives the data, for `consular` its post acts. Raises
    `NotFound` for a state that is not one of the ten, `ValueError` for an unknown crime or subject.
    """
    _known(requesting, requested)
    return resolver.legal_bases(
        framework(),
        requesting=requesting,
        requested=requested,
        crime=Crime(crime),
        subject=Subject(subject),
        on=on,
    )


def citable_provisions(
    *, requesting: str, requested: str, crime: Crime | str, subject: Subject | str, on: date
) -> tuple[str, ...]:
    """Ids that a document or grant may name for this direction: verified articles, best first.

    An instrument of which the register names no article is none of them, though it be in force.
    Raises as `legal_bases`.
    """
    found: list[str] = []
    for basis in legal_bases(
        requesting=requesting, requested=requested, crime=crime, subject=subject, on=on
    ):
        if basis.citable:
            found += [id_ for id_ in basis.provisions if citable(id_)]
    return tuple(dict.fromkeys(found))


def legal_basis(
    *,
    requesting: str,
    requested: str,
    crime: Crime | str,
    purposes: Iterable[Purpose | str],
    on: date,
    known: Framework | None = None,
) -> LegalBasis:
    """What may be named, what is missing, warnings and conditions of both sides' data protection.

    Raises `NotFound` for a state that is not one of the ten, `ValueError` for an unknown crime or
    purpose.
    """
    _known(requesting, requested)
    return basis_rules.legal_basis(
        known or framework(),
        requesting=requesting,
        requested=requested,
        crime=Crime(crime),
        purposes=tuple(Purpose(each) for each in purposes),
        on=on,
    )


def legal_basis_to_keep(found: LegalBasis) -> dict[str, Any]:
    """The answer in codes, ids and days, to be kept with what leaves under it."""
    return kept_basis.kept(found)


def kept_legal_basis_in_words(kept: dict[str, Any]) -> BasisWords:
    """A kept answer as sentences in the reader's language."""
    return basis_words.in_words(shipped(), kept)


def legal_basis_as_data(found: LegalBasis, *, known: Framework | None = None) -> dict[str, Any]:
    """The same as plain values, sentences in the reader's language."""
    return answers.of_legal_basis(known or framework(), found)


def common_ground(
    *, on: date, known: Framework | None = None
) -> tuple[common_ground_rules.Pair, ...]:
    """For every pair of the ten states and both crimes what binds both on a day."""
    return common_ground_rules.pairs(known or framework(), states=tuple(members.states()), on=on)


def bridge_states(
    *, on: date, known: Framework | None = None
) -> tuple[common_ground_rules.Bridge, ...]:
    """States that are bound by instruments of both blocs on a day, and could carry an action."""
    return common_ground_rules.bridges(known or framework(), states=tuple(members.states()), on=on)


def common_ground_as_data(*, on: date, known: Framework | None = None) -> dict[str, Any]:
    """For every pair of the ten states and both crimes what binds both, how each instrument named
    stands for each state, the gaps, how many answers wait for verification, and the states that are
    bound by instruments of both blocs."""
    known = known or framework()
    return answers.of_common_ground(
        known,
        common_ground(on=on, known=known),
        bridge_states(on=on, known=known),
        states=sorted(members.states()),
        on=on,
    )


def title_language() -> str:
    """Which of the languages of a title the reader has."""
    language = (get_language() or "es").lower()
    return {"pt": "pt-br", "en": "en"}.get(language[:2], "es")


def current_id(id: str) -> str:  # noqa: A002 - the field's own name
    """The id under which an instrument or one of its articles stands now: grants and messages from
    before name it by the one of their time. An unknown id stays as it is."""
    head, dot, article = id.partition(".")
    return f"{shipped().former.get(head, head)}{dot}{article}"


def transfer_grounds(
    *, sender: str, recipient: str, on: date, crime: Crime | str | None = None
) -> tuple[TransferBasis, ...]:
    """What the sender's law lets leave towards the recipient, consent first.

    Without `crime` the ground "treaty" is available only if one serves for both crimes. Raises
    `NotFound` for a state that is not one of the ten.
    """
    _known(sender, recipient)
    return resolver.transfer_grounds(
        framework(),
        sender=sender,
        recipient=recipient,
        on=on,
        crime=Crime(crime) if crime else None,
    )


def law_on(*, state: str, on: date) -> TransferLaw | None:
    """The personal data law of a state that applies on a day; None if none is known."""
    _known(state)
    return resolver.law_on(framework(), state, on)


def provision(id: str, *, known: Framework | None = None) -> Provision:  # noqa: A002 - as above
    """One provision, verified or not: see `evidence.mark`; a state's own law as the state itself
    says it, if it does. Raises `NotFound`."""
    try:
        return (known or framework()).provisions[current_id(id)]
    except KeyError:
        raise NotFound(provision=id) from None


def provisions_of(*, state: str = "", instrument: str = "") -> tuple[Provision, ...]:
    """Provisions of a state's own law, or articles of an instrument, in the order of the data."""
    return tuple(
        each
        for each in framework().provisions.values()
        if (state and each.state == state) or (instrument and each.instrument == instrument)
    )


def instrument(id: str) -> Instrument:  # noqa: A002 - the field's own name
    """One instrument with the standing of each state. Raises `NotFound`."""
    try:
        return framework().instruments[current_id(id)]
    except KeyError:
        raise NotFound(instrument=id) from None


def instruments() -> tuple[Instrument, ...]:
    """All instruments: universal, regional, bilateral."""
    order = {"universal": 0, "regional": 1, "practice": 2, "bilateral": 3, "negotiation": 4}
    return tuple(sorted(framework().instruments.values(), key=lambda each: order[each.kind]))


def names_serving(subject: Subject | str) -> tuple[str, ...]:
    """Names, in the reader's language, of the instruments of which the register says that they may
    serve for a subject, whichever the crime and the states. Raises `ValueError` for an unknown
    subject."""
    wanted = Subject(subject)
    return tuple(
        in_readers_language(each.names)
        for each in instruments()
        if any(serves is wanted for _crime, serves in each.purposes)
    )


def citable(id: str) -> bool:  # noqa: A002 - the field's own name
    """Whether `check_citable` lets this provision or instrument through."""
    try:
        check_citable(id)
    except NotCitable:
        return False
    return True


def check_citable(id: str) -> None:  # noqa: A002 - the field's own name
    """Raise `NotCitable` unless what is cited was read in its source.

    An article stands on its instrument, an instrument on its entry into force: of the register, or
    as a state has verified it for itself. What is in force for nobody, since states have said so
    themselves, is not cited; nor what its last review says no longer holds. Raises `NotFound` for
    an id that is neither.
    """
    known = framework()
    id = current_id(id)  # noqa: A001 - as above
    if id in known.instruments:
        mark = known.instruments[id].evidence.mark
        holds = _has_entered(known.instruments[id]) and not changed(id)
    else:
        article = provision(id, known=known)
        mark, holds = article.evidence.mark, not article.no_longer
        if article.instrument:
            check_citable(article.instrument)
    if mark is not Mark.VERIFIED or not holds:
        raise NotCitable(norm=id)


def _has_entered(of: Instrument) -> bool:
    """Whether it is verified that it is in force for anybody."""
    if of.stated:
        today = clock.now().date()
        if any(in_force(of, each, today).force is Force.IN_FORCE for each in of.named):
            return True
        if not any(each.force is Force.IN_FORCE for each in of.stated.values()):
            return False
    return of.in_force is None or of.in_force.evidence.mark is Mark.VERIFIED


def cite(id: str, *, language: str) -> Citation:  # noqa: A002 - the field's own name
    """What a generated document may say, in `language`. Raises `NotCitable`, `NotFound`."""
    check_citable(id)
    known, read_by = framework(), tuple[str, ...]()
    id = current_id(id)  # noqa: A001 - as above
    if id in known.instruments:
        of_id = id
        text, reference, evidence = known.instruments[id].text, "", known.instruments[id].evidence
    else:
        article = provision(id, known=known)
        of_id = article.instrument
        text, reference, evidence = article.text, article.reference, article.evidence
        read_by = readers(article, shipped())
    of = known.instruments.get(of_id)
    return Citation(
        id=id,
        title=of.names.in_language(language) if of else "",
        reference=reference,
        text=text.in_language(language) if text else "",
        source=evidence.source,
        as_at=evidence.as_at,
        read_by=read_by,
    )


def reasons_of(basis: Basis | TransferBasis) -> list[str]:
    """Why a basis has its status, as sentences in the reader's language."""
    called = answers.references(shipped())
    return [reason_text(reason, called) for reason in basis.reasons]


def _known(*codes: str) -> None:
    for code in codes:
        if code not in members.states():
            raise NotFound(state=code)
