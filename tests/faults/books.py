"""A node's books as the invariants judge them: read from its own tables, in its driver."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models import Max, Q

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import documents
from ayni.exchange.held import Hold, Stream
from ayni.exchange.lost import to_be_asked
from ayni.exchange.missing_numbers import MissingNumber
from ayni.exchange.models import IncomingMessage, OutgoingMessage, PeerState
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members
from tests.faults import bundles
from tests.faults.invariants import Books, Got, Sent
from tests.faults.records import records

_JOB = audit.job("tests")
_SOON = timedelta(minutes=1)  # judging takes less


def digest(document: object) -> str:
    """SHA-256 of a document in canonical JSON, "" for none."""
    return "" if document is None else hashlib.sha256(documents.canonical(document)).hexdigest()


def under_way() -> list[str]:
    """What has still to come to its end on this node: messages to send or to apply, files,
    accounts, and what a restore lost or left out and the next minute's job will ask for. Of a file
    its conversation stands first: where a part of that was lost, it may never come to its end."""
    found = [
        f"{row.message} to {row.peer}: queued, {row.attempts} attempts"
        for row in OutgoingMessage.objects.filter(state="queued")[:20]
    ]
    found += [
        f"{row.id} from {row.peer}: waits ({row.reason})"
        for row in IncomingMessage.objects.filter(state="waiting")[:20]
    ]
    found += [f"{row.id} from {row.peer}: lost, to be asked for" for row in to_be_asked()[:20]]
    soon = clock.now() + _SOON
    missing = MissingNumber.objects.filter(told="").filter(Q(asked=0) | Q(next_ask__lte=soon))
    found += [
        f"number {row.number} of {row.peer}: missing, to be asked for" for row in missing[:20]
    ]
    files = Stream.objects.filter(Q(hold=Hold.GOING) | Q(hold=Hold.WHOLE, looked_at=None))
    found += [f"{_talk(row.message)}: a file is {row.hold}" for row in files[:20]]
    asked = PeerState.objects.filter(account_since__isnull=False)
    return found + [f"account of {row.node}" for row in asked]


def _talk(message: str) -> str:
    """The conversation of a message, whoever sent it."""
    for found in (
        OutgoingMessage.objects.filter(message=message),
        IncomingMessage.objects.filter(id=message),
    ):
        if talk := found.values_list("conversation", flat=True).first():
            return str(talk)
    return ""


def books(*, evidence_of: int, chain: bool, folder: str = "") -> dict[str, Any]:
    """Everything that `invariants.Books` holds, as JSON. `evidence_of`: for how many of the
    conversations that moved last a bundle is made and judged; `chain`: whether the whole audit
    chain is computed again; `folder`: where the bundles stay."""
    effects: dict[str, list[int]] = defaultdict(list)
    entries = Entry.objects.filter(verb="exchange.receive").order_by("number")
    for subject, number in entries.values_list("subject", "number"):
        effects[subject].append(number)
    return asdict(
        Books(
            sent={row.message: _sent(row) for row in OutgoingMessage.objects.all()},
            got={
                row.id: _got(row, tuple(effects.get(row.id, ())))
                for row in IncomingMessage.objects.all()
            },
            records=records(),
            evidence=_evidence(evidence_of, Path(folder) if folder else None),
            chain=_chain() if chain else "",
        )
    )


def _sent(row: OutgoingMessage) -> Sent:
    return Sent(
        row.peer, row.kind, row.conversation, row.sequence, row.state, row.reason,
        digest(row.receipt),
    )  # fmt: skip


def _got(row: IncomingMessage, effects: tuple[int, ...]) -> Got:
    return Got(
        row.peer, row.kind, row.conversation, row.sequence, row.state, row.reason,
        digest(row.receipt), effects,
    )  # fmt: skip


def _evidence(how_many: int, folder: Path | None) -> dict[str, str]:
    """What is wrong with the bundles of the conversations in which something moved last."""
    latest = (
        OutgoingMessage.objects.values("conversation")
        .annotate(last=Max("place"))
        .order_by("-last")[:how_many]
    )
    return {row["conversation"]: _judged(row["conversation"], folder) for row in latest}


def _judged(conversation: str, folder: Path | None) -> str:
    try:
        raw = exchange.export_evidence(by=_JOB, conversation=conversation, now=clock.now())
    except AyniError as refusal:
        return f"{type(refusal).__name__}: {refusal}"
    if folder is not None:
        (folder / bundles.name(conversation, members.this_node())).write_bytes(raw)
    return bundles.verdict(raw)


def _chain() -> str:
    verdict = audit.verify()
    return "" if verdict.broken is None else f"{verdict.broken.number}: {verdict.broken.why}"
