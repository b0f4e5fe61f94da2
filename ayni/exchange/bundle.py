"""A bundle of evidence: one conversation between two nodes, as a file that needs no node. Pure.

It is a signed document (purpose `evidence`) with what was kept of each envelope, the signed answer
to it, and every directory and key sheet that is needed to judge the signatures: who was a member
when, under which keys. Of messages free of personal data it shows what they say, of no other.
docs/reference/wire.md, "Evidence", describes the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ayni.exchange import directory as rules
from ayni.exchange import documents, envelope, logged, opened
from ayni.exchange.errors import Malformed, NotGenuine, NotTrusted, Rejected
from ayni.exchange.findings import Findings, Problem, Shown
from ayni.exchange.said import Said, reason_of
from ayni.lib import clock
from ayni.lib.terminal import gettext_noop as _

__all__ = ["Findings", "Problem", "Shown", "bundle", "check", "differences"]
FORMAT = 3
PURPOSE = "evidence"
LARGEST = 64 * 1024 * 1024
SKEW = timedelta(minutes=10)
_MOST_MISSING = 1000  # named of one gap
_BODY = frozenset(
    {"at", "conversation", "directories", "format", "key_sheets", "left_out", "messages", "node",
     "sheet"}
)  # fmt: skip
# Files of format 1 are of before there was a log of messages: they say nothing about it.
# Those of format 2 are of before contents were shown.
_NAMES = {1: _BODY, 2: _BODY | {"log"}, 3: _BODY | {"log", "told"}}
_MESSAGE = frozenset({"answer", "evidence"})
_LEFT_OUT = frozenset({"sequence", "why"})


def bundle(
    *,
    node: str,
    sheet: int,
    signing_key: bytes,
    conversation: str,
    at: datetime,
    directories: Sequence[Mapping[str, Any]],
    key_sheets: Sequence[Mapping[str, Any]],
    messages: Iterable[tuple[bytes, Mapping[str, Any] | None]],
    left_out: Iterable[tuple[int, str]],
    log: Mapping[str, Any],
    contents: Mapping[str, Mapping[str, Any]] | None = None,
    told: Iterable[tuple[bytes, Mapping[str, Any] | None]] = (),
) -> bytes:
    """The bytes of a bundle, signed by the node that makes it. `messages`: evidence and answer of
    each; `left_out`: numbers of this node's own messages that were never sent, and why; `log`: as
    `logged.py` judges it; `contents`: payload and salt of messages, by their id; `told`: evidence
    and answer of messages in which the peer told what became of numbers."""
    shown = contents or {}
    body = {
        "at": clock.isoformat(at),
        "conversation": conversation,
        "directories": [dict(each) for each in directories],
        "format": FORMAT,
        "key_sheets": [dict(each) for each in key_sheets],
        "left_out": [{"sequence": number, "why": why} for number, why in left_out],
        "log": dict(log),
        "messages": [_entry(kept, answer, shown) for kept, answer in messages],
        "node": node,
        "sheet": sheet,
        "told": [_entry(kept, answer, shown) for kept, answer in told],
    }
    return documents.canonical(documents.signed(PURPOSE, body, {node: signing_key}))


def _entry(
    kept: bytes, answer: Mapping[str, Any] | None, contents: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    content = contents.get(envelope.parse_evidence(kept).header.message) if contents else None
    return {
        "answer": None if answer is None else dict(answer),
        "content": None if content is None else dict(content),
        "evidence": documents.encode(kept),
    }


def _body(raw: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    document = documents.parse(raw, largest=LARGEST)
    if not isinstance(document, dict) or set(document) != {"body", "signatures"}:
        raise Malformed("a bundle has body and signatures")
    body = document["body"]
    if not isinstance(body, dict) or type(body.get("format")) is not int:
        raise Malformed("a bundle has a format")
    if frozenset(body) != _NAMES.get(body["format"]):
        raise Malformed("a bundle of format 1 to 3 has exactly its names")
    for name in ("directories", "key_sheets", "left_out", "messages"):
        if not isinstance(body[name], list):
            raise Malformed(f"bundle: {name} is a list")
    if not isinstance(body.get("told", []), list):
        raise Malformed("bundle: told is a list")
    if not body["directories"] or type(body["sheet"]) is not int:
        raise Malformed("bundle: directories, sheet")
    for each in body["left_out"]:
        if not isinstance(each, dict) or set(each) != _LEFT_OUT:
            raise Malformed("bundle: left_out")
        if type(each["sequence"]) is not int or not isinstance(each["why"], str):
            raise Malformed("bundle: left_out")
    if "log" in body:
        logged.check_form(body["log"])
    return document, body


def check(raw: bytes) -> Findings:
    """Judge a bundle with nothing but its bytes. Raises `Malformed` or `TooLarge` for what is no
    bundle at all; everything else that is wrong stands in the findings."""
    document, body = _body(raw)
    try:
        found = Findings(str(body["conversation"]), str(body["node"]), clock.parse(body["at"]))
    except (ValueError, TypeError):
        raise Malformed("bundle: at") from None
    known = Known(found)
    known.take_directories(body["directories"])
    for sheet in body["key_sheets"]:
        known.take_sheet(sheet)
    _check_exporter(document, body, known, found)
    answers: dict[str, list[Mapping[str, Any]]] = {}
    for entry in body["messages"]:
        shown = _check_message(entry, known, found)
        if shown is not None and "state" in (entry["answer"] or {}).get("body", {}):
            answers.setdefault(shown.message, []).append(entry["answer"])
    _check_places(found)
    if "log" in body:
        found.log = logged.judge(
            body["log"], node=found.node, keys=known, answers=answers, wrong=known.wrong
        )
    told: dict[tuple[str, int], str] = {}
    for entry in body.get("told", []):
        told |= _told(entry, known, found)
    _note_missing(body["left_out"], told, found)
    return found


def _told(entry: Any, known: Known, found: Findings) -> dict[tuple[str, int], str]:
    """What the other node told, signed, of numbers that it left out: (node, number) -> what. It is
    judged as every message, and stands in another conversation between the two."""
    aside = Findings(node=found.node)
    shown = _check_message(entry, known, aside, any_conversation=True)
    found.problems += aside.problems
    if shown is None:
        return {}
    try:
        if found.node not in (shown.sender, shown.recipient) or shown.sender == found.node:
            raise NotGenuine(Said(_("told by no other node of this conversation")))
        words = opened.told(shown.payload, kind=shown.kind, conversation=found.conversation)
    except Rejected as wrong:
        found.problems.append(Problem("told", wrong.code, reason_of(wrong)))
        return {}
    return {(shown.sender, n): what for n, what in words.items() if what in opened.EXPLAINS}


def _check_exporter(
    document: Mapping[str, Any], body: Mapping[str, Any], known: Known, found: Findings
) -> None:
    try:
        at = clock.parse(body["at"])
        key = known.signing_key(found.node, body["sheet"], at)
        _revoked_since(found.node, body["sheet"], at, known)
        if documents.signers(PURPOSE, dict(document), {found.node: key}) != {found.node}:
            raise NotGenuine(Said(_("not signed by %(node)s"), node=found.node))
    except (Rejected, ValueError) as wrong:
        found.problems.append(Problem("bundle", _code(wrong), reason_of(wrong)))


def _code(wrong: Exception) -> str:
    return wrong.code if isinstance(wrong, Rejected) else Malformed.code


def _moment(text: str) -> datetime:
    try:
        return clock.parse(text)
    except ValueError:
        raise Malformed("a time that does not exist") from None


class Known:
    """Directories and key sheets of a bundle, and which of them was in force when."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._directories: list[dict[str, Any]] = []
        self._sheets: dict[tuple[str, int], dict[str, Any]] = {}

    def take_directories(self, given: Sequence[Any]) -> None:
        """The founding directory and each that follows; what does not follow ends the line."""
        for place, document in enumerate(given):
            try:
                before = given[place - 1] if place else None
                body = (
                    rules.check_founding(document)
                    if before is None
                    else rules.check_next(before, document)
                )
            except (Rejected, NotTrusted) as wrong:
                self.wrong(f"directory {place + 1}", wrong)
                break
            self._directories.append(body)
        if self._directories:
            self._found.founding = documents.digest(self._directories[0])

    def take_sheet(self, document: Any) -> None:
        """A key sheet, signed by the identity key that its node had while it was in force."""
        where = "key sheet"
        try:
            body = rules.checked_key_sheet(document)
            where = f"key sheet {body['node']} {body['number']}"
            if not self._identity_signed(document, body):
                raise NotGenuine(Said(_("not signed by the identity key of its node")))
            for name in ("issued", "valid_from", "valid_until"):
                _moment(body[name])
            if self._sheets.setdefault((body["node"], body["number"]), body) != body:
                raise NotGenuine(Said(_("two key sheets carry one number")))
        except Rejected as wrong:
            self.wrong(where, wrong)

    def _identity_signed(self, document: Any, body: Mapping[str, Any]) -> bool:
        for place, listed in enumerate(self._directories):
            later = self._directories[place + 1 : place + 2]
            over = later[0]["issued"] if later else "9"
            entry = rules.member(listed, body["node"])
            if entry is None or over <= body["issued"] or body["valid_until"] < listed["issued"]:
                continue
            key = {body["node"]: documents.decode(entry["identity_key"])}
            if documents.signers("key-sheet", document, key):
                return True
        return False

    def wrong(self, where: str, wrong: Rejected | NotTrusted) -> None:
        """Something that does not hold."""
        self._found.problems.append(Problem(where, wrong.code, reason_of(wrong)))

    def check_member(self, node: str, at: datetime) -> None:
        """Raise `NotGenuine` unless a directory in force then lists the node. Clocks differ by up
        to `SKEW`: who was removed or taken in a few minutes later or earlier was a member."""
        first, last = clock.isoformat(at - SKEW), clock.isoformat(at + SKEW)
        for place, listed in enumerate(self._directories):
            later = self._directories[place + 1 : place + 2]
            over = later[0]["issued"] if later else "9"
            if listed["issued"] <= last and first < over and rules.member(listed, node):
                return
        raise NotGenuine(
            Said(_("%(node)s was no member of the directory in force then"), node=node)
        )

    def sheet(self, node: str, number: int) -> dict[str, Any]:
        """A key sheet that holds. Raises `NotGenuine`."""
        try:
            return self._sheets[node, number]
        except KeyError:
            said = _("key sheet %(number)s of %(node)s is not in the file")
            raise NotGenuine(Said(said, number=number, node=node)) from None

    def signing_key(self, node: str, number: int, at: datetime) -> bytes:
        """The key that signs for a node under this sheet at this time. Raises `NotGenuine`."""
        self.check_member(node, at)
        body = self.sheet(node, number)
        begin, end = clock.parse(body["valid_from"]), clock.parse(body["valid_until"])
        if not begin - SKEW <= at <= end + SKEW:
            said = _("key sheet %(number)s of %(node)s was not valid then")
            raise NotGenuine(Said(said, number=number, node=node))
        return documents.decode(body["signing_key"])

    def revoked_at(self, node: str, number: int) -> datetime | None:
        """When a later sheet of this node in the file revoked that one; None if none did."""
        times = [
            clock.parse(body["issued"])
            for (of, _number), body in self._sheets.items()
            if of == node and number in body["revoked"]
        ]
        return min(times, default=None)


