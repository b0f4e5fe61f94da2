"""What this node has accepted, and what the others have: so that nobody shows two truths to two.

A member that signs one key sheet for one node and another for the next, or states that sign two
directories, are seen by no node alone. Every hour each node compares what its peers say they hold
with what it holds itself, asks for what is different, and judges it by its signatures.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import DataError

from ayni.audit.api import Actor
from ayni.exchange import documents, following, trust
from ayni.exchange.connection import Connection
from ayni.exchange.errors import Malformed
from ayni.exchange.models import DirectoryDocument, KeySheetDocument, PeerState
from ayni.lib.errors import AyniError
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
PATH = "/exchange/1/seen"
_OK = 200
_MOST = 40  # members named by one peer; there are eleven


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

    A second truth raises an alarm (`trust`). A peer of an earlier version says nothing. Raises
    `Unreachable`, `Malformed`.
    """
    status, raw = line.request("GET", PATH)
    if status != _OK:
        return 0
    told = documents.parse(raw)
    directory, sheets = _told(told)
    _keep(peer, directory, sheets, now)
    accepted = 0
    for path, number, digest, known in _different(directory, sheets):
        status, raw = line.request("GET", path)
        if status != _OK:
            continue
        try:
            document = documents.parse(raw)
            if documents.digest(document.get("body")) != digest:
                raise Malformed("not the document that was named")
            take = trust.accept_directory if known == "directory" else trust.accept_key_sheet
            take(by=by, document=document, now=now, source=peer)
            accepted += 1
        except (AyniError, DataError, AttributeError) as wrong:
            code = getattr(wrong, "code", Malformed.code)
            log.warning(
                "not compared", extra={"ids": {"peer": peer, "number": number, "why": code}}
            )
    for node in _behind(sheets):
        try:
            accepted += following.follow(
                line, node=node, path=partial(_path, node), by=by, now=now, source=peer
            )
        except (AyniError, DataError) as wrong:
            code = getattr(wrong, "code", Malformed.code)
            log.warning("not followed", extra={"ids": {"peer": peer, "of": node, "why": code}})
    return accepted


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
) -> list[tuple[str, int, str, str]]:
    """Path, number, digest and what it is, of each document that the peer holds otherwise."""
    found = []
    if directory:
        number = directory["number"]
        held = DirectoryDocument.objects.filter(number=number).first()
        if held is not None and held.digest != directory["digest"]:
            path = f"/exchange/1/directory/{number}"
            found.append((path, number, directory["digest"], "directory"))
    members = {entry["node"] for entry in trust.directory_body()["members"]}
    for node in sorted(set(sheets) & members):
        number, digest = sheets[node]["number"], sheets[node]["digest"]
        mine = KeySheetDocument.objects.filter(node=node, number=number).first()
        if mine is not None and mine.digest != digest:
            found.append((_path(node, number), number, digest, node))
    return found
