"""How each need stands, from what all owners say; in whatever order it came. Pure.

A need is what the asking state says; an offer what the offering state says; a brokering what the
secretariat says. Of each the highest version counts, and only its owner's. Where two owners'
words are about each other, they name it: an offer names the *terms* of the need and an acceptance
those of the offer, numbers that grow with each change, so that nobody is held to what was changed
meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ayni.lib import clock
from ayni.support.states import MOVES, OVER, RULES, Act, Side, Standing, can


class Kind(StrEnum):
    """What an owner says: name of the kind in the gazette."""

    NEED = "support.need"
    OFFER = "support.offer"
    BROKERING = "support.brokering"


@dataclass(frozen=True, slots=True)
class Word:
    """One version of what one owner says. `key`: of a need its own, of the others the need's `ref`;
    `body` is empty where it was taken back (`withdrawn`)."""

    owner: str
    kind: Kind
    key: str
    version: int
    body: Mapping[str, Any]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What one state offers for one need, in the highest version of its word."""

    state: str
    version: int
    body: Mapping[str, Any]

    @property
    def terms(self) -> int:
        """The number that an acceptance names."""
        number: int = self.body["terms"]
        return number

    @property
    def taken_back(self) -> bool:
        """Whether its state took it back."""
        return bool(self.body["taken_back_at"])

    @property
    def offered_at(self) -> datetime:
        """When it was first made."""
        return clock.parse(self.body["offered_at"])

    @property
    def delivered_at(self) -> datetime | None:
        """When its state says that it delivered."""
        return _moment(self.body["delivered_at"])


@dataclass(frozen=True, slots=True)
class Move:
    """Whose move it is: `states` that owe it by `due`. None named, nobody was proposed: any state
    but the one that asks."""

    states: tuple[str, ...]
    due: datetime


