"""Two lines of documents that part: whoever signs the second truth and at once what follows it is
noticed all the same, by a node that has the first."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents
from ayni.exchange.models import DirectoryDocument
from ayni.lib import clock
from tests.exchange.peer import Peer

BY = audit.job("tests")
Json = dict[str, Any]


def _sheet_after(bolivia: Peer, before: Json, **changed: Any) -> Json:
    bolivia.signing = secrets.token_bytes(32)
    number, previous = before["body"]["number"] + 1, documents.digest(before["body"])
    now = clock.now().replace(microsecond=0)
    return bolivia.key_sheet(now, **{"number": number, "previous": previous, **changed})


def _directory_after(bolivia: Peer, before: Json, **changed: Any) -> Json:
    """What both states have signed to follow `before`."""
    body = {
        **before["body"],
        "number": before["body"]["number"] + 1,
        "previous": documents.digest(before["body"]),
        **changed,
    }
    theirs = documents.signed("directory", body, {"bo": bolivia.identity})["signatures"]
    return {"body": body, "signatures": [*theirs, exchange.sign_directory(by=BY, body=body)]}


def _other_time(document: Json, **by: int) -> str:
    return clock.isoformat(clock.parse(document["body"]["issued"]) + timedelta(**by))


def _named(document: Json) -> Json:
    return {
        "digest": documents.digest(document["body"]),
        "number": document["body"]["number"],
    }


def _shows(bolivia: Peer, *, directories: Sequence[Json] = (), sheets: Sequence[Json] = ()) -> None:
    """What Bolivia's node says that it has accepted, and serves."""
    for document in directories:
        bolivia.serves[f"/exchange/1/directory/{document['body']['number']}"] = document
    for document in sheets:
        number = document["body"]["number"]
        for path in (f"/exchange/1/key-sheet/{number}", f"/exchange/1/key-sheet/bo/{number}"):
            bolivia.serves[path] = document
    bolivia.serves["/exchange/1/seen"] = {
        "directory": _named(directories[-1]) if directories else {},
        "key_sheets": {"bo": _named(sheets[-1])} if sheets else {},
    }


def _held() -> Json:
    document = exchange.directory_document()
    assert document is not None
    return document


def _alarms() -> list[tuple[str, str, list[Json]]]:
    return [(alarm.code, alarm.source, alarm.evidence) for alarm in audit.alarms()]


@pytest.mark.parametrize("further", [1, 3])
def test_a_second_sheet_is_noticed_although_others_follow_it_already(
    bolivia: Peer, further: int
) -> None:
    first = exchange.key_sheet("bo")
    assert first is not None
    line = [bolivia.key_sheet(clock.now(), tls_pins=["0" * 64])]
    for _step in range(further):
        line.append(_sheet_after(bolivia, line[-1]))
    _shows(bolivia, sheets=line)

    assert exchange.refresh(by=BY) == 0

    assert _alarms() == [("two_key_sheets", "bo", [first, line[0]])]
    assert exchange.key_sheet("bo") == first, "the first one stays in force"
    exchange.refresh(by=BY)
    assert len(audit.alarms()) == 1, "told once"


@pytest.mark.parametrize("further", [1, 3])
def test_a_second_directory_is_noticed_although_others_follow_it_already(
    bolivia: Peer, further: int
) -> None:
    founding = _held()
    ours = _directory_after(bolivia, founding)
    exchange.accept_directory(by=BY, document=ours, now=clock.now())
    line = [_directory_after(bolivia, founding, issued=_other_time(founding, hours=1))]
    for _step in range(further):
        line.append(_directory_after(bolivia, line[-1]))
    _shows(bolivia, directories=[founding, *line])

    assert exchange.refresh(by=BY) == 0

    assert _alarms() == [("two_directories", "bo", [ours, line[0]])]
    assert _held() == ours


def test_a_second_directory_is_noticed_although_it_is_dated_too_early(bolivia: Peer) -> None:
    """None would be accepted that is dated so; but the states have signed two."""
    founding = _held()
    ours = _directory_after(bolivia, founding)
    exchange.accept_directory(by=BY, document=ours, now=clock.now())
    early = _directory_after(bolivia, founding, issued=_other_time(founding, hours=-1))
    _shows(bolivia, directories=[founding, early])

    assert exchange.refresh(by=BY) == 0

    assert _alarms() == [("two_directories", "bo", [ours, early])]


@pytest.mark.parametrize("theirs", [1, 2, 3])
def test_of_two_lines_of_directories_the_first_that_differ_are_the_evidence(
    bolivia: Peer, theirs: int
) -> None:
    """Whichever of the two nodes is further: what was signed twice is number 2."""
    founding = _held()
    ours = [_directory_after(bolivia, founding)]
    ours.append(_directory_after(bolivia, ours[0]))
    for document in ours:
        exchange.accept_directory(by=BY, document=document, now=clock.now())
    line = [_directory_after(bolivia, founding, issued=_other_time(founding, hours=1))]
    for _step in range(theirs - 1):
        line.append(_directory_after(bolivia, line[-1]))
    _shows(bolivia, directories=[founding, *line])

    exchange.refresh(by=BY)

    assert _alarms() == [("two_directories", "bo", [ours[0], line[0]])]


def test_a_peer_that_is_only_further_accuses_nobody(bolivia: Peer) -> None:
    first = exchange.key_sheet("bo")
    assert first is not None
    second = _sheet_after(bolivia, first)
    founding = _held()
    later = _directory_after(bolivia, founding)
    _shows(bolivia, directories=[founding, later], sheets=[first, second])

    assert exchange.refresh(by=BY) == 2
    assert exchange.refresh(by=BY) == 0

    assert (audit.alarms(), exchange.key_sheet("bo"), _held()) == ([], second, later)


def test_a_line_that_nobody_has_signed_accuses_nobody(bolivia: Peer) -> None:
    founding, first = _held(), exchange.key_sheet("bo")
    assert first is not None
    exchange.accept_directory(by=BY, document=_directory_after(bolivia, founding), now=clock.now())
    other = _directory_after(bolivia, founding, issued=_other_time(founding, hours=1))
    other["signatures"].pop()
    after = _directory_after(bolivia, other)
    bolivia.identity = secrets.token_bytes(32)  # a stranger's
    fake = bolivia.key_sheet(clock.now(), tls_pins=["0" * 64])
    _shows(
        bolivia, directories=[founding, other, after], sheets=[fake, _sheet_after(bolivia, fake)]
    )

    assert exchange.refresh(by=BY) == 0

    assert audit.alarms() == []
    assert exchange.key_sheet("bo") == first


@pytest.mark.parametrize("missing", [2, 3])
def test_a_line_of_which_one_is_not_shown_is_left_alone(bolivia: Peer, missing: int) -> None:
    founding = _held()
    ours = [_directory_after(bolivia, founding)]
    ours.append(_directory_after(bolivia, ours[0]))
    for document in ours:
        exchange.accept_directory(by=BY, document=document, now=clock.now())
    line = [_directory_after(bolivia, founding, issued=_other_time(founding, hours=1))]
    line.append(_directory_after(bolivia, line[-1]))
    line.append(_directory_after(bolivia, line[-1]))
    _shows(bolivia, directories=line)
    del bolivia.serves[f"/exchange/1/directory/{missing}"]

    assert exchange.refresh(by=BY) == 0

    assert audit.alarms() == []
    assert DirectoryDocument.objects.count() == 3
