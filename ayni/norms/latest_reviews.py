"""The last review of every item, from what members have published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.norms.review_kind import NAME, item_of
from ayni.norms.reviewing import Outcome, Review

Held = Mapping[str, Review]
# Clocks of nodes differ. A review of a day further ahead counts from that day on: on every node
# alike, whenever it came there.
_AHEAD = timedelta(days=1)


def last_reviews() -> Held:
    """The last review of every item, by its id. Asks the database once whether any came since."""
    return _last(gazette.mark(kind=NAME), (clock.now() + _AHEAD).date())


@lru_cache(maxsize=2)
def _last(mark: gazette.Mark, until: date) -> Held:
    found: dict[str, Review] = {}
    for each in gazette.current(kind=NAME) if mark[0] else ():
        if not each.counts or each.said.withdrawn or each.said.at.date() > until:
            continue
        item = item_of(each.said.key)
        review = Review(
            owner=each.said.owner,
            on=each.said.at.date(),
            outcome=Outcome(each.said.body["outcome"]),
            source=each.said.body["source"],
            next_on=date.fromisoformat(each.said.body["next"]),
        )
        before = found.get(item.id)
        if before is None or (before.on, before.owner) < (review.on, review.owner):
            found[item.id] = review
    return found


def changed(id: str) -> bool:  # noqa: A002 - the field's own name
    """Whether the last review says that an item no longer holds as it stands in the register."""
    review = last_reviews().get(id)
    return review is not None and review.outcome is Outcome.CHANGED


def no_longer() -> dict[str, date]:
    """The items of which the last review says that they no longer hold, and its day."""
    held = last_reviews()
    return {key: each.on for key, each in held.items() if each.outcome is Outcome.CHANGED}
