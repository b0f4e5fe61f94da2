"""`ayni audit verify`: does the audit trail of this node hold? `ayni audit heads`: what is held."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ayni.audit import api as audit
from ayni.exchange import heads
from ayni.exchange.errors import Rejected
from ayni.members import api as members

_LARGEST = 50_000_000  # bytes of a file of heads


class Command(BaseCommand):
    """Recompute the audit chain, compare it with the signed heads, name the first broken link."""

    help = (
        "ayni audit verify [--json] [--with FILE]: recompute the audit trail and compare it with "
        "the signed heads kept here and held abroad; exit code 1 if it is broken. "
        "ayni audit heads [--of NODE]: the signed heads of a node that are held here, as a FILE "
        "for that node."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and the form of the answer."""
        parser.add_argument("what", choices=["verify", "heads"])
        parser.add_argument("--json", action="store_true", help="the answer as JSON")
        parser.add_argument(
            "--with", dest="file", type=Path, help="heads of this node that another one has written"
        )
        parser.add_argument("--of", help="whose heads; without it, those of this node")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify; a broken chain is an error of the command."""
        if options["what"] == "heads":
            self._heads(options["of"] or members.this_node())
            return
        abroad = _held_abroad()
        if options["file"] is not None:
            abroad += _in_file(options["file"])
        self._verify(abroad, as_json=options["json"])

    def _heads(self, node: str) -> None:
        if node not in members.node_codes():
            raise CommandError(f"{node}: no code of a node")
        ours = node == members.this_node()
        held: list[Any] = (
            audit.own_heads()
            if ours
            else [row.document for row in audit.held_heads(node, source=node)]
        )
        self.stdout.write(json.dumps({"heads": held, "node": node}, sort_keys=True))

    def _verify(self, abroad: list[Any], *, as_json: bool) -> None:
        verdict = audit.verify()
        signed = audit.verify_heads(abroad=abroad, is_ours=heads.is_ours)
        broken = verdict.broken or signed.broken
        unseen = sum(alarm.seen_at is None for alarm in audit.alarms())
        answer: dict[str, object] = {
            "ok": broken is None,
            "entries": verdict.entries,
            "digest": verdict.digest.hex(),
            "heads": {
                "own": signed.own,
                "abroad": signed.abroad,
                "explained_by_restore": signed.explained,
                "not_ours": signed.not_ours,
            },
            "alarms_unseen": unseen,
        }
        if broken is not None:
            answer["broken"] = _told(broken)
        if as_json:
            self.stdout.write(json.dumps(answer))
        elif broken is None:
            self.stdout.write(
                f"The audit trail holds: {verdict.entries} entries, {signed.own} signed heads "
                f"kept here, {signed.abroad} held by other nodes."
            )
            if signed.explained:
                self.stdout.write(f"{signed.explained} of these are from before a restore.")
            if unseen:
                self.stdout.write(f"{unseen} alarms about heads wait to be seen by a person.")
        if broken is not None:
            raise CommandError(_sentence(broken, verdict))


def _told(broken: audit.Broken) -> dict[str, object]:
    told: dict[str, object] = {
        "entry": broken.number,
        "code": broken.code,
        "why": broken.why,
        "verb": broken.verb,
        "at": "" if broken.at is None else broken.at.isoformat(),
    }
    return told if broken.until is None else told | {"until": broken.until}


def _sentence(broken: audit.Broken, verdict: audit.Verdict) -> str:
    about = f" ({broken.verb}, {broken.at:%Y-%m-%d %H:%M:%S} UTC)" if broken.at else ""
    if verdict.broken is None:
        first = f"at entry {broken.number}{about}"
        place = first if broken.until is None else f"{first} or after it, up to {broken.until}"
        return f"The audit trail is not what was signed: {broken.why}. It differs {place}."
    return (
        f"The audit trail is broken at entry {broken.number}: {broken.why}{about}. "
        f"{verdict.entries} entries before it hold."
    )


def _held_abroad() -> list[Any]:
    """Heads of this node that the others have said they hold."""
    here = members.this_node()
    return [
        row.document
        for node in members.node_codes()
        if node != here
        for row in audit.held_heads(here, source=node)
    ]


def _in_file(path: Path) -> list[Any]:
    """Heads as `ayni audit heads` of another node wrote them."""
    try:
        if path.stat().st_size > _LARGEST:
            raise CommandError(f"{path}: larger than {_LARGEST} bytes")
        found = json.loads(path.read_text("utf-8"))
        documents = found["heads"]
        for document in documents:
            heads.check_document(document)
    except OSError as wrong:
        raise CommandError(f"{path}: {wrong.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError, Rejected):
        raise CommandError(f"{path}: not what `ayni audit heads` of a node writes") from None
    return list(documents)
