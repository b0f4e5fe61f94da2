"""The kind of entry by which a state says what an instrument says, having read it: one article of
it, or its whole text.

The key is the id of the article (instrument, dot, number), or of the instrument for its whole text.
The register need not name the article. The day on which it was read is the entry's own
`valid_from`.
"""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.gazette import api as gazette
from ayni.members.api import Permission
from ayni.norms import load
from ayni.norms.errors import (
    NotAmongItsStates,
    NotItsPurpose,
    ReadDayNeeded,
    UnknownItem,
    WordsNamePerson,
)
from ayni.norms.model import Crime, Instrument, Purposes, Subject
from ayni.norms.standing_kind import LARGEST_SOURCE, can_be_stated, names_person
from ayni.norms.wording import day_text, in_readers_language, purpose_text

NAME = "norms.article"
LARGEST_TEXT = 1000
LARGEST_REFERENCE = 200
LANGUAGES = ("es", "pt-br", "en")
# The number of an article as it stands in its id: 7, 7-bis.
NUMBER = re.compile(r"[1-9][0-9]{0,2}(-[a-z]{1,8})?")
_FIRST = date(1900, 1, 1)
_PURPOSES = {f"{crime}:{subject}": (crime, subject) for crime in Crime for subject in Subject}


def parted(key: str) -> tuple[Instrument, str]:
    """The instrument of the shipped register, also by a former id, and the number of the article,
    empty for its whole text. Raises `UnknownItem`."""
    head, dot, number = key.partition(".")
    seed = load.framework()
    found = seed.instruments.get(seed.former.get(head, head))
    if found is None or (dot and not NUMBER.fullmatch(number)):
        raise UnknownItem(item=key)
    return found, number


def code_of(purpose: tuple[Crime, Subject]) -> str:
    """A purpose as an entry holds it."""
    return ":".join(purpose)


def purposes_of(codes: list[str]) -> Purposes:
    """Purposes as an entry holds them."""
    return frozenset(_PURPOSES[each] for each in codes)


def check(said: gazette.Said) -> None:
    """Raise unless the statement can be meant: `UnknownItem`, `NotAmongItsStates`, `ReadDayNeeded`,
    `NotItsPurpose`, `WordsNamePerson`. Whether the state is bound changes: `joined.py` asks it."""
    of, number = parted(said.key)
    if not can_be_stated(of, said.owner):
        raise NotAmongItsStates(instrument=of.id)
    read = said.valid_from
    if read is None or not _FIRST <= read <= said.at.date():
        raise ReadDayNeeded
    # The whole text carries no claim: an article of it does.
    if not purposes_of(said.body["serves"]) <= (of.purposes if number else frozenset()):
        raise NotItsPurpose(instrument=of.id)
    if any(names_person(said.body[each]) for each in ("text", "reference", "source")):
        raise WordsNamePerson


def in_words(said: gazette.Said) -> str:
    """What it says, in the words of the state and the reader's language around them."""
    body = said.body
    words = {
        # The sentence around it ends with a full stop of its own.
        "text": ": ".join(filter(None, (body["reference"], body["text"].rstrip(".")))),
        "serves": "; ".join(purpose_text(each) for each in sorted(purposes_of(body["serves"]))),
        "source": body["source"],
        "day": day_text(said.valid_from.isoformat()) if said.valid_from else "",
    }
    if words["serves"]:
        return (
            _("%(text)s. It serves for: %(serves)s. Source: %(source)s, read on %(day)s.") % words
        )
    return _("%(text)s. Source: %(source)s, read on %(day)s.") % words


def name_of(key: str) -> str:
    """The instrument and the number of the article, in the reader's language. Raises
    `UnknownItem`."""
    of, number = parted(key)
    name = in_readers_language(of.names)
    return f"{name}, art. {number.replace('-', ' ')}" if number else name


def address(said: gazette.Said) -> str:
    """Its place on the page of the instrument."""
    from django.urls import reverse

    of, number = parted(said.key)
    page = reverse("norms:instrument", args=[of.id])
    return f"{page}#{of.id}.{number}" if number else page


ARTICLE = gazette.EntryKind(
    name=NAME,
    title=gettext_lazy("What an instrument says, as a state has read it"),
    schema=gazette.closed(
        text={"type": "string", "minLength": 3, "maxLength": LARGEST_TEXT},
        language={"enum": [*LANGUAGES]},
        reference={"type": "string", "maxLength": LARGEST_REFERENCE},
        serves={
            "type": "array",
            "maxItems": len(_PURPOSES),
            "uniqueItems": True,
            "items": {"enum": sorted(_PURPOSES)},
        },
        source={"type": "string", "minLength": 3, "maxLength": LARGEST_SOURCE},
    ),
    permission=Permission.NORMS_VERIFY,
    owners=frozenset({gazette.Owner.STATE}),
    about_nobody=True,
    in_words=in_words,
    about=lambda said: name_of(said.key),
    check=check,
    address=address,
)
