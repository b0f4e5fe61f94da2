"""Saying what an instrument says: a focal point of a state that is bound by it has read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.norms import article_kind, load
from ayni.norms.article_kind import NAME, parted
from ayni.norms.articles import is_read, own_article_said, own_lines
from ayni.norms.errors import NotBoundByIt, ReadAlready, UnknownItem
from ayni.norms.joined import can_read
from ayni.norms.model import Instrument, Provision, Purposes
from ayni.norms.stating import framework, may_state


@dataclass(frozen=True, slots=True)
class TextRead:
    """What a focal point has read in its source: what it says (in `language`, a tag such as
    `pt-br`), the article as it is cited, what it serves for (both empty for a whole text), where it
    is written, and the day on which it was read."""

    text: str
    language: str
    reference: str
    serves: Purposes
    source: str
    read: date


def state_article(*, by: Actor, ident: str, read: TextRead, seen: int) -> Published:
    """Say what an article of an instrument says, or its whole text, to all members.

    `seen`: number of the statement that stood when the author wrote, 0 for none. Raises
    `NotAllowed`, `NotFound`, `NotBoundByIt`, `ReadAlready`, what the kind's `check` raises,
    `gazette.StaleEntry` with what stands now, `gazette.NoKeys`, `gazette.NotComparedYet`.
    """
    members.check_may(by, Permission.NORMS_VERIFY)
    found = item(ident)
    key = found.id
    if not _is_bound(found):
        raise NotBoundByIt(instrument=found.instrument.id)
    if is_read(key):
        raise ReadAlready(item=key)
    with audit.act(by=by, verb="norms.state_article", subject=key):
        own = own_article_said(key)
        if own is not None and own.said.key != key:  # said before the instrument got its new id
            if own.said.version != seen:
                raise gazette.StaleEntry(own)
            _take_back_all(by, key)
            latest = gazette.one(owner=members.this_node(), kind=NAME, key=key)
            seen = 0 if latest is None else latest.said.version
        return gazette.publish(
            by=by,
            kind=NAME,
            key=key,
            body={
                "text": read.text.strip(),
                "language": read.language,
                "reference": read.reference.strip(),
                "serves": sorted(article_kind.code_of(each) for each in read.serves),
                "source": read.source.strip(),
            },
            valid_from=read.read,
            seen=seen,
        )


def take_back_article(*, by: Actor, ident: str, seen: int) -> Published:
    """Take back what this node said of it, under every id that its instrument has had. Raises as
    `state_article`, and `gazette.NothingToWithdraw`."""
    members.check_may(by, Permission.NORMS_VERIFY)
    key = item(ident).id
    with audit.act(by=by, verb="norms.take_back_article", subject=key):
        own = own_article_said(key)
        stands = key if own is None else own.said.key
        taken = gazette.withdraw(by=by, kind=NAME, key=stands, seen=seen)
        _take_back_all(by, key)
        return taken


def _take_back_all(by: Actor, key: str) -> None:
    """Take back whatever of it stands under any id: of two the older would else hold again."""
    for each in own_lines(key):
        if not each.said.withdrawn:
            gazette.withdraw(by=by, kind=NAME, key=each.said.key, seen=each.said.version)


@dataclass(frozen=True, slots=True)
class Item:
    """An article or, with an empty `number`, the whole text of an instrument; `register`: what the
    register that is shipped says of it, None of an article that it does not name."""

    id: str
    instrument: Instrument
    number: str
    register: Provision | Instrument | None


def item(ident: str) -> Item:
    """An article, named by the register or not, or the whole text. Raises `NotFound`."""
    try:
        of, number = parted(ident)
    except UnknownItem:
        raise NotFound(item=ident) from None
    if not number:
        return Item(of.id, of, "", of)
    id_ = f"{of.id}.{number}"
    return Item(id_, of, number, load.framework().provisions.get(id_))


def can_state_article(*, by: Actor, found: Item) -> bool:
    """Whether this officer may say what it says: of an instrument by which the own state is
    bound."""
    return may_state(by=by) and _is_bound(found)


def _is_bound(found: Item) -> bool:
    return can_read(framework().instruments[found.instrument.id], members.this_node())
