"""Writing the platform's text: by the secretariat, or by the presidency while it is away; and each
state's own focal points."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from ayni.agenda import kinds, reading, rules, terms
from ayni.agenda.errors import (
    DayNeeded,
    MandateEndsBeforeItBegins,
    NothingStands,
    NotPresiding,
    StandsOtherwise,
)
from ayni.agenda.reading import Presidencies
from ayni.agenda.rules import Line
from ayni.agenda.terms import Term
from ayni.agenda.wording import FUNCTIONS
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.members.api import Permission, Role

Json = dict[str, Any]


def check_may_write(*, by: Actor, known: Presidencies | None = None) -> None:
    """Raise `NotAllowed` or `NotPresiding` unless the actor writes the platform's text today: an
    officer of the secretariat on its node, or of the presidency on that of the state that is known
    to preside."""
    members.check_may(by, Permission.AGENDA_WRITE)
    here = members.this_node()
    if here == members.SECRETARIAT:
        # An officer of the presidency there sees; what the secretariat says, its own officers say.
        if by.role != Role.SECRETARIAT_OFFICER:
            raise NotPresiding
        return
    who = (known or reading.presidencies()).on(clock.now().date()).term
    if who is None or who.state != here or by.role != Role.PRESIDENCY_OFFICER:
        raise NotPresiding


def can_write(*, by: Actor) -> bool:
    """Whether `check_may_write` lets this actor through."""
    try:
        check_may_write(by=by)
    except (NotPresiding, NotAllowed):
        return False
    return True


def publish(
    by: Actor, kind: str, key: str, body: Json, *, known: Presidencies, after: str, instead: str,
    valid_from: date | None = None, valid_until: date | None = None,
) -> Published:  # fmt: skip
    """The next version of this node's line, if what its author saw still stands."""
    stands = reading.stands_of(kind, key, known)
    if stands.broken and members.this_node() != members.SECRETARIAT:
        raise NothingStands
    if stands.ref != after:
        raise StandsOtherwise(stands.version)
    own = gazette.one(owner=members.this_node(), kind=kind, key=key)
    return gazette.publish(
        by=by,
        kind=kind,
        key=key,
        body={**body, "after": after, "instead": instead.strip()},
        seen=0 if own is None else own.said.version,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def publish_terms(
    by: Actor, found: tuple[Term, ...], *, known: Presidencies, after: str, instead: str
) -> Published:
    """The next version of the presidencies, if what its author saw still stands."""
    rows = [terms.as_json(each) for each in found]
    body: Json = {"terms": rows}
    return publish(
        by, kinds.PRESIDENCY, kinds.TERMS_KEY, body, known=known, after=after, instead=instead
    )


def record_term(
    *, by: Actor, term: Term, after: str, replaces: date | None = None, instead: str = ""
) -> Published:
    """Record a presidency, or correct the one that began on the day `replaces`.

    `after`: the version that stood before the author's eyes (`Stands.ref`); `instead`: why a
    presidency writes instead of the secretariat. Raises `NotAllowed`, `NotPresiding`,
    `TermsOverlap`, `TermEndsTooEarly`, `UnknownState`, `NamesAPerson`, `ReasonNeeded`,
    `StandsOtherwise`, `NothingStands`, and what `gazette.publish` raises.
    """
    known = reading.presidencies()
    check_may_write(by=by, known=known)
    with audit.act(by=by, verb="agenda.record_term", subject=term.state):
        found = terms.replaced(known.base, term, begins=replaces)
        return publish_terms(by, found, known=known, after=after, instead=instead)


def set_rule(
    *, by: Actor, code: str, value: str, source: str, mark: str, after: str, instead: str = "",
    begins: date | None = None, until: date | None = None, replaces: str = "",
) -> Published:  # fmt: skip
    """Record what the plenary has set; an empty value: it is not known.

    `begins`, `until`: the days on which it holds, both included; None: since when is not known, or
    no end is set. It is one more line of the rule, and what held before ends on the day before,
    unless it takes the place of a line: of the one named by `replaces` (`Line.code`); if none is
    named, of one with the same first day. Raises `NotFound`, `WrongValue`, `LinesOverlap`,
    `MoreThanMembers`, `gazette.EndsBeforeItBegins`, and as `record_term`.
    """
    known = reading.presidencies()
    check_may_write(by=by, known=known)
    new = Line(value.strip(), source.strip(), mark, begins, until)
    lines = rules.written(reading.rule(code, known).lines, new, replaces=replaces)
    with audit.act(by=by, verb="agenda.set_rule", subject=code):
        body: Json = rules.as_json(lines)
        return publish(by, kinds.RULE, code, body, known=known, after=after, instead=instead)


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a working group (`group`) or an observer (`observer`); days included."""

    sort: str
    name: str
    about: str
    leads: str
    source: str
    mark: str
    begins: date | None = None
    until: date | None = None


def set_party(*, by: Actor, key: str, party: About, after: str, instead: str = "") -> Published:
    """Record a working group or an observer, under its key or, for an empty one, a new key made of
    its name. Raises `gazette.EndsBeforeItBegins`, `WrongValue`, and as `record_term`."""
    known = reading.presidencies()
    check_may_write(by=by, known=known)
    key = key or f"{party.sort}:{slug(party.name)}"
    with audit.act(by=by, verb="agenda.set_party", subject=key):
        body: Json = {
            "sort": party.sort,
            "name": party.name.strip(),
            "about": party.about.strip(),
            "leads": party.leads,
            "source": party.source.strip(),
            "mark": party.mark,
        }
        return publish(
            by, kinds.PARTY, key, body, known=known, after=after, instead=instead,
            valid_from=party.begins, valid_until=party.until,
        )  # fmt: skip


def slug(name: str) -> str:
    """A part of a key, made of a name."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "x"


def name_office(
    *, by: Actor, function: str, office: str, institution: str, act: str,
    begins: date | None, until: date | None, seen: int,
) -> Published:  # fmt: skip
    """Name the office of this node's own state that has a function before the platform.

    `function`: main, alternate or authority; `begins`, `until`: days of the mandate, both included;
    `act`: by which act it was named; `seen`: the version that stood before the author's eyes, 0 for
    none. Raises `NotAllowed`, `NotFound`, `DayNeeded`, `MandateEndsBeforeItBegins`, `NamesAPerson`,
    `gazette.NotItsOwner` on the secretariat's node, `gazette.StaleEntry`, `gazette.NoKeys`,
    `gazette.NotComparedYet`.
    """
    members.check_may(by, Permission.MANDATE_WRITE)
    if function not in FUNCTIONS:
        raise NotFound
    if begins is None:
        raise DayNeeded
    if until is not None and until < begins:
        raise MandateEndsBeforeItBegins
    with audit.act(by=by, verb="agenda.name_office", subject=function):
        return gazette.publish(
            by=by,
            kind=kinds.FOCAL_POINT,
            key=function,
            body={"office": office.strip(), "institution": institution.strip(), "act": act.strip()},
            seen=seen,
            valid_from=begins,
            valid_until=until,
        )
