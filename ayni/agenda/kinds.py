"""The kinds of entries by which the platform's own work is published to all members.

No entry is about a person: offices, institutions and states are named. What the secretariat says,
the state that presides may say instead (`instead`: why); which of the two stands is worked out when
it is read (`standing.py`), since an entry's own check knows no other entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.agenda import rules, seed, terms
from ayni.agenda.errors import (
    DayNeeded,
    LinesOverlap,
    MoreThanMembers,
    NamesAPerson,
    NotTheSecretariats,
    ReasonNeeded,
    TermEndsTooEarly,
    TermsOverlap,
    UnknownState,
    WrongValue,
)
from ayni.agenda.office_text import names_a_person
from ayni.agenda.wording import CHECKLIST, FUNCTIONS, SORTS, day_text, rule_text, state_text
from ayni.gazette import api as gazette
from ayni.gazette.api import Owner, Said
from ayni.members import api as members
from ayni.members.api import Permission

PRESIDENCY = "agenda.presidency"
HANDING_OVER = "agenda.handing_over"
RULE = "agenda.rule"
PARTY = "agenda.party"
FOCAL_POINT = "agenda.focal_point"
TERMS_KEY = "terms"
MOST_TERMS = 80
MOST_LINES = 40  # of one rule
LONGEST = 300
_SLUG = re.compile("(group|observer):[a-z0-9-]{1,60}")
MARKS = ("V", "2", "M", "X", "D")


def text(longest: int = LONGEST, shortest: int = 0) -> dict[str, Any]:
    """The schema of a text, in characters."""
    return {"type": "string", "minLength": shortest, "maxLength": longest}


DAY = {"type": "string", "pattern": "^((19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2})?$"}
_REF = {"type": "string", "pattern": r"^([a-z]{2,12}:[1-9][0-9]{0,6})?$"}
_STATE = {"type": "string", "pattern": "^([a-z]{2})?$"}
_FLAG = {"type": "boolean"}
WRITTEN = {"after": _REF, "instead": text()}


def check_written(said: Said) -> None:
    """Raise unless a state says why it writes instead of the secretariat, and only a state does."""
    instead = said.body["instead"].strip()
    if said.owner == members.SECRETARIAT and instead:
        raise NotTheSecretariats
    if said.owner != members.SECRETARIAT and len(instead) < 3:
        raise ReasonNeeded
    check_no_person(instead)


def check_no_person(*texts: str) -> None:
    """Raise `NamesAPerson` if one looks as if it named somebody."""
    if any(names_a_person(each) for each in texts):
        raise NamesAPerson


def _check_state(code: str) -> None:
    if code not in members.states():
        raise UnknownState(state=code)


def check_terms(said: Said) -> None:
    """Raise `UnknownState`, `TermEndsTooEarly`, `TermsOverlap`, `NamesAPerson`, `ReasonNeeded`."""
    check_written(said)
    try:
        found = [terms.of_json(row) for row in said.body["terms"]]
    except ValueError:
        raise WrongValue from None
    for each in found:
        _check_state(each.state)
        check_no_person(each.source)
        if terms.ends_too_early(each):
            raise TermEndsTooEarly(state=each.state)
    both = terms.overlapping(found)
    if both is not None:
        raise TermsOverlap(
            **{name: f"{each.state} {each.begins}" for name, each in zip("ab", both, strict=True)}
        )


def _check_handing_over(said: Said) -> None:
    check_written(said)
    try:
        date.fromisoformat(said.key)
    except ValueError:
        raise WrongValue(key=said.key) from None
    for name in ("to", "from"):
        if name == "to" or said.body[name]:
            _check_state(said.body[name])
    if any(row["code"] not in CHECKLIST for row in said.body["items"]):
        raise WrongValue
    check_no_person(said.body["source"], *(row["note"] for row in said.body["items"]))


def _check_rule(said: Said) -> None:
    check_written(said)
    rule = seed.rules().get(said.key)
    if rule is None:
        raise WrongValue(rule=said.key)
    try:
        lines = rules.of_json(said.body)
    except ValueError:
        raise WrongValue(rule=said.key) from None
    for each in lines:
        _check_value(said.key, rule, each.value)
        check_no_person(each.source)
        if rules.ends_before_it_begins(each):
            raise gazette.EndsBeforeItBegins
    both = rules.overlapping(lines)
    if both is not None:
        raise LinesOverlap(a=both[0].code, b=both[1].code)
    if not rules.in_order(lines):
        raise WrongValue(rule=said.key)


def _check_value(code: str, rule: Mapping[str, Any], value: str) -> None:
    if value and rule["form"] == "choice" and value not in rule["choices"]:
        raise WrongValue(rule=code)
    if value and rule["form"] == "number" and not re.fullmatch("[1-9][0-9]{0,2}", value):
        raise WrongValue(rule=code)


def _check_most(said: Said) -> None:
    """Software before this rule let any number of three digits be a quorum. What was published so
    stays readable."""
    if seed.rules()[said.key]["form"] != "number":
        return
    most = seed.most(said.key)
    if any(int(each.value or 0) > most for each in rules.of_json(said.body)):
        raise MoreThanMembers(most=most)


def _rule_in_words(said: Said) -> str:
    """The value that was written last and from when, in the reader's language."""
    last = rules.of_json(said.body)[-1]
    value = rule_text(last.value)
    if last.begins is None:
        return value
    return _("%(value)s, from %(day)s") % {"value": value, "day": day_text(last.begins)}


