"""The search for earlier records (step 1.4) before a referral is accepted and a case begins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import history, telling
from ayni.cooperation.models import Referral
from ayni.cooperation.states import REFERRAL, Move, Side, State, check_move
from ayni.cooperation.vocabulary import SearchResult
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.vault import api as vault

ANSWER = members.Permission.REFERRAL_ANSWER


def search_earlier(*, by: Actor, referral_id: UUID) -> list[cases.Antecedent]:
    """Who on this node knows somebody like the person referred to us; probable ones first.

    Exactly what was received is searched for, by the rules of a notice. What came of it is kept
    with the referral. Raises `WrongState` for one that cannot be accepted now.
    """
    members.check_may(by, ANSWER)
    with audit.act(by=by, verb="cooperation.search_earlier", subject=referral_id) as act:
        row = _acceptable(by, referral_id)
        sealed = row.unseal(vault.sealer(row.subject), ["content"])["content"]
        details: dict[str, Any] = sealed if isinstance(sealed, dict) else {}
        sender = None
        if telling.is_local(row):
            sender = members.institution_by_code(row.counterpart_institution).id
        found = cases.search_referred(by=by, details=details, about=row.id, sender=sender)
        if not row.earlier:
            row.search_result = _result(details, found).value
        row.searched_at = clock.now()
        row.save(update_fields=["searched_at", "search_result"])
        act.note(result=row.search_result)
    return found


def _acceptable(by: Actor, referral_id: UUID) -> Referral:
    row = history.fetch(Referral, referral_id, by=by, lock=True)
    if row.direction != "in":
        raise WrongState
    check_move(REFERRAL, State(row.state), Move.ACCEPT, Side.RECEIVER)
    return row


def _searched(by: Actor, referral_id: UUID) -> Referral:
    row = history.fetch(Referral, referral_id, by=by, lock=True)
    if row.direction != "in" or row.searched_at is None:
        raise cases.SearchFirst
    return row


def _result(details: dict[str, Any], found: list[cases.Antecedent]) -> SearchResult:
    if found:
        return SearchResult.SIMILAR
    return SearchResult.NONE if cases.searchable(details) else SearchResult.NOTHING_TO_SEARCH


def link_earlier(*, by: Actor, referral_id: UUID, about: str, about_id: UUID) -> Referral:
    """An officer decides that an earlier case or notice of her own institution is about the same
    person: linked, never merged. Twice changes nothing. Raises `NotFound`, `cases.SearchFirst`."""
    members.check_may(by, ANSWER)
    model = cases.Case if about == "case" else cases.Notice
    cases.fetch(model, about_id, by=by, unopened=True)
    with audit.act(by=by, verb="cooperation.link_earlier", subject=referral_id, other=about_id):
        row = _searched(by, referral_id)
        link = [about, str(about_id)]
        if link not in row.earlier:
            row.earlier = [*row.earlier, link]
        row.search_result = SearchResult.LINKED.value
        row.save(update_fields=["earlier", "search_result"])
    return row


def unlink_earlier(*, by: Actor, referral_id: UUID, about_id: UUID) -> Referral:
    """Take a link back; nothing else changes."""
    members.check_may(by, ANSWER)
    with audit.act(by=by, verb="cooperation.unlink_earlier", subject=referral_id, other=about_id):
        row = _searched(by, referral_id)
        row.earlier = [link for link in row.earlier if link[1] != str(about_id)]
        if not row.earlier and row.search_result == SearchResult.LINKED:
            row.search_result = SearchResult.SIMILAR.value
        row.save(update_fields=["earlier", "search_result"])
    return row
