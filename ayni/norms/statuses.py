"""How an instrument stands for a state on a day, as plain values for files: codes, ids and days, so
that a file says the same in every language.

`since` and `seen` are days (ISO 8601) or empty: the day of entry for this state, or a day on which
a source shows it applied and the day of entry is not known. `source`, `mark` and `as_at` are those
of the answer; `register` is what the register records of this state, `said` what the state has
itself published to all, whether or not it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ayni.gazette.api import Published
from ayni.norms.in_force import in_force
from ayni.norms.model import Evidence, Force, Instrument, Stated, StateStanding
from ayni.norms.standing_kind import names_person

Row = dict[str, Any]
Said = Mapping[tuple[str, str], Published]  # by id of the instrument and code of the state

_KNOWN = ("source", "mark", "as_at")
_OF = {
    "register": ("standing", "on", "on_mark", "entered", "entered_mark", *_KNOWN),
    "said": ("force", "on", "seen", "source", "mark", "published_on", "counts", "contested"),
}
_OWN = ("force", "because", "since", "seen", *_KNOWN, "rests_on")
_LANGUAGES = ("es", "pt", "en")
COLUMNS = (
    "date", "instrument", *(f"name_{each}" for each in _LANGUAGES), "state", *_OWN,
    *(f"{part}_{name}" for part, names in _OF.items() for name in names),
)  # fmt: skip


def status(of: Instrument, state: str, on: date, said: Said) -> Row:
    """One state (small ISO 3166-1 alpha-2 code) and one instrument."""
    answer = in_force(of, state, on)
    since = answer.since.isoformat() if answer.since else ""
    stated, stands = of.stated.get(state), of.standing.get(state)
    published = said.get((of.id, state))
    by_state = stated is not None and stated.evidence == answer.evidence
    return {
        "state": state,
        "force": answer.force.value,
        "because": answer.because.value,
        "since": "" if answer.seen else since,
        "seen": since if answer.seen else "",
        **_known(answer.evidence),
        "rests_on": "state" if by_state else "register",
        "register": _recorded(stands) if stands else None,
        "said": _said(published, stated) if published else None,
    }


def of_law(state: str, force: Force, evidence: Evidence) -> Row:
    """A finding about a state's own law, of which the register names no day of entry."""
    return {"state": state, "force": force.value, **_known(evidence)}


def line(of: Instrument, found: Row, on: date) -> dict[str, str]:
    """The same as one line of a table."""
    names = {f"name_{each}": of.names.in_language(each) for each in _LANGUAGES}
    cells = {"date": on.isoformat(), "instrument": of.id, **names, "state": found["state"]}
    cells |= {name: found[name] for name in _OWN}
    for part, columns in _OF.items():
        held = found[part] or {}
        cells |= {f"{part}_{name}": _cell(held.get(name, "")) for name in columns}
    return cells


def _cell(value: str | bool) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _known(evidence: Evidence) -> Row:
    return {"source": evidence.source, "mark": evidence.mark.value, "as_at": evidence.as_at}


def _recorded(stands: StateStanding) -> Row:
    """What the register records. A day that is not known is empty, and so is its mark."""
    return {
        "standing": stands.standing.value,
        "on": stands.on,
        "on_mark": stands.on_mark.value if stands.on else "",
        "entered": stands.entered,
        "entered_mark": stands.entered_mark.value if stands.entered else "",
        **_known(stands.evidence),
    }


def _said(published: Published, stated: Stated | None) -> Row:
    """What the state says; of what no node can read, and of two statements under one number,
    nothing but that it was published."""
    said, contested = published.said, published.line.contested
    told: Row = dict.fromkeys(_OF["said"], "")
    if not contested and not published.problem:
        source = said.body["source"]
        told |= {
            "force": said.body["force"],
            "on": said.valid_from.isoformat() if said.valid_from else "",
            "seen": said.body["seen"],
            "source": "" if names_person(source) else source,  # another node let it through
            "mark": said.body["mark"],
        }
    return {
        **told,
        "published_on": said.at.date().isoformat(),
        "counts": stated is not None and not contested,
        "contested": contested,
    }
