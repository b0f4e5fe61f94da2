"""`ayni evidence export` and `ayni evidence verify`: a conversation as a court can check it."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.exchange import bundle, documents, evidence, findings_words, two_sides
from ayni.exchange.errors import Rejected
from ayni.exchange.said import reason_of
from ayni.lib import clock


class Command(BaseCommand):
    """Write the evidence of a conversation; check such a file without any node."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _(
            "ayni evidence export CONVERSATION [--to FILE]: what both sides signed in a "
            "conversation, without its content. ayni evidence verify FILE [FILE] [--json]: check "
            "such a file, or those of both sides; needs no node and no network; exit code 1 if "
            "something does not hold or is missing."
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and with what."""
        parser.add_argument("what", choices=["export", "verify"])
        parser.add_argument("which", nargs="+", help=_("a conversation, or one or two files"))
        parser.add_argument("--to", type=Path, help=_("the new file; else CONVERSATION.evidence"))
        parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Export or verify; what does not hold is an error of the command."""
        given = options["which"]
        if options["what"] == "export":
            if len(given) != 1:
                raise CommandError(_("Name one conversation."))
            self._export(given[0], options["to"] or Path(f"{given[0]}.evidence"))
            return
        if len(given) > 2:
            raise CommandError(_("Name one file, or the files of both sides."))
        self._verify([_checked(Path(name)) for name in given], as_json=options["json"])

    def _export(self, conversation: str, to: Path) -> None:
        raw = evidence.export(
            by=audit.job("node.evidence"), conversation=conversation, now=clock.now()
        )
        try:
            handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as wrong:
            raise CommandError(f"{to}: {wrong.strerror}") from None
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        self.stdout.write(str(to))

    def _verify(self, found: list[bundle.Findings], *, as_json: bool) -> None:
        both = two_sides.judge(*found) if len(found) > 1 else None
        disagree = [] if both is None else both.problems
        complete = found[0].complete if both is None else both.complete
        good = not disagree and complete and all(each.holds for each in found)
        if as_json:
            answer = {
                "differences": [_problem(each) for each in disagree],
                "files": [_told(each) for each in found],
                "ok": good,
                "together": None if both is None else _both(both),
            }
            self.stdout.write(json.dumps(answer, sort_keys=True))
        else:
            for each in found:
                self._say(each)
            for problem in disagree:
                self.stdout.write(f"✗ {findings_words.problem(problem)}")
            if both is not None:
                self._say_together(both)
        if not good:
            raise CommandError(_("This evidence does not hold, or is not complete."))
        if not as_json:
            self.stdout.write(_("Every signature holds and no message is missing."))

    def _say_together(self, both: two_sides.Together) -> None:
        self.stdout.write(_("Both files together:"))
        for each in both.absent:
            words = {"node": each.node, "number": each.number, "why": each.why, "by": each.by}
            self.stdout.write(
                _("– %(node)s %(number)s was not sent: %(why)s (in the file of %(by)s)") % words
                if each.why
                else _("? %(node)s %(number)s is missing") % words
            )
        for where in both.unanswered:
            told = {"where": findings_words.place(where)}
            self.stdout.write(_("? %(where)s: no answer") % told)
        if both.complete:
            self.stdout.write(_("It is proven what became of each number."))

    def _say(self, found: bundle.Findings) -> None:
        at = "" if found.at is None else clock.isoformat(found.at)
        self.stdout.write(
            _("Conversation %(id)s, written by %(node)s at %(at)s")
            % {"id": found.conversation, "node": found.node, "at": at}
        )
        self.stdout.write(
            _("Founding directory, to compare with the printed one: %(print)s")
            % {"print": documents.print_of(found.founding)}
        )
        if not found.log.said:
            self.stdout.write(
                _("A file of an earlier version: it does not show the daily heads of the log.")
            )
        for shown in found.messages:
            self.stdout.write(_line(shown))
            if shown.payload is not None:
                said = json.dumps(shown.payload, ensure_ascii=False, sort_keys=True)
                self.stdout.write(f"  {said}")
            if found.log.said:
                self.stdout.write(f"  {_logged(shown, found)}")
        for node, number, why in found.missing:
            words = {"node": node, "number": number, "why": why}
            self.stdout.write(
                _("– %(node)s %(number)s was not sent: %(why)s") % words
                if why
                else _("? %(node)s %(number)s is missing") % words
            )
        for where in found.unanswered:
            told = {"where": findings_words.place(where)}
            self.stdout.write(_("? %(where)s: no answer") % told)
        for problem in found.problems:
            self.stdout.write(f"✗ {findings_words.problem(problem)}")


