"""The answer of the legal-basis resolver as it is kept with what left under it: codes, ids and
days only, so that it can be read in any language years later. Pure.
"""

from __future__ import annotations

from typing import Any

from ayni.norms.legal_basis import LegalBasis, Missing, Named
from ayni.norms.resolver import TransferBasis
from ayni.norms.wording import settling

Kept = dict[str, Any]


def kept(found: LegalBasis) -> Kept:
    """Plain values under `from`, `to`, `matter`, `date`, `purposes`, `instruments`, `missing`,
    `unserved`, `warnings`, `data_protection`. Days are ISO 8601, states ISO 3166-1 alpha-2."""
    return {
        "from": found.requesting,
        "to": found.requested,
        "matter": found.crime.value,
        "date": found.on.isoformat(),
        "purposes": [each.value for each in found.purposes],
        "instruments": [_named(each) for each in found.instruments],
        "missing": [_missing(each) for each in found.missing],
        "unserved": [each.value for each in found.unserved],
        "warnings": [
            {"code": each.code, "state": each.state, "instrument": each.instrument}
            for each in found.warnings
        ],
        "data_protection": {
            sender: [_ground(each) for each in grounds] for sender, grounds in found.data_protection
        },
    }


def _named(named: Named) -> Kept:
    return {
        "id": named.instrument.id,
        "since": named.since.isoformat(),
        "seen": named.seen,
        "purposes": [each.value for each in named.purposes],
        "to_check": [each.value for each in named.to_check],
        "provisions": list(named.provisions),
    }


def _missing(missing: Missing) -> Kept:
    return {
        "id": missing.instrument.id,
        "states": {state: answer.force.value for state, answer in missing.force},
        "settled_by": [why.value for why in settling(missing.reasons)],
    }


def _ground(basis: TransferBasis) -> Kept:
    read_by = {"read_by": basis.read_by} if basis.read_by else {}
    return {
        "ground": basis.ground.value, "status": basis.status.value, "law": basis.law, **read_by,
    }  # fmt: skip
