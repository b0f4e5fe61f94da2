"""What the resolver and the common ground answer, as plain values for JSON and pages.

Codes of states are ISO 3166-1 alpha-2 in capitals; days are ISO 8601. Sentences are in the reader's
language; titles in all three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from ayni.norms.common_ground import Bridge, Ground, Pair
from ayni.norms.in_force import Answer, in_force
from ayni.norms.legal_basis import LegalBasis, Missing, Named, Warned
from ayni.norms.model import Evidence, Framework, Mark, Provision, Text
from ayni.norms.resolver import Basis, Reason, Status, TransferBasis
from ayni.norms.wording import (
    MARKS,
    WARNINGS,
    in_readers_language,
    reason_text,
    settled_text,
    settling,
    source_text,
    state_name,
)

Value = dict[str, Any]


def register_used(*, shipped: bool) -> str:
    """The code of what an answer was read from: the register that is `shipped` alone, or with what
    states have stated and reviewed since, as far as it has come to this node."""
    return "shipped" if shipped else "shipped_and_published"


def register_in_words(*, shipped: bool) -> str:
    """The same as a sentence in the reader's language."""
    if shipped:
        return gettext("Read from the register that is shipped. No node was asked.")
    return gettext(
        "Read from the register, with what states have published since and has come to this node."
    )


def references(framework: Framework) -> dict[str, str]:
    """What to call each provision, by id: the short name of its instrument, in the reader's
    language, and the article."""
    return {each.id: _reference(framework, each) for each in framework.provisions.values()}


def _reference(framework: Framework, provision: Provision) -> str:
    of = framework.instruments[provision.instrument] if provision.instrument else None
    short = in_readers_language(of.short if of else None)
    return " ".join(part for part in (short, provision.reference) if part)


def of_legal_basis(framework: Framework, found: LegalBasis) -> Value:
    """The answer to one question, under the keys `instruments`, `national`, `missing`, `unserved`,
    `warnings`, `data_protection`."""
    called = references(framework)
    return {
        "from": found.requesting.upper(),
        "to": found.requested.upper(),
        "matter": found.crime.value,
        "purposes": [each.value for each in found.purposes],
        "date": found.on.isoformat(),
        "instruments": [_named(framework, each, called) for each in found.instruments],
        "national": [_national(framework, each, called) for each in found.national],
        "missing": [_missing(each, called) for each in found.missing],
        "unserved": [each.value for each in found.unserved],
        "warnings": [_warned(framework, each) for each in found.warnings],
        "data_protection": {
            sender.upper(): [_transfer(framework, each, called) for each in grounds]
            for sender, grounds in found.data_protection
        },
    }


def _titles(text: Text) -> Value:
    return {"es": text.es, "pt-br": text.pt, "en": text.en}


def _known(evidence: Evidence) -> Value:
    return {
        "source": source_text(evidence.source),
        "mark": evidence.mark.value,
        "verified": evidence.mark is Mark.VERIFIED,
        "how_known": str(MARKS[evidence.mark]),
        "as_at": evidence.as_at,
    }


def _reasons(reasons: Iterable[Reason], called: Mapping[str, str]) -> list[Value]:
    return [
        {
            "code": each.why.value,
            "to_check": each.status is Status.CANDIDATE,
            "text": reason_text(each, dict(called)),
        }
        for each in reasons
    ]


def _named(framework: Framework, named: Named, called: Mapping[str, str]) -> Value:
    instrument = named.instrument
    return {
        "id": instrument.id,
        "title": _titles(instrument.names),
        "kind": instrument.kind,
        "bloc": instrument.bloc,
        "purposes": [each.value for each in named.purposes],
        "to_check_for": [each.value for each in named.to_check],
        "provisions": [_provision(framework.provisions[each], called) for each in named.provisions],
        "in_force_since": named.since.isoformat(),
        "seen_in_force_only": named.seen,
        "reasons": _reasons(named.reasons, called),
        **_known(instrument.evidence),
    }


def _provision(provision: Provision, called: Mapping[str, str]) -> Value:
    return {
        "id": provision.id,
        "reference": called[provision.id],
        "text": in_readers_language(provision.text),
        "read_by": [each.upper() for each in _read_by(provision)],
        **_known(provision.evidence),
    }


def _read_by(provision: Provision) -> list[str]:
    """The states that say themselves that they have read it, without one that contradicts
    itself."""
    if provision.stated is not None and not provision.stated.contested:
        return [provision.state]
    return [each.state for each in provision.read_by if not each.contested]


