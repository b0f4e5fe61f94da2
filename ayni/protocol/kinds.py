"""Kinds of entries: a version of the protocol, by the secretariat; its adoption, by a state.

What is checked here holds for what other nodes publish as well: they may run other software.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import rfc8785
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from ayni.gazette import api as gazette
from ayni.lib import person_numbers
from ayni.lib.errors import Refused
from ayni.members.api import Permission
from ayni.protocol import versions
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.following import flaws_in
from ayni.protocol.load import build, checked
from ayni.protocol.model import Definition, Text
from ayni.protocol.national import Fault, fault_in
from ayni.protocol.needed import needed
from ayni.protocol.published import (
    ADOPTION,
    VERSION,
    digest_of,
    number_of,
    parameters_of,
    reservations_of,
)
from ayni.protocol.refusals import (
    ActNeeded,
    DayOver,
    LeavesWithoutStep,
    NamesPerson,
    NoSuchStep,
    NotChangeable,
    NotItsNumber,
    NotStricter,
    OtherText,
    TwiceTheSame,
    VersionIsFixed,
    VersionUnsound,
)
from ayni.protocol.source import Located

LARGEST_DEFINITION = 400_000  # bytes of canonical JSON; the reference text has 184,000
LONGEST_TEXT, LONGEST_ACT = 2000, 300
LONGEST_STEP = 8  # as the columns that keep it
_REFERENCE = "reference"  # the key of the text that the software ships
_STEP = r"^[0-9A-Z]\.[0-9]{1,4}(\.[a-z])?$"
_REFUSALS = {
    Fault.NOT_CHANGEABLE: NotChangeable,
    Fault.NOT_STRICTER: NotStricter,
    Fault.TWICE: TwiceTheSame,
}


def check_version(said: gazette.Said) -> None:
    """Raise unless a version can be published so: `VersionIsFixed`, `NamesPerson`,
    `VersionUnsound`, `VersionChanged`, `LeavesWithoutStep`, `NotItsNumber`."""
    if said.version != 1:
        raise VersionIsFixed
    check_texts([said.body["decision"], said.body["changes"]])
    definition = sound(said.body["definition"])
    if said.key != number_of(definition.key, definition.version) or said.valid_from is None:
        raise NotItsNumber
    versions.check_same_as_reference(definition)


def sound(document: dict[str, Any]) -> Definition:
    """The definition of a plain document from outside, checked once for each content. Raises
    `VersionUnsound`, `LeavesWithoutStep`."""
    canonical = rfc8785.dumps(document)
    if len(canonical) > LARGEST_DEFINITION:
        raise VersionUnsound
    found = _sound(_Kept(digest_of(canonical), document))
    if isinstance(found, Refused):
        raise found.with_traceback(None)  # the one that is kept
    return found


class _Kept:
    """A document that is the same as another one if its digest is."""

    def __init__(self, digest: str, document: dict[str, Any]) -> None:
        self.digest, self.document = digest, document

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and other.digest == self.digest


@lru_cache(maxsize=32)
def _sound(kept: _Kept) -> Definition | Refused:
    try:
        definition = build(checked(Located(kept.document)))
    except DefinitionRefused:
        return VersionUnsound()
    flaws = flaws_in(definition, needed())
    return LeavesWithoutStep(flaws) if flaws else definition


def check_texts(texts: Iterable[str]) -> None:
    """Raise `NamesPerson` if a text looks as if it held an address or number of a person; numbers
    of laws and gazettes are none."""
    for text in texts:
        found = person_numbers.seen(person_numbers.plain(text), official=True)
        if found.addresses or found.numbers:
            raise NamesPerson


def check_adoption(said: gazette.Said) -> None:
    """Raise unless a state can have adopted so: `NotItsNumber`, `DayOver`, `ActNeeded`,
    `UnknownVersion`, `OtherText`, `NotChangeable`, `NotStricter`, `TwiceTheSame`, `NoSuchStep`,
    `NamesPerson`."""
    body, on = said.body, said.valid_from
    if on is None or said.key != on.isoformat() or said.valid_until is not None:
        raise NotItsNumber
    if on < said.at.date():
        raise DayOver
    try:
        act_on = date.fromisoformat(body["act_on"])
    except ValueError:
        raise ActNeeded from None
    if act_on > said.at.date() + timedelta(days=1):  # where the act was made it is a day later
        raise ActNeeded
    definition = versions.definition(body["protocol"], body["version"])
    if definition.digest != body["definition"]:
        raise OtherText
    parameters = parameters_of(body["parameters"])
    fault = fault_in(definition, parameters)
    if fault is not None:
        raise _REFUSALS[fault[0]](step=fault[1].step)
    reservations = reservations_of(body["reservations"])
    if any(each.step and each.step not in definition.steps for each in reservations):
        raise NoSuchStep
    check_texts([body["act"], *(p.act for p in parameters), *(r.text for r in reservations)])


def _version_title(said: gazette.Said) -> str:
    definition = said.body["definition"]
    title = Text.of(definition["title"]).in_language(get_language() or "es")
    return f"{title}, {definition['version']}"


def _version_words(said: gazette.Said) -> str:
    words = {
        "title": Text.of(said.body["definition"]["title"]).in_language(get_language() or "es"),
        "version": said.body["definition"]["version"],
        "decision": said.body["decision"],
    }
    return _("%(title)s, version %(version)s. Decided by: %(decision)s") % words


def _adoption_words(said: gazette.Said) -> str:
    stricter, reserved = len(said.body["parameters"]), len(said.body["reservations"])
    words = {
        "act": said.body["act"],
        "limits": ngettext("%(n)s stricter time limit", "%(n)s stricter time limits", stricter)
        % {"n": stricter},
        "reservations": ngettext("%(n)s reservation", "%(n)s reservations", reserved)
        % {"n": reserved},
    }
    return _("Adopted by: %(act)s. %(limits)s, %(reservations)s.") % words


def _adoption_title(said: gazette.Said) -> str:
    day = date_format(said.valid_from, "DATE_FORMAT") if said.valid_from else ""
    key, version = said.body["protocol"], said.body["version"]
    # Which protocol it is says something only beside another one.
    words = {"version": version if key == _REFERENCE else f"{version} ({key})", "day": day}
    return _("Version %(version)s from %(day)s on") % words


def _address(said: gazette.Said) -> str:
    from django.urls import reverse

    if said.kind == VERSION:
        key, _colon, version = said.key.partition(":")
    else:
        key, version = said.body["protocol"], said.body["version"]
    return reverse("protocol:version", args=[key, version])


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 3, "maxLength": longest}


VERSIONS = gazette.EntryKind(
    name=VERSION,
    title=gettext_lazy("A version of the assistance protocol"),
    schema=gazette.closed(
        changes=_text(LONGEST_TEXT),
        decision=_text(LONGEST_ACT),
        definition={"type": "object"},
    ),
    permission=Permission.PROTOCOL_PUBLISH,
    owners=frozenset({gazette.Owner.SECRETARIAT}),
    about_nobody=True,
    in_words=_version_words,
    about=_version_title,
    check=check_version,
    address=_address,
    largest=LARGEST_DEFINITION + 20_000,
)

ADOPTIONS = gazette.EntryKind(
    name=ADOPTION,
    title=gettext_lazy("The adoption of a version of the assistance protocol"),
    schema=gazette.closed(
        act=_text(LONGEST_ACT),
        act_on={"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        definition={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        parameters={
            "type": "array",
            "maxItems": 60,
            "items": gazette.closed(
                act=_text(LONGEST_ACT),
                limit={"type": "integer", "minimum": 1, "maximum": 50},
                step={"type": "string", "pattern": _STEP, "maxLength": LONGEST_STEP},
                value={"type": "integer", "minimum": 1, "maximum": 3660},
            ),
        },
        protocol={"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"},
        reservations={
            "type": "array",
            "maxItems": 40,
            "items": gazette.closed(
                step={
                    "anyOf": [
                        {"const": ""},
                        {"type": "string", "pattern": _STEP, "maxLength": LONGEST_STEP},
                    ]
                },
                text=_text(1000),
            ),
        },
        version={"type": "string", "pattern": r"^[0-9]{1,9}\.[0-9]{1,9}$"},
    ),
    permission=Permission.PROTOCOL_ADOPT,
    owners=frozenset({gazette.Owner.STATE}),
    about_nobody=True,
    in_words=_adoption_words,
    about=_adoption_title,
    check=check_adoption,
    address=_address,
    largest=131_072,
)