def _check_message(
    entry: Any, known: Known, found: Findings, *, any_conversation: bool = False
) -> Shown | None:
    where = f"message {len(found.messages) + 1} of the file"
    try:
        if not isinstance(entry, dict) or set(entry) - {"content"} != _MESSAGE:
            raise Malformed("a message has evidence and answer")
        kept = documents.decode(entry["evidence"])
        sealed = envelope.parse_evidence(kept)
        header = sealed.header
        where = f"message {header.sender} {header.sequence}"
        if header.conversation != found.conversation and not any_conversation:
            raise NotGenuine(Said(_("of another conversation")))
        key = known.signing_key(header.sender, header.signing_sheet, header.created)
        envelope.check_signature(sealed, key)
        codes = [
            each["code"]
            for each in known.sheet(header.sender, header.signing_sheet)["institutions"]
        ]
        if header.sender_institution not in codes:
            said = _("%(institution)s is no institution of %(node)s")
            parts = {"institution": header.sender_institution, "node": header.sender}
            raise NotGenuine(Said(said, **parts))
        answer = _checked_answer(entry["answer"], header, kept, known)
        revoked = _revoked(header, answer, known) or (answer is not None and answer.revoked)
        payload = opened.check(entry.get("content"), header.commitment)
    except Rejected as wrong:
        found.problems.append(Problem(where, wrong.code, reason_of(wrong)))
        return None
    if answer is None:
        found.unanswered.append(where)
    shown = _shown(header, kept, answer, revoked=revoked)
    found.messages.append(replace(shown, payload=payload))
    return found.messages[-1]


