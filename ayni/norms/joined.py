"""The register that is shipped, what states have verified of themselves, of their own law and of
articles of instruments, and what the last reviews say no longer holds, together. Pure.

A state's own statement stands above the register for its own standing. Where the two do not agree
that is said, with both sources. Of an article that the register has not read, what states that are
bound have read counts: for what all of them say that it serves, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ayni.norms.in_force import Answer, in_force
from ayni.norms.model import (
    BOUND,
    ArticleRead,
    Evidence,
    Force,
    Framework,
    Ground,
    Instrument,
    Mark,
    Provision,
    Purposes,
    Reading,
    Standing,
    Stated,
    StatedLaw,
    Text,
    TransferGround,
    TransferLaw,
)

_DAY = timedelta(days=1)


def joined(seed: Framework, stated: Iterable[tuple[str, str, Stated]]) -> Framework:
    """The framework with statements: (id of the instrument, state, what it says). One about an
    instrument that the register does not have is passed over."""
    found: dict[str, dict[str, Stated]] = {}
    for ident, state, said in sorted(stated, key=lambda each: each[0] not in seed.former):
        current = seed.former.get(ident, ident)  # what is said of the current id comes last
        if current in seed.instruments:
            found.setdefault(current, {})[state] = said
    if not found:
        return seed
    instruments = {
        ident: replace(each, stated=found[ident]) if ident in found else each
        for ident, each in seed.instruments.items()
    }
    return replace(seed, instruments=instruments)


def reviewed(known: Framework, no_longer: Mapping[str, date]) -> Framework:
    """The framework with what the last reviews say no longer holds: id of the item (instrument,
    instrument and state, finding about a state's law) -> day of the review."""
    if not no_longer:
        return known
    of: dict[str, dict[str, date]] = {}
    for ident, day in no_longer.items():
        head, _colon, state = ident.partition(":")
        of.setdefault(head, {})[state] = day
    gone = of.keys() & known.provisions.keys()
    return replace(
        known,
        instruments={
            ident: replace(each, no_longer=of[ident]) if ident in of else each
            for ident, each in known.instruments.items()
        },
        provisions={
            ident: replace(each, no_longer=True) if ident in gone else each
            for ident, each in known.provisions.items()
        },
        laws={
            state: tuple(
                replace(law, provision=replace(law.provision, no_longer=True))
                if law.provision.id in gone
                else law
                for law in laws
            )
            for state, laws in known.laws.items()
        },
    )


def with_laws(
    known: Framework, said: Mapping[str, StatedLaw], no_longer: Mapping[str, date]
) -> Framework:
    """The framework with what states say of their own law: id of the finding -> what it says;
    `no_longer` as of `reviewed`, which comes before.

    What a law on personal data lets pass stays as the register has it unless its state says it: all
    that the law names, and nothing else. Of one that contradicts itself nobody knows.
    """
    found = {
        ident: _of_law(known.provisions[ident], each, no_longer.get(ident))
        for ident, each in said.items()
        if ident in known.provisions
    }
    if not found:
        return known
    laws = {
        state: tuple(_of_transfer(each, found.get(each.provision.id)) for each in some)
        for state, some in known.laws.items()
    }
    return replace(known, provisions={**known.provisions, **found}, laws=laws)


def _of_transfer(law: TransferLaw, own: Provision | None) -> TransferLaw:
    """A law on personal data as its state has read what it lets leave, if the state says so. The
    days between which it holds are those of the register."""
    said = own.stated if own is not None else None
    if own is None or said is None or (said.grounds is None and not said.contested):
        return law
    if said.contested:
        return replace(law, provision=own)
    permits = {each: Mark.VERIFIED for each in TransferGround if each in (said.grounds or ())}
    return replace(law, provision=own, reading=Reading.FULL, permits=permits)


def _of_law(register: Provision, said: StatedLaw, reviewed_on: date | None) -> Provision:
    """One finding as its state has read it. Where the law provides for nothing there is no ground;
    what was said on the day of a review that it no longer holds, or later, answers it."""
    if said.contested:
        return replace(register, evidence=said.evidence, stated=said)
    answered = reviewed_on is None or said.on >= reviewed_on
    return replace(
        register,
        reference=said.reference or register.reference,
        text=said.text,
        evidence=said.evidence,
        ground=register.ground if said.provides else None,
        no_longer=register.no_longer and not answered,
        stated=said,
    )


def can_read(of: Instrument, state: str) -> bool:
    """Whether what a state has read of an instrument counts: it is bound by it, or named by it
    while nobody knows whether it is. What the state says itself of how it stands comes first."""
    if of.kind == "negotiation":
        return False
    stated = of.stated.get(state)
    if stated is not None and not stated.contested and stated.force is not Force.NOT_KNOWN:
        return stated.force is Force.IN_FORCE
    stands = of.standing.get(state)
    return stands is not None and stands.standing in (*BOUND, Standing.UNKNOWN)


def with_articles(known: Framework, said: Iterable[tuple[str, ArticleRead]]) -> Framework:
    """The framework with what states have read: (id of the article, or of the instrument for its
    whole text; what one state says of it). `known` holds how states say they stand already.

    An article that the register does not name comes in. One that it has read itself stays as it
    is; so does everything of which one of the states has published two statements under one number.
    """
    instruments, provisions = dict(known.instruments), dict(known.provisions)
    for head, items in sorted(_by_instrument(known, said).items()):
        of = instruments[head]
        for article in sorted(items, key=_order):
            lines = tuple(items[article][state] for state in sorted(items[article]))
            if not article:
                of = replace(of, read_by=lines, **_read(of.evidence, lines))
                continue
            ident = f"{head}.{article}"
            before = provisions.get(ident) or _not_named(ident, article, lines)
            provisions[ident] = replace(before, read_by=lines, **_read(before.evidence, lines))
            if counts(before.evidence, lines):
                of = replace(of, grounds=tuple(_grounds(of, ident, agreed(lines))))
        instruments[head] = of
    return replace(known, instruments=instruments, provisions=provisions)


def counts(register: Evidence, lines: tuple[ArticleRead, ...]) -> bool:
    """Whether what states say is used in place of the register: it has not read it itself, and no
    state contradicts itself."""
    return register.mark is not Mark.VERIFIED and not any(each.contested for each in lines)


def readers(article: Provision, register: Framework) -> tuple[str, ...]:
    """The states whose own reading of an article is used; none where the register has read it."""
    own = register.provisions.get(article.id)
    if own is not None and own.evidence.mark is Mark.VERIFIED:
        return ()
    return tuple(each.state for each in article.read_by)


def agreed(lines: tuple[ArticleRead, ...]) -> Purposes:
    """For what an article serves by what every one of these states says."""
    some = {purpose for each in lines for purpose in each.serves}
    return frozenset(each for each in some if all(each in line.serves for line in lines))


def _by_instrument(
    known: Framework, said: Iterable[tuple[str, ArticleRead]]
) -> dict[str, dict[str, dict[str, ArticleRead]]]:
    """By instrument, article (empty for the whole text) and state, of those that count."""
    found: dict[str, dict[str, dict[str, ArticleRead]]] = {}
    # What is said under the current id of an instrument comes last.
    for ident, each in sorted(said, key=lambda row: row[0].partition(".")[0] not in known.former):
        head, _dot, article = ident.partition(".")
        head = known.former.get(head, head)
        if head in known.instruments and can_read(known.instruments[head], each.state):
            found.setdefault(head, {}).setdefault(article, {})[each.state] = each
    return found


def _order(article: str) -> tuple[int, str]:
    """Articles by their numbers; the whole text first."""
    number, _dash, rest = article.partition("-")
    return (int(number) if number.isdecimal() else 0), rest


def _not_named(ident: str, article: str, lines: tuple[ArticleRead, ...]) -> Provision:
    """An article that the register does not name, as it stands before anything of it counts."""
    cited = dict.fromkeys(each.reference for each in lines if each.reference)
    reference = " / ".join(cited) or f"art. {article.replace('-', ' ')}"
    unread = Evidence("content not verified", Mark.UNVERIFIED)
    return Provision(ident, reference, None, unread, instrument=ident.partition(".")[0])


def _read(register: Evidence, lines: tuple[ArticleRead, ...]) -> dict[str, Any]:
    """Text and evidence by what states have read. Where they did not write the same, each text
    stands with the code of its state: nothing is chosen between them."""
    contested = next((each for each in lines if each.contested), None)
    if register.mark is not Mark.VERIFIED and contested is not None:
        return {"evidence": contested.evidence}
    if not counts(register, lines):
        return {}
    texts = {each.text for each in lines}
    text = texts.pop() if len(texts) == 1 else " ".join(_with_state(each) for each in lines)
    sources = dict.fromkeys(each.evidence.source for each in lines)
    evidence = Evidence(
        " / ".join(sources), Mark.VERIFIED, max(each.evidence.as_at for each in lines)
    )
    return {"text": Text(es=text, pt=text, en=text), "evidence": evidence}


def _with_state(read: ArticleRead) -> str:
    return f"{read.state.upper()}: {read.text.rstrip('.')}."


def _grounds(of: Instrument, ident: str, serves: Purposes) -> Iterator[Ground]:
    """The grounds of an instrument, resting on an article where it serves and nowhere else. One of
    which it serves a part is parted, so that each purpose stays in one ground."""
    for ground in of.grounds:
        others = tuple(each for each in ground.provisions if each != ident)
        with_it = ground.provisions if ident in ground.provisions else (*others, ident)
        served = ground.purposes & serves
        if served == ground.purposes:
            yield replace(ground, provisions=with_it)
        elif not served:
            yield replace(ground, provisions=others)
        else:
            for crime, subject in sorted(ground.purposes):
                yield replace(
                    ground,
                    crimes=frozenset({crime}),
                    subjects=frozenset({subject}),
                    provisions=with_it if (crime, subject) in served else others,
                )


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The register and a state do not say the same of the day `on`, or of the day before it:
    `answer` is what the register alone says, `stated` what the state says."""

    state: str
    stated: Stated
    answer: Answer


def contradictions(instrument: Instrument) -> tuple[Contradiction, ...]:
    """Where the register knows something else than a state says of itself, by state. What the
    register does not know contradicts nothing; two statements of the state that contradict each
    other are no contradiction with the register."""
    instrument = replace(instrument, no_longer={})  # a review says nothing of what holds
    alone = replace(instrument, stated={})
    found = []
    for state, stated in sorted(instrument.stated.items()):
        if stated.contested:
            continue
        for day in (stated.on, stated.on - _DAY):
            register, own = in_force(alone, state, day), in_force(instrument, state, day)
            if register.force not in (Force.NOT_KNOWN, own.force):
                found.append(Contradiction(state, stated, register))
                break
    return tuple(found)
