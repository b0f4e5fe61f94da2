"""Following a member's key sheets after this node was away for long.

Sheets are valid for 90 days and come every week: after a longer absence the next one is over
already, and its member may have another identity key by now. Each is judged at its own time; only
the last must hold today, by the directory in force. It names the one before by its digest, and so
on: nothing of a line is accepted before all of it was judged. A node that joins late follows every
member from its first sheet on in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import directory as rules
from ayni.exchange import documents, one_at_a_time, trust
from ayni.exchange.connection import Connection
from ayni.exchange.doubles import two_truths
from ayni.exchange.errors import Malformed, TooLarge
from ayni.exchange.models import DirectoryDocument
from ayni.lib import clock
from ayni.members import api as members

_PART = 300  # sheets kept in one go: more than five years, one a week
_PART_BYTES = 16 * 1024 * 1024
# Of a line that is longer: it is judged as it comes and then fetched once more, in parts.
_MOST = 5_000
_MOST_BYTES = 256 * 1024 * 1024
_OK = 200

Document = Mapping[str, Any]
_Fetch = Callable[[int], tuple[dict[str, Any], int] | None]


def in_order(documents: Sequence[Document]) -> list[list[Document]]:
    """Directories and key sheets that were handed over, in the order in which they count: each
    directory by its number, then of each member all its sheets by theirs. Raises `Malformed`."""
    directories: list[Document] = []
    lines: dict[str, list[Document]] = {}
    for document in documents:
        body = document.get("body")
        if isinstance(body, dict) and "members" in body:
            rules.checked_directory(document)
            directories.append(document)
        else:
            lines.setdefault(str(rules.checked_key_sheet(document)["node"]), []).append(document)
    groups = [[each] for each in sorted(directories, key=_number)]
    return groups + [sorted(lines[node], key=_number) for node in sorted(lines)]


def _number(document: Document) -> int:
    return int(document["body"]["number"])


def accept_documents(*, by: Actor, documents: Sequence[Document], now: datetime) -> None:
    """Accept what was handed over, as `in_order` gives it. What is here already is passed over.

    Raises as `trust.accept_directory` and `accept_line`; what was accepted until then stays.
    """
    for group in in_order(documents):
        if "members" in group[0]["body"]:
            trust.accept_directory(by=by, document=group[0], now=now)
            continue
        fresh = _not_here(group, by=by, now=now)
        if fresh:
            accept_line(by=by, line=fresh, now=now)


def _not_here(sheets: Sequence[Document], *, by: Actor, now: datetime) -> list[Document]:
    """Those under whose number nothing is here. Raises `Equivocation` or `NotGenuine` for another
    one than is."""
    fresh = []
    for document in sheets:
        held = trust.key_sheet(document["body"]["node"], document["body"]["number"])
        if held is None:
            fresh.append(document)
        elif held["body"] != document["body"]:
            trust.accept_key_sheet(by=by, document=document, now=now)
    return fresh


def accept_line(*, by: Actor, line: Sequence[Document], now: datetime, source: str = "") -> int:
    """Accept the key sheets of one member that follow the one known here, in order; the number of
    the last. `source` is the node that showed them, empty for a file.

    Of this node's own sheets, after a restore, the last may be over as well: it makes the next.
    Raises `NotTrusted`, `NotGenuine`, `Malformed`, or `Equivocation`; nothing is accepted then.
    """
    if not line:
        raise Malformed("no key sheet")
    node = str(rules.checked_key_sheet(line[-1])["node"])
    if len(line) == 1 and node != members.this_node():
        return trust.accept_key_sheet(by=by, document=line[0], now=now, source=source)
    _judged(line, node=node, by=by, now=now, source=source)
    return _keep(line, node=node, by=by, now=now, source=source)


def _judged(
    line: Iterable[Document], *, node: str, by: Actor, now: datetime, source: str
) -> list[str]:
    """Judge a line from the sheet on that follows the one here; the digests of its sheets.

    Of this node's own, after a new identity key, the last may be of the former one as well, as long
    as none by the new one is known: a replaced member takes over its predecessor's line, and what a
    thief has signed is followed and revoked. That gives nobody more than he had: the others judge
    by the directory, and of a line that goes on from the new key only that key makes an end.
    """
    trust.directory_body()  # without one nothing is known of anybody
    listed = [row.document["body"] for row in DirectoryDocument.objects.order_by("number")]
    previous: Document | None = trust.key_sheet(node)
    digests: list[str] = []
    ends = node != members.this_node() or _by_present_identity(previous, listed)
    for document, is_last in _with_the_last_marked(line):
        with two_truths(by, f"key sheet of {node}", document, source):
            ends = ends or _by_present_identity(document, listed)
            if is_last and ends:
                at = _begin(document) if node == members.this_node() else now
                body = rules.check_key_sheet(
                    document, directory=listed[-1], previous=previous, now=at
                )
            else:
                body = rules.check_past_sheet(document, directories=listed, previous=previous)
        digests.append(documents.digest(body))
        previous = document
    return digests


def _by_present_identity(document: Document | None, listed: Sequence[Document]) -> bool:
    return document is not None and rules.is_signed_by_identity(document, listed[-1])


def _with_the_last_marked(line: Iterable[Document]) -> Iterator[tuple[Document, bool]]:
    before: Document | None = None
    for document in line:
        if before is not None:
            yield before, False
        before = document
    if before is not None:
        yield before, True


def _begin(document: Document) -> datetime:
    try:
        return clock.parse(rules.checked_key_sheet(document)["valid_from"])
    except ValueError:
        raise Malformed("key sheet: a time that does not exist") from None


def _keep(line: Sequence[Document], *, node: str, by: Actor, now: datetime, source: str) -> int:
    """Keep sheets that were judged, in one transaction; the number of the last. Those that somebody
    else has accepted meanwhile are passed over; another one than is here now raises as in
    `trust.accept_key_sheet`, and nothing is kept."""
    try:
        with audit.act(by=by, verb="exchange.accept_key_sheet", subject=node) as act:
            one_at_a_time.accepting_sheets_of(node)
            for document in line:
                if not _is_here(document):
                    body = document["body"]
                    trust.keep_key_sheet(
                        by=by, document=document, body=body, now=now, source=source
                    )
            number = int(line[-1]["body"]["number"])
            act.note(number=number)
    except _Another as another:  # told after the transaction, which would take the alarm with it
        trust.accept_key_sheet(by=by, document=another.document, now=now, source=source)
        raise
    return number


class _Another(Malformed):
    """Under the number of this sheet another one was accepted meanwhile."""

    def __init__(self, document: Document) -> None:
        super().__init__("another sheet was accepted meanwhile")
        self.document = document


def _is_here(document: Document) -> bool:
    held = trust.key_sheet(document["body"]["node"], document["body"]["number"])
    if held is not None and held["body"] != document["body"]:
        raise _Another(document)
    return held is not None


def follow(
    line: Connection,
    *,
    node: str,
    path: Callable[[int], str],
    by: Actor,
    now: datetime,
    source: str,
    part: int = _PART,
) -> int:
    """Fetch the sheets of a member after the one known here, and accept them; how many.

    `path` is where the peer serves the sheet of a number; of more than `part` sheets so many are
    kept in one transaction. Raises as `accept_line`, `TooLarge`, `Unreachable`.
    """
    known = trust.key_sheet(node)
    first = 1 if known is None else known["body"]["number"] + 1
    fetch = partial(_fetched, line, path)
    found, more = _some(fetch, first, part)
    if not found or not trust.is_member(node):
        return 0
    if not more:
        accept_line(by=by, line=found, now=now, source=source)
        return len(found)
    whole = _all(fetch, first, found)
    digests = _judged(whole, node=node, by=by, now=now, source=source)
    done = 0
    while done < len(digests):
        if done:
            found, _more = _some(fetch, first + done, min(part, len(digests) - done))
        here = [documents.digest(each["body"]) for each in found]
        if not here or here != digests[done : done + len(here)]:
            raise Malformed("another line than a moment ago")
        _keep(found, node=node, by=by, now=now, source=source)
        done += len(found)
    return done


def _fetched(
    line: Connection, path: Callable[[int], str], number: int
) -> tuple[dict[str, Any], int] | None:
    """The sheet of a number, and its length in bytes; None if the peer has none."""
    status, raw = line.request("GET", path(number))
    if status != _OK:
        return None
    document = documents.parse(raw)
    if not isinstance(document, dict) or "body" not in document:
        raise Malformed("not a signed document")
    return document, len(raw)


def _some(fetch: _Fetch, first: int, most: int) -> tuple[list[dict[str, Any]], bool]:
    """So many sheets from a number on, fewer if they are large; and whether more may come."""
    found: list[dict[str, Any]] = []
    size = 0
    while len(found) < most and size < _PART_BYTES:
        one = fetch(first + len(found))
        if one is None:
            return found, False
        found.append(one[0])
        size += one[1]
    return found, True


def _all(fetch: _Fetch, first: int, found: Sequence[Document]) -> Iterator[Document]:
    """Those that were found, and all after them, one in memory at a time. Raises `TooLarge`."""
    yield from found
    size = 0
    for number in range(first + len(found), first + _MOST):
        one = fetch(number)
        if one is None:
            return
        size += one[1]
        if size > _MOST_BYTES:
            break
        yield one[0]
    raise TooLarge("key sheets")