@dataclass(frozen=True, slots=True)
class _Answer:
    said: str
    at: datetime
    bound: bool
    revoked: bool


def _checked_answer(
    answer: Any, header: envelope.Header, kept: bytes, known: Known
) -> _Answer | None:
    """The receipt or refusal of the receiver. Raises `NotGenuine`, `Malformed`."""
    if answer is None:
        return None
    try:
        body = dict(answer["body"])
        at = clock.parse(body["at"])
        purpose = "refusal" if "refused" in body else "receipt"
        sheet = int(body["sheet"])
        key = known.signing_key(header.recipient, sheet, at)
        said = str(body["refused" if purpose == "refusal" else "state"])
        wanted = {"receiver": header.recipient}
        if purpose == "receipt":
            wanted |= {"message": header.message, "sender": header.sender}
            wanted |= {"due": "" if header.due is None else clock.isoformat(header.due)}
        named = body.get("evidence", "")
        wrong = [name for name, value in wanted.items() if body[name] != value]
    except (KeyError, TypeError, ValueError):
        raise Malformed("the answer is neither a receipt nor a refusal") from None
    if documents.signers(purpose, answer, {header.recipient: key}) != {header.recipient}:
        raise NotGenuine(Said(_("the answer is not signed by %(node)s"), node=header.recipient))
    if wrong:
        raise NotGenuine(Said(_("the answer differs in %(names)s"), names=", ".join(sorted(wrong))))
    if named and named != hashlib.sha256(kept).hexdigest():
        raise NotGenuine(Said(_("the answer is about another envelope")))
    if purpose == "refusal" and not named:
        return None  # of bytes that were no envelope: it is about none that is shown
    return _Answer(said, at, bool(named), _revoked_since(header.recipient, sheet, at, known))


