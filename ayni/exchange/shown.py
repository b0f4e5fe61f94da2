"""What this node has accepted, and what the others have: so that nobody shows two truths to two.

A member that signs one key sheet for one node and another for the next, or states that sign two
directories, are seen by no node alone. Every hour each node compares what its peers say they hold
with what it holds itself, asks for what is different, and judges it by its signatures.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import DataError
from django.db.models import QuerySet

from ayni.audit.api import Actor
from ayni.exchange import directory as rules
from ayni.exchange import documents, following, trust
from ayni.exchange.connection import Connection, Unreachable
from ayni.exchange.errors import Malformed
from ayni.exchange.models import DirectoryDocument, KeySheetDocument, PeerState
from ayni.lib.errors import AyniError
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
PATH = "/exchange/1/seen"
_OK = 200
_MOST = 40  # members named by one peer; there are eleven


@dataclass(frozen=True, slots=True)
class _Differs:
    """A document to look at: the key sheet of a member, or a directory if `of` is empty. `digest`:
    as the peer has named it, empty if it has not."""

    of: str
    number: int
    digest: str


def seen() -> dict[str, Any]:
    """What this node has accepted, for others to compare: number and digest of the directory in
    force and of every member's latest key sheet. Public."""
    latest = DirectoryDocument.objects.order_by("-number").first()
    sheets = KeySheetDocument.objects.order_by("node", "-number").distinct("node")
    return {
        "directory": {} if latest is None else {"digest": latest.digest, "number": latest.number},
        "key_sheets": {row.node: {"digest": row.digest, "number": row.number} for row in sheets},
    }


def compare(line: Connection, *, peer: str, by: Actor, now: datetime) -> int:
    """Compare with one peer, and take from it what is new here; how many documents were accepted.

    A second truth raises an alarm (`trust`), also where the peer has gone on from it. A peer of an
    earlier version says nothing. Raises `Unreachable`, `Malformed`.
    """
    status, raw = line.request("GET", PATH)
    if status != _OK:
        return 0
    told = documents.parse(raw)
    directory, sheets = _told(told)
    _keep(peer, directory, sheets, now)
    accepted = 0
    for node in _behind(sheets):
        try:
            accepted += following.follow(
                line, node=node, path=partial(_path, node), by=by, now=now, source=peer
            )
        except Unreachable:
            raise
        except (AyniError, DataError) as wrong:
            code = getattr(wrong, "code", Malformed.code)
            log.warning("not followed", extra={"ids": {"peer": peer, "of": node, "why": code}})
    for differs in _different(directory, sheets):
        try:
            _judge(line, differs, by=by, now=now, source=peer)
        except Unreachable:
            raise
        except (AyniError, DataError, AttributeError) as wrong:
            ids = {"peer": peer, "number": differs.number}
            code = getattr(wrong, "code", Malformed.code)
            log.warning("not compared", extra={"ids": {**ids, "why": code}})
    return accepted


def _judge(line: Connection, differs: _Differs, *, by: Actor, now: datetime, source: str) -> None:
    """Fetch what the peer holds under a number of ours, and judge it if it is another document.

    Raises `Equivocation` for a second truth, and whatever is wrong with anything else.
    """
    document = _fetched(line, _place(differs.of, differs.number))
    if document is None:
        return
    digest = documents.digest(document["body"])
    if differs.digest and digest != differs.digest:
        raise Malformed("not the document that was named")
    if digest == _held(differs.of).get(number=differs.number).digest:
        return
    if differs.of:
        trust.accept_key_sheet(by=by, document=document, now=now, source=source)
    else:
        # It counts by the votes of the one before: the first that differs is the one to judge.
        document = _first_that_differs(line, document, differs.number)
        trust.accept_directory(by=by, document=document, now=now, source=source)


def _first_that_differs(line: Connection, document: dict[str, Any], number: int) -> dict[str, Any]:
    """Of the directories that the peer holds instead of ours, back from one under `number`."""
    for before in range(number - 1, 0, -1):
        digest = rules.checked_directory(document)["previous"]
        if digest == DirectoryDocument.objects.get(number=before).digest:
            break
        earlier = _fetched(line, _place("", before))
        if earlier is None or documents.digest(earlier["body"]) != digest:
            raise Malformed("not the directory before")
        document = earlier
    return document


def _fetched(line: Connection, path: str) -> dict[str, Any] | None:
    status, raw = line.request("GET", path)
    if status != _OK:
        return None
    document = documents.parse(raw)
    if not isinstance(document, dict) or "body" not in document:
        raise Malformed("not a signed document")
    return document


def _place(of: str, number: int) -> str:
    return _path(of, number) if of else f"/exchange/1/directory/{number}"


def _held(of: str) -> QuerySet[Any]:
    """The documents of one kind that are held here, the latest first: key sheets of a member, or
    directories if none is named."""
    if of:
        return KeySheetDocument.objects.filter(node=of).order_by("-number")
    return DirectoryDocument.objects.order_by("-number")


def _path(node: str, number: int) -> str:
    return f"/exchange/1/key-sheet/{node}/{number}"


def _behind(sheets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Members of whom the peer has later key sheets than are here."""
    members = {entry["node"] for entry in trust.directory_body()["members"]}
    known = {node: trust.key_sheet(node) for node in set(sheets) & members}
    return sorted(
        node
        for node, sheet in known.items()
        if sheets[node]["number"] > (0 if sheet is None else sheet["body"]["number"])
    )


def _keep(
    peer: str, directory: Mapping[str, Any], sheets: Mapping[str, Any], now: datetime
) -> None:
    """What the peer says it has of the directory and of us: the administrator sees it."""
    ours = sheets.get(members.this_node(), {}).get("number")
    numbers = {"told_directory": directory.get("number"), "told_sheet": ours}
    well = {k: n if n is not None and 0 < n < 2**31 else None for k, n in numbers.items()}
    PeerState.objects.update_or_create(node=peer, defaults={**well, "told_at": now})


def _told(told: Any) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    try:
        directory, sheets = told["directory"], told["key_sheets"]
        entries = [*([directory] if directory else []), *sheets.values()]
        well = len(sheets) <= _MOST and all(
            type(entry["number"]) is int and isinstance(entry["digest"], str) for entry in entries
        )
    except (KeyError, TypeError, AttributeError):
        well = False
    if not well:
        raise Malformed("what a peer has seen")
    return directory, sheets


def _different(
    directory: Mapping[str, Any], sheets: Mapping[str, Mapping[str, Any]]
) -> list[_Differs]:
    """What the peer holds otherwise; and where it is further still, although what follows was just
    fetched from it, whatever it holds under the last number that is here."""
    members = {entry["node"] for entry in trust.directory_body()["members"]}
    told = {"": directory} if directory else {}
    told.update({node: sheets[node] for node in sorted(set(sheets) & members)})
    found = []
    for of, entry in told.items():
        number, digest = entry["number"], entry["digest"]
        latest = _held(of).first()
        if latest is not None and latest.number < number:
            found.append(_Differs(of, latest.number, ""))
            continue
        mine = _held(of).filter(number=number).first()
        if mine is not None and mine.digest != digest:
            found.append(_Differs(of, number, digest))
    return found
