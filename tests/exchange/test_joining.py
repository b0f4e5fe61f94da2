"""A node that joins when the others are far along: all directories, all sheets of all members."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ayni.audit import api as audit
from ayni.audit.models import Alarm
from ayni.exchange import api as exchange
from ayni.exchange import documents, following, suites
from ayni.exchange.connection import Connection
from ayni.exchange.errors import Equivocation, Malformed, NotTrusted
from ayni.exchange.models import DirectoryDocument, KeySheetDocument
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import an_institution
from tests.exchange import kinds
from tests.exchange.conftest import forget
from tests.exchange.peer import CONSULATE, Peer, forget_keys
from tests.exchange.test_delivery import a_grant, queue

BY = audit.job("tests")
DAY = timedelta(days=1)
Json = dict[str, Any]


class Platform:
    """Bolivia alone, at directory 3, which names us, and at its fifth sheet; we know nothing."""

    def __init__(self) -> None:
        self.bolivia = Peer()
        self.place = self.bolivia.start()
        self.now = clock.now().replace(microsecond=0)
        an_institution("ar-programme")
        forget_keys()
        ours = self._member("ar", "", exchange.make_identity(by=BY))
        theirs = documents.encode(documents.public_of(self.bolivia.identity))
        alone = [self._member("bo", self.place, theirs)]
        self.directories: list[Json] = []
        for days, listed in ((200, alone), (100, alone), (1, [ours, *alone])):
            self._add_directory(self.now - days * DAY, listed)
        self.sheets: list[Json] = []
        for days in (180, 140, 100, 60, 20):  # each valid for ninety days: three are over
            self.add_sheet(self.now - days * DAY)

    @staticmethod
    def _member(node: str, place: str, key: str) -> Json:
        endpoint = {"connect_to": place, "url": f"http://{node}.localhost"}
        return {"endpoint": endpoint, "identity_key": key, "node": node}

    def _add_directory(self, at: datetime, listed: list[Json]) -> None:
        before = self.directories[-1]["body"] if self.directories else None
        body = {
            "demo": False,
            "format": 1,
            "issued": clock.isoformat(at),
            "members": listed,
            "number": len(self.directories) + 1,
            "previous": "" if before is None else documents.digest(before),
            "quorum": 1,
        }
        document = documents.signed("directory", body, {"bo": self.bolivia.identity})
        self.directories.append(document)

    def add_sheet(self, at: datetime) -> None:
        """Bolivia's next sheet."""
        bolivia = self.bolivia
        bolivia.hpke, bolivia.signing = suites.generate(1), secrets.token_bytes(32)
        before = self.sheets[-1]["body"] if self.sheets else None
        bolivia.own_number = len(self.sheets) + 1
        made = bolivia.key_sheet(
            at,
            number=bolivia.own_number,
            previous="" if before is None else documents.digest(before),
            valid_until=clock.isoformat(at + 90 * DAY),
        )
        self.sheets.append(made)

    def serve(self) -> None:
        """Bolivia's node serves its sheets."""
        for sheet in self.sheets:
            self.bolivia.serves[f"/exchange/1/key-sheet/{sheet['body']['number']}"] = sheet

    def line(self) -> Connection:
        """A connection to Bolivia's node."""
        return Connection("http://bo.localhost", connect_to=self.place, pins=None)


@pytest.fixture
def platform(transactional_db: None, settings: Settings) -> Iterator[Platform]:
    """Bolivia at directory 3 and sheet 5."""
    forget()
    kinds.wire(settings)
    kinds.taken.clear()
    made = Platform()
    yield made
    made.bolivia.stop()
    forget()


def _accept(platform: Platform, found: list[Json]) -> None:
    exchange.accept_documents(by=BY, documents=found, now=platform.now)


def _sheets_here() -> list[int]:
    return sorted(KeySheetDocument.objects.filter(node="bo").values_list("number", flat=True))


def _makes_its_sheet_and_sends(platform: Platform) -> None:
    ours = members.institutions(state="ar")
    sheet = exchange.make_key_sheet(by=BY, institutions=ours, now=platform.now)
    exchange.accept_key_sheet(by=BY, document=sheet, now=platform.now)
    queue({"needs": ["x"]}, a_grant(recipient_institution=CONSULATE))
    assert exchange.drain(peer="bo") == 1
    assert platform.bolivia.read == [{"data": {"needs": ["x"]}}]


def test_a_new_node_joins_by_files_in_whatever_order_they_stand(platform: Platform) -> None:
    handed = [*platform.sheets[::-1], *platform.directories[::-1]]
    groups = exchange.in_order(handed)
    assert [[each["body"]["number"] for each in group] for group in groups] == [
        [1], [2], [3], [1, 2, 3, 4, 5],
    ]  # fmt: skip

    _accept(platform, handed)

    assert exchange.directory_body()["number"] == 3
    assert exchange.key_sheet("bo") == platform.sheets[-1]
    assert _sheets_here() == [1, 2, 3, 4, 5]
    _makes_its_sheet_and_sends(platform)