def _revoked_since(node: str, sheet: int, at: datetime, known: Known) -> bool:
    """Whether the key of a signature was revoked later. Raises `NotGenuine` if before it."""
    revoked = known.revoked_at(node, sheet)
    if revoked is not None and at > revoked:
        said = _("signed with a key of %(node)s that had been revoked by then")
        raise NotGenuine(Said(said, node=node))
    return revoked is not None


def _revoked(header: envelope.Header, answer: _Answer | None, known: Known) -> bool:
    """Whether the sender's key was revoked after the answer. Raises `NotGenuine` if before it: who
    had stolen the key could have signed as well."""
    revoked = known.revoked_at(header.sender, header.signing_sheet)
    if revoked is None:
        return False
    if answer is None or answer.at > revoked:
        raise NotGenuine(Said(_("signed with a key that had been revoked when it was answered")))
    return True


def _shown(header: envelope.Header, kept: bytes, answer: _Answer | None, *, revoked: bool) -> Shown:
    return Shown(
        message=header.message,
        sender=header.sender,
        sender_institution=header.sender_institution,
        recipient=header.recipient,
        recipient_institution=header.recipient_institution,
        sequence=header.sequence,
        kind=header.kind,
        created=header.created,
        due=header.due,
        answer="" if answer is None else answer.said,
        answered=None if answer is None else answer.at,
        bound=answer is not None and answer.bound,
        revoked=revoked,
        evidence=hashlib.sha256(kept).hexdigest(),
        commitment=header.commitment,
    )