def _national(framework: Framework, basis: Basis, called: Mapping[str, str]) -> Value:
    provision = framework.provisions[basis.id]
    return {
        "state": provision.state.upper(),
        "status": basis.status.value,
        "reasons": _reasons(basis.reasons, called),
        **_provision(provision, called),
    }


def _missing(missing: Missing, called: Mapping[str, str]) -> Value:
    return {
        "id": missing.instrument.id,
        "title": _titles(missing.instrument.names),
        "purposes": [each.value for each in missing.purposes],
        "certain": missing.known,
        "states": {state.upper(): _force(answer) for state, answer in missing.force},
        "reasons": _reasons(missing.reasons, called),
        "settled_by": sorted({settled_text(why) for why in settling(missing.reasons)}),
        **_known(missing.instrument.evidence),
    }


def _force(answer: Answer) -> Value:
    return {
        "force": answer.force.value,
        "because": answer.because.value,
        "in_force_since": answer.since.isoformat() if answer.since else "",
        "seen_in_force_only": answer.seen,
        **_known(answer.evidence),
    }


def _warned(framework: Framework, warned: Warned) -> Value:
    instrument = framework.instruments[warned.instrument]
    words = {"state": state_name(warned.state), "instrument": in_readers_language(instrument.names)}
    return {
        "code": warned.code,
        "state": warned.state.upper(),
        "instrument": warned.instrument,
        "text": str(WARNINGS[warned.code]) % words,
        "note": in_readers_language(warned.note.text) if warned.note else "",
        **(_known(warned.note.evidence) if warned.note else {}),
    }


def _transfer(framework: Framework, basis: TransferBasis, called: Mapping[str, str]) -> Value:
    return {
        "ground": basis.ground.value,
        "status": basis.status.value,
        "law": called.get(basis.law, ""),
        "read_by": [basis.read_by.upper()] if basis.read_by else [],
        "reasons": _reasons(basis.reasons, called),
        **_known(basis.evidence),
    }


def of_common_ground(
    framework: Framework,
    pairs: Iterable[Pair],
    bridges: Iterable[Bridge],
    *,
    states: Iterable[str],
    on: date,
) -> Value:
    """What binds both of each pair, for both crimes; how each instrument that is named stands for
    each of these states; the gaps; how many answers wait for verification; the bridges."""
    found = [*pairs]
    shown = [of_pair(each) for each in found]
    cells = [(each, name, cell) for each in shown for name, cell in each["matters"].items()]
    return {
        "date": on.isoformat(),
        "pairs": shown,
        "instruments": _instruments(framework, found, [*states], on),
        "gaps": [
            {"a": pair["a"], "b": pair["b"], "matter": name}
            for pair, name, cell in cells
            if cell["gap"]
        ],
        "waiting_for_verification": sum(
            cell["waits_for_verification"] for _pair, _name, cell in cells
        ),
        "bridge_states": [_bridge(each) for each in bridges],
    }


def _instruments(
    framework: Framework, pairs: Iterable[Pair], states: Iterable[str], on: date
) -> Value:
    """Every instrument that is named for one of the pairs, by id, and how it stands for each of
    these states on a day: the value, since when or on which day it was seen in force, the source,
    how it is known."""
    named = {ident: framework.instruments[ident] for each in pairs for ident in each.named}
    return {
        ident: {
            "title": _titles(of.names),
            "states": {each.upper(): _force(in_force(of, each, on)) for each in states},
        }
        for ident, of in sorted(named.items())
    }


def of_pair(pair: Pair) -> Value:
    """Two states and what they share, for each of the two crimes."""
    return {
        "a": pair.a.upper(),
        "b": pair.b.upper(),
        "matters": {crime.value: _ground(ground) for crime, ground in pair.matters.items()},
    }


def _ground(ground: Ground) -> Value:
    return {
        "value": ground.force.value,
        "instruments": list(ground.instruments),
        "without_ground": list(ground.without_ground),
        "not_known": list(ground.not_known),
        "not_applied": list(ground.not_applied),
        "waits_for_verification": ground.waits,
        "of_this_matter_alone": {
            "value": ground.of_this_crime.value,
            "instruments": list(ground.specific),
            "not_known": list(ground.specific_not_known),
        },
        "gap": ground.is_gap,
    }


def _bridge(bridge: Bridge) -> Value:
    """A state that is bound by instruments of both blocs."""
    return {"state": bridge.state.upper(), **{bloc: [*ids] for bloc, ids in bridge.blocs.items()}}
