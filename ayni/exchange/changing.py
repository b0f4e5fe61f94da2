"""Changing the directory of members: propose, vote, publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import ceremony, documents, trust
from ayni.exchange import directory as rules
from ayni.exchange.errors import NotTrusted
from ayni.lib import clock
from ayni.members import api as members


def propose(
    *,
    by: Actor,
    now: datetime,
    add: Sequence[Mapping[str, Any]] = (),
    remove: Sequence[str] = (),
    change: Sequence[Mapping[str, Any]] = (),
    quorum: int | None = None,
) -> dict[str, Any]:
    """The next directory as this node proposes it, without signatures. It changes nothing here.

    Raises `NotTrusted` without a directory, `Malformed`.
    """
    before = trust.directory_body()
    body = ceremony.propose(
        before, issued=now, add=add, remove=remove, change=change, quorum=quorum
    )
    with audit.act(
        by=by, verb="exchange.propose_directory", subject=members.this_node(),
        number=body["number"], digest=documents.digest(body),
    ):  # fmt: skip
        return {"body": body, "signatures": []}


def meaning(document: Mapping[str, Any]) -> tuple[list[ceremony.Change], ceremony.Votes]:
    """What a proposal changes in the directory in force here, and whose votes it has.

    Raises `NotTrusted`, `Malformed`.
    """
    before = trust.directory_body()
    body = ceremony.check_proposed(before, document)
    return ceremony.differences(before, body), ceremony.votes(before, document)


def founding(document: Mapping[str, Any]) -> dict[str, Any]:
    """The body of directory number 1, whoever has signed it so far; afterwards it is the one that
    this node began with and no other, so that no note is printed of a second one.

    Raises `NotTrusted`, `Malformed`.
    """
    body = rules.checked_directory(document)
    if body["number"] != 1 or body["previous"]:
        raise NotTrusted("the founding directory has number 1 and no predecessor")
    known = trust.directory_document(1)
    if known is not None and documents.digest(known["body"]) != documents.digest(body):
        raise NotTrusted("this node was founded with another directory number 1")
    return body


def vote(*, by: Actor, document: Mapping[str, Any]) -> dict[str, Any]:
    """The proposal with this state's signature and no other. Raises `NotTrusted` for one that does
    not follow from the directory in force here or is dated ahead, or if the secretariat, which has
    no vote, asks."""
    if members.this_node() == rules.SECRETARIAT:
        raise NotTrusted("the secretariat has no vote on the directory")
    before = trust.directory_body()
    body = ceremony.check_proposed(before, document)
    ceremony.check_not_ahead(before, body, now=clock.now())
    return {"body": body, "signatures": [trust.sign_directory(by=by, body=body)]}


def publish(*, by: Actor, votes: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    """Put the votes together and take the directory into force here; the others fetch it.

    Raises `NotTrusted` unless there are as many as the directory before demands, or if it is dated
    ahead; `Malformed`.
    """
    document = ceremony.gather(votes)
    present = trust.directory_document()
    if present is not None:
        ceremony.check_not_ahead(present["body"], document["body"], now=now)
    trust.accept_directory(by=by, document=document, now=now)
    return document