def _check_places(found: Findings) -> None:
    """Two nodes and no third; no number and no id twice, but for one that was sealed again."""
    pairs = {frozenset({shown.sender, shown.recipient}) for shown in found.messages}
    if len(pairs) > 1:
        found.problems.append(
            Problem("bundle", NotGenuine.code, Said(_("messages between more than two nodes")))
        )
    places: dict[tuple[str, int], Shown] = {}
    ids: dict[str, Shown] = {}
    envelopes: set[str] = set()
    answered = {(shown.sender, shown.sequence) for shown in found.messages if shown.answer}
    for shown in found.messages:
        first = places.setdefault((shown.sender, shown.sequence), shown)
        named = ids.setdefault(shown.message, shown)
        same = first is named and _terms(first) == _terms(shown)
        if not same or shown.evidence in envelopes:
            where = f"message {shown.sender} {shown.sequence}"
            found.problems.append(
                Problem(where, NotGenuine.code, Said(_("two messages with one number or one id")))
            )
        envelopes.add(shown.evidence)
    words = {f"message {sender} {number}" for sender, number in answered}
    found.unanswered[:] = [where for where in found.unanswered if where not in words]


def _terms(shown: Shown) -> tuple[object, ...]:
    """What stays when a message is sealed again: the content committed to, and for whom."""
    return (
        shown.message,
        shown.sender,
        shown.sender_institution,
        shown.recipient,
        shown.recipient_institution,
        shown.sequence,
        shown.kind,
        shown.due,
        shown.commitment,
    )


def _note_missing(
    left_out: Iterable[Mapping[str, Any]], told: Mapping[tuple[str, int], str], found: Findings
) -> None:
    """Numbers that are not there, up to the highest that is known of each node."""
    words = {each["sequence"]: each["why"] for each in left_out}
    there: dict[str, set[int]] = {}
    for shown in found.messages:
        there.setdefault(shown.sender, set()).add(shown.sequence)
    if words:
        there.setdefault(found.node, set())
    for node, numbers in sorted(there.items()):
        own = words if node == found.node else {}
        before = 0
        for number in sorted(numbers | set(own)):
            gap = range(before + 1, number)[:_MOST_MISSING]
            found.missing += [(node, absent, told.get((node, absent), "")) for absent in gap]
            if number not in numbers:
                found.missing.append((node, number, own[number]))
            before = number


def differences(one: Findings, other: Findings) -> list[Problem]:
    """Where the bundles of both sides about one conversation do not agree: a message that only one
    of them shows, or shows otherwise."""
    if one.conversation != other.conversation:
        return [
            Problem("bundle", NotGenuine.code, Said(_("the files are about two conversations")))
        ]
    left, right = _by_message(one), _by_message(other)
    found = []
    for message in sorted(set(left) | set(right)):
        mine, theirs = left.get(message, {}), right.get(message, {})
        shown = next(iter((mine or theirs).values()))
        where = f"message {shown.sender} {shown.sequence}"
        if not mine or not theirs:
            absent = other.node if mine else one.node
            found.append(
                Problem(where, "only_one", Said(_("not in the file of %(node)s"), node=absent))
            )
        elif not set(mine) & set(theirs):
            found.append(
                Problem(where, NotGenuine.code, Said(_("the two files show two envelopes")))
            )
    for head, _theirs in logged.contradicting(one.log, other.log):
        where = f"head {head.number} of {head.node}"
        found.append(Problem(where, NotGenuine.code, Said(_("two heads with one number"))))
    return found


def _by_message(findings: Findings) -> dict[str, dict[str, Shown]]:
    """The envelopes of each message; two or more when it was sealed again."""
    by_id: dict[str, dict[str, Shown]] = {}
    for shown in findings.messages:
        by_id.setdefault(shown.message, {})[shown.evidence] = shown
    return by_id
