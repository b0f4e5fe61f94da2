"""The kind of entry by which a state says how one instrument stands for itself.

The state is the owner of the entry, and no field: nobody says it of another. The day from which it
says so is the entry's own `valid_from`.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.gazette import api as gazette
from ayni.lib import person_numbers
from ayni.members.api import Permission
from ayni.norms import load
from ayni.norms.errors import (
    BeforeItsSignature,
    DayNeeded,
    NotAmongItsStates,
    SeenLater,
    SourceNamesPerson,
    UnknownInstrument,
)
from ayni.norms.model import Force, Instrument, Mark, first_day
from ayni.norms.wording import FORCES, MARKS, day_text, in_readers_language

NAME = "norms.standing"
LARGEST_SOURCE = 500
# How a state may know how an instrument stands for itself: only what was read counts.
MARKS_STATED = (Mark.VERIFIED, Mark.SECONDARY)
_FIRST, _LAST = date(1900, 1, 1), date(2200, 12, 31)


def instrument_of(said: gazette.Said) -> Instrument:
    """The instrument of the shipped register that an entry is about, also by a former id. Raises
    `UnknownInstrument`."""
    seed = load.framework()
    found = seed.instruments.get(seed.former.get(said.key, said.key))
    if found is None:
        raise UnknownInstrument(instrument=said.key)
    return found


def check(said: gazette.Said) -> None:
    """Raise unless the statement can be meant: `UnknownInstrument`, `NotAmongItsStates`,
    `DayNeeded`, `BeforeItsSignature`, `SeenLater`, `SourceNamesPerson`."""
    instrument = instrument_of(said)
    if not can_be_stated(instrument, said.owner):
        raise NotAmongItsStates(instrument=instrument.id)
    on = said.valid_from
    if on is None or not _FIRST <= on <= _LAST:
        raise DayNeeded
    if said.body["seen"] and on > said.at.date():
        raise SeenLater
    if said.body["force"] == Force.IN_FORCE.value and on < _earliest(instrument):
        raise BeforeItsSignature(instrument=instrument.id)
    if names_person(said.body["source"]):
        raise SourceNamesPerson


def names_person(source: str) -> bool:
    """Whether an address, or what may be a number of a document or telephone, stands in a source.
    Numbers of laws and gazettes are none."""
    found = person_numbers.seen(person_numbers.plain(source), official=True)
    return bool(found.addresses or found.numbers)


def can_be_stated(instrument: Instrument, state: str) -> bool:
    """Whether a state can say how an instrument stands for it: not of what is only negotiated, nor
    of an agreement between two others."""
    if instrument.kind == "negotiation":
        return False
    return instrument.kind != "bilateral" or state in instrument.standing


def _earliest(instrument: Instrument) -> date:
    """The first day on which it can have been in force for anybody."""
    days = [instrument.signed] if instrument.signed else []
    entry = instrument.in_force
    if entry is not None and entry.on and entry.evidence.mark is Mark.VERIFIED:
        days.append(entry.on)
    return max((first_day(each) for each in days), default=_FIRST)


def in_words(said: gazette.Said) -> str:
    """What it says in one sentence, in the reader's language."""
    day = day_text(said.valid_from.isoformat()) if said.valid_from else ""
    source = said.body["source"]
    if names_person(source):  # another node let it through
        source = _("Not shown: it looks as if it held data of a person.")
    words = {
        "force": FORCES[Force(said.body["force"])],
        "day": day,
        "source": source,
        "mark": MARKS[Mark(said.body["mark"])],
    }
    if said.body["seen"]:
        return _("%(force)s, seen on %(day)s. Source: %(source)s (%(mark)s).") % words
    return _("%(force)s, from %(day)s on. Source: %(source)s (%(mark)s).") % words


def about(said: gazette.Said) -> str:
    """The instrument, in the reader's language."""
    return in_readers_language(instrument_of(said).names)


def address(said: gazette.Said) -> str:
    """The page of the instrument."""
    from django.urls import reverse

    return reverse("norms:instrument", args=[instrument_of(said).id])


STANDING = gazette.EntryKind(
    name=NAME,
    title=gettext_lazy("How an instrument stands for the state"),
    schema=gazette.closed(
        force={"enum": [each.value for each in Force]},
        mark={"enum": [each.value for each in MARKS_STATED]},
        seen={"type": "boolean"},
        source={"type": "string", "minLength": 3, "maxLength": LARGEST_SOURCE},
    ),
    permission=Permission.NORMS_VERIFY,
    owners=frozenset({gazette.Owner.STATE}),
    about_nobody=True,
    in_words=in_words,
    about=about,
    check=check,
    address=address,
)