def _checked(path: Path) -> bundle.Findings:
    try:
        if path.stat().st_size > bundle.LARGEST:
            raise CommandError(f"{path}: > {bundle.LARGEST} bytes")
        return bundle.check(path.read_bytes())
    except OSError as wrong:
        raise CommandError(f"{path}: {wrong.strerror}") from None
    except Rejected as wrong:
        raise CommandError(
            _("%(path)s is not what `ayni evidence export` writes: %(why)s")
            % {"path": path, "why": findings_words.why(wrong.code, reason_of(wrong))}
        ) from None


def _line(shown: bundle.Shown) -> str:
    answered = "" if shown.answered is None else clock.isoformat(shown.answered)
    marks = "" if shown.bound else " " + _("(answer of an earlier version: names it by its number)")
    marks += " " + _("(key revoked later)") if shown.revoked else ""
    return (
        f"✓ {shown.sender} {shown.sequence} {shown.kind}: {shown.sender_institution} → "
        f"{shown.recipient_institution} {clock.isoformat(shown.created)}; "
        f"{shown.answer} {answered}{marks}"
    )


def _logged(shown: bundle.Shown, found: bundle.Findings) -> str:
    """Since which daily head it cannot be removed unseen, and who keeps that head."""
    head = found.log.under.get(shown.message)
    if head is None:
        return _("(in no daily head of the log)")
    words = {"number": head.number, "node": head.node, "at": clock.isoformat(head.at)}
    keepers = found.log.keepers(head)
    if not keepers:
        return _("in head %(number)s of %(node)s of %(at)s") % words
    words["kept"] = ", ".join(keepers)
    return _("in head %(number)s of %(node)s of %(at)s, which %(kept)s keep, too") % words


def _problem(each: bundle.Problem) -> dict[str, str]:
    return {"code": each.code, "where": each.where, "why": each.why}


def _told(found: bundle.Findings) -> dict[str, object]:
    return {
        "at": "" if found.at is None else clock.isoformat(found.at),
        "complete": found.complete,
        "conversation": found.conversation,
        "founding": found.founding,
        "holds": found.holds,
        "log": found.log.said,
        "messages": [{**_message(each), **_proof(each, found)} for each in found.messages],
        "missing": [
            {"node": node, "sequence": number, "why": why} for node, number, why in found.missing
        ],
        "node": found.node,
        "problems": [_problem(each) for each in found.problems],
        "unanswered": found.unanswered,
    }


def _both(both: two_sides.Together) -> dict[str, object]:
    return {
        "absent": [
            {"by": each.by, "node": each.node, "sequence": each.number, "why": each.why}
            for each in both.absent
        ],
        "complete": both.complete,
        "unanswered": both.unanswered,
    }


def _message(shown: bundle.Shown) -> dict[str, object]:
    return {
        "answer": shown.answer,
        "answered": "" if shown.answered is None else clock.isoformat(shown.answered),
        "bound": shown.bound,
        "created": clock.isoformat(shown.created),
        "due": "" if shown.due is None else clock.isoformat(shown.due),
        "evidence": shown.evidence,
        "kind": shown.kind,
        "message": shown.message,
        "payload": shown.payload,
        "recipient": f"{shown.recipient}/{shown.recipient_institution}",
        "revoked": shown.revoked,
        "sender": f"{shown.sender}/{shown.sender_institution}",
        "sequence": shown.sequence,
    }


def _proof(shown: bundle.Shown, found: bundle.Findings) -> dict[str, object]:
    head = found.log.under.get(shown.message)
    if head is None:
        return {"head": None, "kept_by": []}
    return {"head": head.number, "kept_by": found.log.keepers(head)}
