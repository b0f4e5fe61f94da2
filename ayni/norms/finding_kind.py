"""The kind of entry by which a state says what its own law says of one topic of the register; of
its law on personal data also, if it says so, which grounds let data leave the state.

The key is the id of the finding in the register, which need hold no more than that nobody has
verified it. The day on which it was read is the entry's own `valid_from`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.gazette import api as gazette
from ayni.members.api import Permission
from ayni.norms import load
from ayni.norms.errors import (
    NoRuleOfTransfer,
    NotItsLaw,
    ReadDayNeeded,
    UnknownItem,
    WordsNamePerson,
)
from ayni.norms.model import Provision, TransferGround
from ayni.norms.review_kind import item_of, name_of
from ayni.norms.standing_kind import LARGEST_SOURCE, names_person
from ayni.norms.wording import GROUNDS, PROVIDES, day_text

NAME = "norms.finding"
LARGEST_TEXT = 1000
LARGEST_REFERENCE = 200
LANGUAGES = ("es", "pt-br", "en")
_FIRST = date(1900, 1, 1)


def finding_of(key: str) -> Provision:
    """The finding of the shipped register about a state's own law. Raises `UnknownItem`."""
    found = load.framework().provisions.get(key)
    if found is None or not found.state:
        raise UnknownItem(item=key)
    return found


def check(said: gazette.Said) -> None:
    """Raise unless the statement can be meant: `UnknownItem`, `NotItsLaw`, `ReadDayNeeded`,
    `NoRuleOfTransfer`, `WordsNamePerson`."""
    if finding_of(said.key).state != said.owner:
        raise NotItsLaw(item=said.key)
    read = said.valid_from
    if read is None or not _FIRST <= read <= said.at.date():
        raise ReadDayNeeded
    if "grounds" in said.body:
        whole = said.body["provides"] and said.body["reference"]
        if not whole or not is_rule_of_transfer(said.key):
            raise NoRuleOfTransfer(item=said.key)
    if any(names_person(said.body[each]) for each in ("text", "reference", "source")):
        raise WordsNamePerson


def is_rule_of_transfer(key: str) -> bool:
    """Whether a finding is a law on personal data, by which data leave the state or do not."""
    laws = load.framework().laws.get(finding_of(key).state, ())
    return any(each.provision.id == key for each in laws)


def grounds_of(body: Mapping[str, Any]) -> frozenset[TransferGround] | None:
    """What a statement says that lets data leave; None if it does not say it."""
    told = body.get("grounds")
    return None if told is None else frozenset(TransferGround(each) for each in told)


def grounds_in_words(grounds: frozenset[TransferGround]) -> str:
    """What lets personal data leave by this law, in one sentence."""
    if not grounds:
        return _("The law was read, and names nothing that lets personal data leave the state.")
    named = "; ".join(str(GROUNDS[each]) for each in TransferGround if each in grounds)
    return _("Lets personal data leave the state: %(grounds)s.") % {"grounds": named}


def in_words(said: gazette.Said) -> str:
    """What it says, in the words of the state and the reader's language around them."""
    words = {
        "provides": PROVIDES[said.body["provides"]],
        # The sentence around it ends with a full stop of its own.
        "text": ", ".join(filter(None, (said.body["text"].rstrip("."), said.body["reference"]))),
        "source": said.body["source"],
        "day": day_text(said.valid_from.isoformat()) if said.valid_from else "",
    }
    told = _("%(provides)s: %(text)s. Source: %(source)s, read on %(day)s.") % words
    grounds = grounds_of(said.body)
    return told if grounds is None else f"{told} {grounds_in_words(grounds)}"


def about(said: gazette.Said) -> str:
    """State and topic, in the reader's language."""
    return name_of(item_of(said.key))


def address(said: gazette.Said) -> str:
    """Its place on the page of the state."""
    from django.urls import reverse

    return f"{reverse('norms:state', args=[finding_of(said.key).state])}#{said.key}"


_SCHEMA = gazette.closed(
    provides={"type": "boolean"},
    text={"type": "string", "minLength": 3, "maxLength": LARGEST_TEXT},
    language={"enum": [*LANGUAGES]},
    reference={"type": "string", "maxLength": LARGEST_REFERENCE},
    source={"type": "string", "minLength": 3, "maxLength": LARGEST_SOURCE},
)
# It stands in a statement only if the state says it, so that a node of the version before, which
# does not know it, takes all others.
_SCHEMA["properties"]["grounds"] = {
    "type": "array",
    "items": {"enum": [each.value for each in TransferGround]},
    "uniqueItems": True,
    "maxItems": len(TransferGround),
}
FINDING = gazette.EntryKind(
    name=NAME,
    title=gettext_lazy("What the law of the state says"),
    schema=_SCHEMA,
    permission=Permission.NORMS_VERIFY,
    owners=frozenset({gazette.Owner.STATE}),
    about_nobody=True,
    in_words=in_words,
    about=about,
    check=check,
    address=address,
)
