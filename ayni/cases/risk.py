"""Level of risk from severity and likelihood (protocol step 4.1; UNODC manual, module 5). Pure.

The rule that the level comes from severity by likelihood is the source's; the table itself is a
proposal [D], no source gives one. An officer may decide otherwise and says why.
"""

from __future__ import annotations

SEVERITIES = ("minor", "serious", "very_serious", "life")
LIKELIHOODS = ("unlikely", "possible", "likely", "almost_certain")

# Rows: severity from minor to life; columns: likelihood from unlikely to almost certain.
_LEVELS = (
    ("low", "low", "medium", "medium"),
    ("low", "medium", "high", "high"),
    ("medium", "high", "high", "very_high"),
    ("high", "high", "very_high", "very_high"),
)


def level_of(severity: str, likelihood: str) -> str:
    """The level for a severity and a likelihood. Raises ValueError for an unknown code."""
    return _LEVELS[SEVERITIES.index(severity)][LIKELIHOODS.index(likelihood)]
