"""Reviews of the register: recorded by whoever is responsible, read by every node."""

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
from ayni.norms import reviewing
from ayni.norms.errors import NotResponsible, UnknownItem
from ayni.norms.latest_reviews import Held, last_reviews
from ayni.norms.passages import Passage
from ayni.norms.review_kind import NAME, item_of
from ayni.norms.reviewing import Item, Outcome, Review
from ayni.norms.stating import framework


@dataclass(frozen=True, slots=True)
class ToReview:
    """An item that is to be looked at again: by which day (None: at once), and the last review."""

    item: Item
    due: date | None
    last: Review | None


def all_items() -> tuple[Item, ...]:
    """Everything that is looked at again, with what states have stated since."""
    return reviewing.items(framework(), secretariat=members.SECRETARIAT)


def item(id: str) -> Item:  # noqa: A002 - the field's own name
    """One item. Raises `NotFound`."""
    try:
        wanted = item_of(id).id
    except UnknownItem:
        raise NotFound(item=id) from None
    return next(each for each in all_items() if each.id == wanted)


def to_review(*, day: date, owner: str = "") -> list[ToReview]:
    """Items whose review is overdue on a day (those of one state, or of the secretariat), what is
    due at once first."""
    held = last_reviews()
    found = tuple(each for each in all_items() if not owner or owner in each.responsible)
    return [
        ToReview(each, by, held.get(each.id)) for each, by in reviewing.overdue(found, held, day)
    ]


def reviews_owed(*, by: Actor, day: date) -> list[ToReview]:
    """Overdue reviews for which this node is responsible; none for an officer who records none."""
    if not members.may(by, Permission.NORMS_REVIEW):
        return []
    return to_review(day=day, owner=members.this_node())


def review_history(id: str) -> list[Published]:  # noqa: A002 - the field's own name
    """Every review of an item that anybody published, the newest first."""
    owners = [members.SECRETARIAT, *members.states()]
    found = gazette.histories(kind=NAME, owners=owners, key=item_of(id).id)
    rows = [each for line in found.values() for each in line]
    return sorted(rows, key=lambda each: (each.said.at, each.said.version), reverse=True)


def own_review(id: str) -> Published | None:  # noqa: A002 - the field's own name
    """What this node said last of an item; None if it never did."""
    return gazette.one(owner=members.this_node(), kind=NAME, key=item_of(id).id)


def check_may_review(*, by: Actor, item: Item) -> None:
    """Raise `NotAllowed` or `NotResponsible` unless this officer records the review of an item."""
    members.check_may(by, Permission.NORMS_REVIEW)
    if members.this_node() not in item.responsible:
        raise NotResponsible(item=item.id)


def can_review(*, by: Actor, item: Item) -> bool:
    """Whether `check_may_review` lets this officer through."""
    here = members.this_node() in item.responsible
    return here and members.may(by, Permission.NORMS_REVIEW)


def record_review(
    *,
    by: Actor,
    ident: str,
    outcome: Outcome,
    source: str,
    next_on: date,
    seen: int,
) -> Published:
    """Say that an item was looked at again: what came of it, where it was read, and when it is to
    be looked at next (after today, within five years).

    `seen`: the version of this node's word that stood before the author's eyes, 0 for none. Raises
    `NotFound`, `NotAllowed`, `NotResponsible`, `SourceNamesPerson`, `NextReviewNeeded`,
    `gazette.StaleEntry`, `gazette.NoKeys`, `gazette.NotComparedYet`.
    """
    found = item(ident)
    check_may_review(by=by, item=found)
    with audit.act(by=by, verb="norms.record_review", subject=found.id):
        return gazette.publish(
            by=by,
            kind=NAME,
            key=found.id,
            body={
                "outcome": outcome.value,
                "source": source.strip(),
                "next": next_on.isoformat(),
            },
            seen=seen,
        )


def of_passage(passage: Passage) -> Item:
    """The item with which a passage is looked at again: an article or a remark with its
    instrument."""
    return item_of(passage.instrument or passage.id)


def responsible(passage: Passage) -> frozenset[str]:
    """Who looks at a passage again: codes of states, or the secretariat's node."""
    return of_passage(passage).responsible


def due_of(passage: Passage, held: Held) -> date | None:
    """By which day a passage has to be looked at again; None: at once."""
    found = of_passage(passage)
    return reviewing.due(found, held.get(found.id))
