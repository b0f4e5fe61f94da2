"""The account of a peer that nobody can ask: it comes with that peer's questions for what waits.

A restored node hands out nothing to a peer until that one has told what passed before
(`account.py`). Of a peer that fetches it asks for that in the answer, page by page; the peer brings
each page, signed, with its next question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from ayni.audit import api as audit
from ayni.exchange import account
from ayni.exchange.connection import Unreachable
from ayni.exchange.errors import NotGenuine
from ayni.exchange.fetching_peers import FetchingPeer
from ayni.exchange.models import PeerState
from ayni.lib.errors import AyniError


class AccountWanted(AyniError):
    """Nothing is handed out before the asker has answered this `question` for its account; `token`
    is the one that counts next."""

    code = "account_wanted"

    def __init__(self, token: str, question: Mapping[str, Any]) -> None:
        super().__init__(self.code)
        self.token = token
        self.question = dict(question)


def wanted(asker: str, brought: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Take in the page that the asker brought, if it is the one it was asked for; the question for
    the next one, or None if nothing is wanted (any more).

    Raises `NotGenuine` for a page that the asker did not sign for this node, or that tells nothing
    and says that more comes.
    """
    if not PeerState.objects.filter(node=asker, account_since__isnull=False).exists():
        return None
    with transaction.atomic():
        state = PeerState.objects.select_for_update().filter(node=asker).first()
        if state is None or state.account_since is None:
            return None
        row = FetchingPeer.objects.select_for_update().get(node=asker)
        if row.account_page is not None and brought is not None:
            if not _take(state, row.account_page, brought):
                FetchingPeer.objects.filter(node=asker).update(account_page=None)
                return None
            row.account_page += 1
        elif row.account_page is None:
            row.account_page = 0
        if row.account_page == account.MOST_PAGES:  # it always has more: begin anew
            row.account_page = 0
        row.save(update_fields=["account_page"])
        return account.question_for(state.account_since, row.account_page)


def _take(state: PeerState, page: int, brought: Mapping[str, Any]) -> bool:
    """Whether more comes after this page, which is taken in."""
    try:
        body = account.checked(state.node, brought, page)
    except Unreachable as wrong:
        raise NotGenuine(wrong.code) from None
    with audit.act(
        by=audit.job("exchange.account"),
        verb="exchange.account_page",
        subject=state.node,
        page=page,
    ) as act:
        learnt = account.take(state.node, body)
        act.note(arrived=learnt.arrived, unknown=learnt.unknown, lost=learnt.lost)
        if not body["more"]:
            account.finish(state, learnt)
    return bool(body["more"])