def test_what_a_new_node_is_not_handed_it_fetches(platform: Platform) -> None:
    platform.serve()
    _accept(platform, platform.directories)

    assert exchange.refresh(by=BY) == 5

    assert _sheets_here() == [1, 2, 3, 4, 5]
    _makes_its_sheet_and_sends(platform)


def test_what_is_here_already_is_passed_over(platform: Platform) -> None:
    _accept(platform, [*platform.directories, *platform.sheets])
    platform.add_sheet(platform.now - DAY)

    _accept(platform, [*platform.directories, *platform.sheets])
    _accept(platform, platform.sheets)

    assert _sheets_here() == [1, 2, 3, 4, 5, 6]


def test_what_a_member_hands_over_is_all_that_another_needs(platform: Platform) -> None:
    _accept(platform, [*platform.directories, *platform.sheets])
    _makes_its_sheet_and_sends(platform)

    given = exchange.to_hand_over()

    assert given.missing == []
    assert sorted(given.files) == [
        *(f"directory-{n}.json" for n in (1, 2, 3)), "sheet-ar-1.json",
        *(f"sheet-bo-{n}.json" for n in (1, 2, 3, 4, 5)),
    ]  # fmt: skip
    forget()
    _accept(platform, list(given.files.values()))
    assert exchange.to_hand_over() == given
    assert exchange.directory_document() == platform.directories[-1]


def test_what_is_missing_between_is_named_and_not_passed_over(platform: Platform) -> None:
    with pytest.raises(NotTrusted):
        exchange.to_hand_over()
    _accept(platform, [*platform.directories, *platform.sheets])
    KeySheetDocument.objects.filter(node="bo", number=3).delete()
    DirectoryDocument.objects.filter(number=1).delete()

    assert exchange.to_hand_over().missing == ["directory-1.json", "sheet-bo-3.json"]


def test_with_one_missing_nothing_of_the_member_is_accepted(platform: Platform) -> None:
    _accept(platform, platform.directories)

    for found in (platform.sheets[1:], [*platform.sheets[:2], *platform.sheets[3:]]):
        with pytest.raises(NotTrusted):
            _accept(platform, found)
    with pytest.raises(NotTrusted):  # the last one is over
        _accept(platform, platform.sheets[:3])

    assert _sheets_here() == []


@pytest.mark.parametrize("lacking", [1, 2])
def test_no_directory_is_believed_without_those_before_it(platform: Platform, lacking: int) -> None:
    found = [each for each in platform.directories if each["body"]["number"] != lacking]

    with pytest.raises(NotTrusted):
        _accept(platform, found)

    assert DirectoryDocument.objects.count() == lacking - 1
    assert not Alarm.objects.exists()


def test_sheets_without_a_directory_and_other_things_are_refused(platform: Platform) -> None:
    with pytest.raises(NotTrusted):
        _accept(platform, platform.sheets)
    for wrong in ({}, {"body": []}, {"body": {"members": []}, "signatures": []}):
        with pytest.raises(Malformed):
            _accept(platform, [wrong])


def test_a_second_truth_among_what_is_handed_over_is_the_evidence(platform: Platform) -> None:
    _accept(platform, [*platform.directories, *platform.sheets])
    other = platform.bolivia.key_sheet(
        platform.now, number=4, previous=platform.sheets[2]["body"]["previous"]
    )
    platform.add_sheet(platform.now - DAY)

    with pytest.raises(Equivocation):
        _accept(platform, [other, platform.sheets[-1]])

    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.evidence) == ("two_key_sheets", [platform.sheets[3], other])
    assert _sheets_here() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("part", [1, 2, 3, 5, 6])
def test_a_long_line_is_followed_in_parts(platform: Platform, part: int) -> None:
    platform.serve()
    _accept(platform, platform.directories)

    assert _follow(platform, part=part) == 5

    assert exchange.key_sheet("bo") == platform.sheets[-1]
    assert _sheets_here() == [1, 2, 3, 4, 5]
    entries = [each for each in audit.entries_about("bo") if each.verb.endswith("key_sheet")]
    assert len(entries) == -(-5 // part)


def test_of_a_long_line_nothing_is_accepted_that_does_not_end_well(platform: Platform) -> None:
    """Who has stolen a former identity key signs sheets of the past, in as many parts as may be."""
    platform.add_sheet(platform.now - DAY)
    last = platform.sheets.pop()
    stranger = {"bo": secrets.token_bytes(32)}
    platform.sheets.append(documents.signed("key-sheet", last["body"], stranger))
    platform.serve()
    _accept(platform, platform.directories)

    with pytest.raises(exchange.NotGenuine):
        _follow(platform, part=2)

    assert _sheets_here() == []


def _follow(platform: Platform, *, part: int) -> int:
    path = "/exchange/1/key-sheet/{}".format
    with platform.line() as line:
        return following.follow(
            line, node="bo", path=path, by=BY, now=platform.now, source="bo", part=part
        )