def _check_party(said: Said) -> None:
    check_written(said)
    if not _SLUG.fullmatch(said.key) or not said.key.startswith(said.body["sort"] + ":"):
        raise WrongValue(key=said.key)
    if said.body["leads"]:
        _check_state(said.body["leads"])
    check_no_person(said.body["name"], said.body["about"], said.body["source"])


def _check_office(said: Said) -> None:
    if said.key not in FUNCTIONS:
        raise WrongValue(key=said.key)
    if said.valid_from is None:
        raise DayNeeded
    check_no_person(said.body["office"], said.body["institution"], said.body["act"])


def _terms_in_words(said: Said) -> str:
    last = terms.of_json(said.body["terms"][-1])
    words = {"state": state_text(last.state), "day": day_text(last.begins)}
    return _("The last presidency recorded: %(state)s, from %(day)s.") % words


def _handing_over_in_words(said: Said) -> str:
    rows = said.body["items"]
    words = {
        "state": state_text(said.body["to"]),
        "open": sum(row["how"] == "open" for row in rows),
        "n": len(rows),
    }
    return _("Handed over to %(state)s; of %(n)s items, %(open)s stay open.") % words


def office_in_words(said: Said) -> str:
    """An office and from when, in the reader's language."""
    begins = said.valid_from
    words = {
        "office": said.body["office"],
        "institution": said.body["institution"],
        "day": day_text(begins) if begins else "",
    }
    return _("%(office)s, %(institution)s, from %(day)s.") % words


def platform_address(_said: Said) -> str:
    """The page of the platform."""
    from django.urls import reverse

    return reverse("agenda:platform")


BOTH = frozenset({Owner.SECRETARIAT, Owner.STATE})
_TERM = gazette.closed(
    state=_STATE, begins=DAY, end={"enum": [each.value for each in terms.End]}, until=DAY,
    seen=DAY, month_only=_FLAG, inferred=_FLAG, source=text(), mark={"enum": list(MARKS)},
)  # fmt: skip
_ITEM = gazette.closed(
    code=text(40, 1),
    about={"type": "array", "maxItems": 60, "items": text(100)},
    how={"enum": ["handed", "open"]},
    note=text(),
)

PRESIDENCIES = gazette.EntryKind(
    name=PRESIDENCY,
    title=gettext_lazy("Presidencies of the platform"),
    schema=gazette.closed(
        **WRITTEN,
        terms={"type": "array", "minItems": 1, "maxItems": MOST_TERMS, "items": _TERM},
    ),
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=_terms_in_words,
    about=lambda _said: _("Who presides"),
    check=check_terms,
    address=platform_address,
)
HANDINGS_OVER = gazette.EntryKind(
    name=HANDING_OVER,
    title=gettext_lazy("Handing over of the presidency"),
    schema=gazette.closed(
        **WRITTEN,
        **{"from": _STATE},
        to=_STATE,
        source=text(shortest=3),
        items={"type": "array", "maxItems": 40, "items": _ITEM},
    ),
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=_handing_over_in_words,
    about=lambda said: said.key,
    check=_check_handing_over,
    address=platform_address,
)
_VALUE = {"value": text(40), "source": text(), "mark": {"enum": list(MARKS)}}
_RULE = gazette.closed(**WRITTEN, **_VALUE)
# Said only where there is something to say, so that older entries are of this form as well.
_RULE_DAYS = {"from": DAY, "until": DAY}
_EARLIER = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_LINES,
    "items": gazette.closed(**_VALUE, **_RULE_DAYS),
}
RULES = gazette.EntryKind(
    name=RULE,
    title=gettext_lazy("Rules that the plenary has set"),
    schema={**_RULE, "properties": {**_RULE["properties"], **_RULE_DAYS, "earlier": _EARLIER}},
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=_rule_in_words,
    about=lambda said: seed.in_readers_language(seed.rules()[said.key]["names"]),
    check=_check_rule,
    check_new=_check_most,
    address=platform_address,
)
PARTIES = gazette.EntryKind(
    name=PARTY,
    title=gettext_lazy("Working groups and observers"),
    schema=gazette.closed(
        **WRITTEN,
        sort={"enum": list(SORTS)},
        name=text(200, 2),
        about=text(500),
        leads=_STATE,
        source=text(),
        mark={"enum": list(MARKS)},
    ),
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=lambda said: said.body["name"],
    about=lambda said: str(SORTS[said.body["sort"]]),
    check=_check_party,
    address=platform_address,
)
FOCAL_POINTS = gazette.EntryKind(
    name=FOCAL_POINT,
    title=gettext_lazy("Focal points of the state"),
    schema=gazette.closed(office=text(200, 3), institution=text(200), act=text()),
    permission=Permission.MANDATE_WRITE,
    owners=frozenset({Owner.STATE}),
    about_nobody=True,
    in_words=office_in_words,
    about=lambda said: str(FUNCTIONS[said.key]),
    check=_check_office,
    address=platform_address,
)
