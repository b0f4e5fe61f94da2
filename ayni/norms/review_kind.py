"""The kind of entry by which whoever is responsible says that an item was looked at again."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.gazette import api as gazette
from ayni.gazette.api import Owner
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.norms import load
from ayni.norms.errors import NextReviewNeeded, NotResponsible, SourceNamesPerson, UnknownItem
from ayni.norms.reviewing import LONGEST, Item, Outcome, Sort, items
from ayni.norms.standing_kind import LARGEST_SOURCE, names_person
from ayni.norms.wording import OUTCOMES, TOPICS, day_text, in_readers_language

NAME = "norms.review"


@lru_cache(maxsize=1)
def shipped_items() -> dict[str, Item]:
    """Items of the register that is shipped, by id."""
    found = items(load.framework(), secretariat=members.SECRETARIAT)
    return {each.id: each for each in found}


def item_of(key: str) -> Item:
    """The item under an id, also a former one. Raises `UnknownItem`."""
    head, colon, rest = key.partition(":")
    current = f"{load.framework().former.get(head, head)}{colon}{rest}"
    found = shipped_items().get(current)
    if found is None:
        raise UnknownItem(item=key)
    return found


def check(said: gazette.Said) -> None:
    """Raise `UnknownItem`, `NotResponsible`, `SourceNamesPerson`, `NextReviewNeeded`."""
    item = item_of(said.key)
    if said.owner not in item.responsible:
        raise NotResponsible(item=item.id)
    if names_person(said.body["source"]):
        raise SourceNamesPerson
    try:
        following = date.fromisoformat(said.body["next"])
    except ValueError:
        raise NextReviewNeeded from None
    if not said.at.date() < following <= said.at.date() + LONGEST:
        raise NextReviewNeeded


def name_of(item: Item) -> str:
    """What an item is, in the reader's language."""
    known = load.framework()
    of = known.instruments.get(item.instrument)
    state = str(members.state(item.state).name) if item.state else ""
    if of is not None:
        name = in_readers_language(of.names)
        return f"{state}: {name}" if item.sort is Sort.STANDING else name
    found = known.provisions[item.id]
    topic = str(TOPICS[found.topic]) if found.topic else ""
    return ", ".join(filter(None, (f"{state}: {topic}", found.reference)))


def in_words(said: gazette.Said) -> str:
    """What came of it, in one sentence in the reader's language."""
    source = said.body["source"]
    words = {
        "outcome": OUTCOMES[Outcome(said.body["outcome"])],
        "source": source,
        "day": day_text(said.body["next"]),
    }
    return _("%(outcome)s Source: %(source)s. To be looked at again by %(day)s.") % words


def address(said: gazette.Said) -> str:
    """The page of its review."""
    from django.urls import reverse

    return reverse("norms:review", args=[item_of(said.key).id])


REVIEW = gazette.EntryKind(
    name=NAME,
    title=gettext_lazy("Reviews of the regulatory framework"),
    schema=gazette.closed(
        outcome={"enum": [each.value for each in Outcome]},
        source={"type": "string", "minLength": 3, "maxLength": LARGEST_SOURCE},
        next={"type": "string", "pattern": "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"},
    ),
    permission=Permission.NORMS_REVIEW,
    owners=frozenset({Owner.STATE, Owner.SECRETARIAT}),
    about_nobody=True,
    in_words=in_words,
    about=lambda said: name_of(item_of(said.key)),
    check=check,
    address=address,
)