@dataclass(frozen=True, slots=True)
class Need:
    """One need with all that was said about it. `version`: of the asking state's word; `brokered`:
    of the secretariat's, 0 for none; `proposed` and `reminded`: state -> moment."""

    owner: str
    key: str
    version: int
    body: Mapping[str, Any]
    offers: tuple[Offer, ...]
    proposed: Mapping[str, str]
    reminded: Mapping[str, str]
    brokered: int

    @property
    def ref(self) -> str:
        """How others name it."""
        return f"{self.owner}:{self.key}"

    @property
    def asked_at(self) -> datetime:
        """When it was asked."""
        return clock.parse(self.body["asked_at"])

    @property
    def standing_offers(self) -> tuple[Offer, ...]:
        """Offers that can be accepted, the earliest first."""
        return tuple(each for each in self.offers if not each.taken_back and self.meant(each))

    def meant(self, offer: Offer) -> bool:
        """Whether an offer was made for what is asked now, or for a change that has not come here
        yet; and not for what was asked before a change."""
        return bool(offer.body["need_terms"] >= self.body["terms"])

    def offer_of(self, state: str) -> Offer | None:
        """What one state offers or offered."""
        return next((each for each in self.offers if each.state == state), None)

    @property
    def accepted(self) -> str:
        """The state whose offer is accepted and stands by its terms; empty if there is none. An
        offer of which nothing, or only an earlier version, has come yet was seen by who accepted
        it."""
        said = self.body["accepted"]
        offer = self.offer_of(said["state"])
        if offer is None or offer.terms < said["terms"]:
            return str(said["state"])
        stands = offer.terms == said["terms"] and not offer.taken_back
        return offer.state if stands else ""

    @property
    def standing(self) -> Standing:
        """How it stands. The asking state's end is the end, whatever came later from others."""
        if self.body["closed"]["at"]:
            return Standing.CLOSED
        if self.body["confirmed_at"]:
            return Standing.CONFIRMED
        if self.accepted:
            offer = self._delivering()
            delivered = offer is not None and offer.delivered_at is not None
            return Standing.DELIVERED if delivered else Standing.ACCEPTED
        return Standing.OFFERED if self.standing_offers else Standing.ASKED

    def _delivering(self) -> Offer | None:
        """The accepted offer as it was accepted, if it has come."""
        offer = self.offer_of(self.accepted)
        return offer if offer and offer.terms == self.body["accepted"]["terms"] else None

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done."""
        return self.standing in OVER

    @property
    def move(self) -> Move | None:
        """Whose move it is, by when; None once it is over."""
        side = MOVES.get(self.standing)
        if side is None:
            return None
        if side is Side.OTHER:
            states = {*self.proposed, *(each.state for each in self._made())}
            return Move(tuple(sorted(states)), clock.parse(self.body["offer_due"]))
        if side is Side.ACCEPTED:
            return Move((self.accepted,), clock.parse(self.body["accepted"]["due"]))
        if self.standing is Standing.DELIVERED:
            offer = self._delivering()
            assert offer is not None  # it says that it was delivered
            return Move((self.owner,), clock.parse(offer.body["confirm_due"]))
        first = min(clock.parse(each.body["answer_due"]) for each in self.standing_offers)
        return Move((self.owner,), first)

    def overdue(self, now: datetime) -> bool:
        """Whether whoever has the move is late with it."""
        move = self.move
        return move is not None and move.due <= now

    def concerns(self, node: str) -> bool:
        """Whether a state asked it, was proposed for it, or offers."""
        return node == self.owner or node in self.proposed or node in self._offering()

    def _made(self) -> list[Offer]:
        """Offers that were not taken back, also those that must be made anew."""
        return [each for each in self.offers if not each.taken_back]

    def _offering(self) -> set[str]:
        return ({each.state for each in self._made()} | {self.accepted}) - {""}

    def sides(self, node: str, *, secretariat: str) -> frozenset[Side]:
        """What a node is to it."""
        if node == secretariat:
            return frozenset({Side.SECRETARIAT})
        if node == self.owner:
            return frozenset({Side.ASKING})
        found = {Side.OTHER}
        if node in self._offering():
            found.add(Side.OFFERING)
        if node == self.accepted:
            found.add(Side.ACCEPTED)
        return frozenset(found)

    def acts(self, node: str, *, secretariat: str) -> frozenset[Act]:
        """What a node may do with it now."""
        sides, standing = self.sides(node, secretariat=secretariat), self.standing
        return frozenset(each for each in RULES if can(each, sides=sides, standing=standing))


def needs(words: Iterable[Word]) -> dict[str, Need]:
    """Every need by its `ref`. Offers and brokerings of needs that have not come yet are left out
    until they do; so is a line of which two words differ under its highest version."""
    latest = _latest(words)
    offers: dict[str, list[Offer]] = {}
    brokered: dict[str, Word] = {}
    for word in latest:
        if word.kind is Kind.OFFER and not word.withdrawn:
            offers.setdefault(word.key, []).append(Offer(word.owner, word.version, word.body))
        elif word.kind is Kind.BROKERING and not word.withdrawn:
            brokered[word.key] = word
    found = {}
    for word in latest:
        if word.kind is Kind.NEED and not word.withdrawn:
            need = _need(word, offers, brokered)
            found[need.ref] = need
    return found


def _need(word: Word, offers: Mapping[str, list[Offer]], brokered: Mapping[str, Word]) -> Need:
    ref = f"{word.owner}:{word.key}"
    made = [each for each in offers.get(ref, ()) if each.state != word.owner]
    said = brokered.get(ref)
    told: Mapping[str, Any] = {} if said is None else said.body
    return Need(
        owner=word.owner,
        key=word.key,
        version=word.version,
        body=word.body,
        offers=tuple(sorted(made, key=lambda each: (each.offered_at, each.state))),
        proposed=told.get("proposed", {}),
        reminded=told.get("reminded", {}),
        brokered=0 if said is None else said.version,
    )


def _latest(words: Iterable[Word]) -> list[Word]:
    """The highest version of each line; none of a line that contradicts itself there."""
    lines: dict[tuple[str, Kind, str], list[Word]] = {}
    for word in words:
        held = lines.setdefault((word.owner, word.kind, word.key), [])
        if held and word.version > held[0].version:
            held.clear()
        if not held or (word.version == held[0].version and word not in held):
            held.append(word)
    return [held[0] for _line, held in sorted(lines.items()) if len(held) == 1]


def _moment(text: str) -> datetime | None:
    return clock.parse(text) if text else None
