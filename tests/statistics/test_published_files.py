"""Files of a published release: codes stay codes, and the metadata says what each means."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from ayni.statistics.releasing.content import Content, Line, Shown
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics import published_stories as stories


@pytest.fixture
def bolivia(db: None) -> Iterator[Peer]:
    """Bolivia's node, which publishes."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    yield peer
    peer.stop()


def fetched(kind: str, language: str = "en", status: int = 200) -> bytes:
    """What a stranger's browser gets."""
    answer = Client().get(f"/statistics/published/{language}/bo/{stories.KEY}/{kind}")
    assert answer.status_code == status
    return b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]


def opened(kind: str, language: str = "en") -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(fetched(kind, language)))


def metadata(archive: zipfile.ZipFile) -> Any:
    return json.loads(archive.read("datapackage.json"))


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Forced labour"), ("es", "Trabajo forzoso"), ("pt", "Trabalho forçado")],
)
def test_headings_keep_the_code_and_the_metadata_says_it_in_words(
    bolivia: Peer, language: str, said: str
) -> None:
    stories.arrives(bolivia, stories.with_noise(40))
    archive = opened("csv", language)
    rows = list(csv.reader(io.StringIO(archive.read("records.csv").decode())))
    assert rows[0][7] == "isForcedLabour"
    told = metadata(archive)
    fields = {each["name"]: each for each in told["resources"][-1]["schema"]["fields"]}
    assert fields["isForcedLabour"]["title"] == said
    assert [each["value"] for each in fields["isForcedLabour"]["categories"]] == ["", "1"]
    for kind in ("json", "xlsx"):
        columns = metadata(opened(kind, language))["ayni"]["columns"]
        assert columns["isForcedLabour"]["title"] == said


def test_a_workbook_has_a_sheet_of_codes_in_words(bolivia: Peer) -> None:
    stories.arrives(bolivia, stories.with_noise(40))
    book = CalamineWorkbook.from_filelike(io.BytesIO(opened("xlsx").read("release.xlsx")))
    rows = book.get_sheet_by_name("Codes").to_python()
    assert ["typeOfLabour", "Kind of work", "DomesticWork", "Domestic work"] in rows
    about = [row[0] for row in book.get_sheet_by_name("About").to_python()]
    assert "Whose figures" in about


def test_an_empty_field_says_all_together_or_not_told_and_never_both(bolivia: Peer) -> None:
    lines = (Line((None,), 30), Line(("",), 10), Line(("BO",), 20))
    content = stories.with_noise(20)
    mixed = Content(
        content.mode, content.subject, content.about, content.parameters,
        (Shown("mixed", ("citizenship",), {}, lines),), content.records,
    )  # fmt: skip
    stories.arrives(bolivia, mixed)
    rows = list(csv.reader(io.StringIO(opened("csv").read("01-mixed.csv").decode())))
    assert rows[1:] == [["", "30"], ["not_told", "10"], ["BO", "20"]]


def test_ragged_records_are_told_and_are_no_fault_of_the_page(bolivia: Peer) -> None:
    content = stories.with_noise(20)
    records = (*content.records[:5], content.records[5][:-1], *content.records[6:])
    ragged = Content(
        content.mode, content.subject, content.about, content.parameters, content.tables, records
    )
    stories.arrives(bolivia, ragged)
    for kind in ("csv", "xlsx", "json"):
        assert "a column too many or too few" in fetched(kind, status=409).decode()
    assert Client().get(f"/statistics/published/en/bo/{stories.KEY}/").status_code == 200


@pytest.mark.parametrize("by", [("citizenship", "citizenship"), ("value",)])
def test_tables_whose_columns_cannot_be_told_apart_are_told(
    bolivia: Peer, by: tuple[str, ...]
) -> None:
    content = stories.with_noise(20)
    table = Shown("t", by, {}, (Line(("BO",) * len(by), 20),))
    wrong = Content(content.mode, content.subject, content.about, content.parameters, (table,), ())
    stories.arrives(bolivia, wrong)
    fetched("csv", status=409)
    for query in ("", "?table=1"):
        address = f"/statistics/published/en/bo/{stories.KEY}/{query}"
        assert Client().get(address).status_code == 200
