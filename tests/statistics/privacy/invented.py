"""A small declared domain and invented records for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ayni.statistics.privacy.domain import Domain, domain_of
from ayni.statistics.privacy.synthesis.drawing import Care
from ayni.statistics.privacy.synthesis.encoding import Codes, Encoded
from ayni.statistics.privacy.synthesis.model import Effort

DECLARED: dict[str, Any] = {
    "id": "small",
    "version": 1,
    "cohort": "year",
    "columns": [
        {"name": "year", "values": ["2023", "2024"], "bucket": None},
        {"name": "gender", "values": ["Female", "Male", "Unknown"], "bucket": "Unknown"},
        {"name": "country", "values": ["AR", "BO", "PE", "ZZ"], "bucket": "ZZ"},
        {"name": "labour", "values": ["", "1"], "bucket": ""},
    ],
    "tables": [["year"], ["gender", "country"], ["gender", "country", "labour"]],
}
SMALL: Domain = domain_of(DECLARED)
QUICK = Effort(mixtures=1, components=4, steps=25)
LIGHT = Care(visits=200, batch=20, moves=(3, 2))


def encoded(codes: Codes, domain: Domain = SMALL) -> Encoded:
    """Records of the domain, none of whose values had to be put in a bucket."""
    return Encoded(domain, codes, dict.fromkeys(domain.names, 0), 0)


def records(count: int, seed: int, domain: Domain = SMALL) -> Codes:
    """Invented records in which columns depend on each other."""
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, 3, count)
    sizes = np.array(domain.sizes)
    near = kind[:, None] % sizes
    far = draw.integers(0, sizes, (count, len(sizes)))
    mixed: Codes = np.where(draw.random((count, len(sizes))) < 0.7, near, far).astype(np.int16)
    return mixed
