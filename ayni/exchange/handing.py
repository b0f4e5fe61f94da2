"""Handing out what waits for a peer that cannot be reached and therefore fetches it.

A question counts once: it carries the token that was given with the last answer, and the next one
bears another. So nobody who has recorded a question can ask it again, and no clock has to be right.
"""

from __future__ import annotations

import secrets

from django.db import transaction

from ayni.audit import api as audit
from ayni.exchange import account_fetched, draining, fetch_form, trust
from ayni.exchange.errors import NotTrusted, Rejected, UnknownSender, WrongRecipient
from ayni.exchange.fetch_form import Question
from ayni.exchange.fetching_peers import FetchingPeer
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members


class OtherToken(AyniError):
    """The question was asked before, or is the first: `token` is the one that counts next."""

    code = "other_token"

    def __init__(self, token: str) -> None:
        super().__init__(self.code)
        self.token = token


class Delivering(AyniError):
    """Another process delivers to this peer at this moment: come again."""

    code = "busy"


def learn(question: Question) -> None:
    """Take the asker's key sheets that this node does not know. Each is judged by its signatures as
    from anywhere else, so it does not matter who sends it; what does not count is passed over."""
    for sheet in question.sheets:
        try:
            trust.accept_key_sheet(
                by=audit.job("exchange.refresh"), document=sheet, now=clock.now()
            )
        except (Rejected, NotTrusted, UnknownSender):
            return


def give(*, asker: str, question: Question) -> bytes:
    """What waits for the peer that signed this question, in the form of `fetch_form`; what it says
    to earlier envelopes is settled first, as strictly as an answer to a batch.

    Raises `WrongRecipient` (asked of another node), `OtherToken`, `Delivering`, and after a restore
    `AccountWanted`, `NotGenuine`.
    """
    if question.to != members.this_node():
        raise WrongRecipient(question.to)
    token = _next_token(asker, question.token)
    wanted = account_fetched.wanted(asker, question.account)
    if wanted is not None:
        raise account_fetched.AccountWanted(token, wanted)
    found = draining.hand_out(peer=asker, said=question.answers or {})
    if found is None:
        raise Delivering
    envelopes, more = found
    return fetch_form.pack_answer(token=token, more=more, envelopes=envelopes)


def _next_token(asker: str, told: str) -> str:
    with transaction.atomic():
        row, _made = FetchingPeer.objects.select_for_update().get_or_create(
            node=asker, defaults={"token": secrets.token_hex(fetch_form.TOKEN_BYTES)}
        )
        counts = secrets.compare_digest(row.token, told)
        if counts:
            row.token, row.fetched_at = secrets.token_hex(fetch_form.TOKEN_BYTES), clock.now()
            row.save()
    if not counts:  # raised here: a token that was made just now must stay
        raise OtherToken(row.token)
    return row.token
