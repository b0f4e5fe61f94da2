"""Files of a published release: codes stay codes, and the metadata says what each means."""

from __future__ import annotations

import csv
import fcntl
import html
import io
import json
import os
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

import ayni
from ayni.statistics import releases, tasks
from ayni.statistics.disclosure.findings import Weight
from ayni.statistics.errors import FilesBusy
from ayni.statistics.pages import kept_files, prepared_files
from ayni.statistics.releasing import checking
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


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Together with the numbers of its line it would tell a small number too closely"),
        ("es", "Junto con los números de su línea revelaría un número pequeño casi exacto"),
        ("pt", "Junto com os números da sua linha revelaria um número pequeno quase exato"),
    ],
)
def test_a_rounded_number_that_is_withheld_says_why_in_every_file_and_on_the_page(
    bolivia: Peer, language: str, said: str
) -> None:
    pytest.importorskip("scipy", reason="releases need the extra observatory")
    stories.arrives(bolivia, stories.with_withheld_numbers(), **stories.OF_ROUNDED)
    archive = opened("csv", language)
    told = metadata(archive)
    (resource,) = told["resources"]
    rows = list(csv.DictReader(io.StringIO(archive.read(resource["path"]).decode())))
    assert {(row["value"] == "", row["not_shown"]) for row in rows} == {
        (True, "line_tells_too_much"), (False, ""),
    }  # fmt: skip
    assert all(int(row["value"]) % 5 == 0 for row in rows if row["value"])
    fields = {each["name"]: each for each in resource["schema"]["fields"]}
    assert fields["not_shown"]["categories"] == [{"value": "line_tells_too_much", "label": said}]
    raw = json.loads(opened("json", language).read("release.json"))
    assert raw["parameters"]["not_shown"] == "line_tells_too_much"
    assert None in [line[-1] for table in raw["tables"] for line in table["lines"]]
    book = CalamineWorkbook.from_filelike(io.BytesIO(opened("xlsx", language).read("release.xlsx")))
    names = [each for each in book.sheet_names if "sex" in each]
    assert "line_tells_too_much" in str(book.get_sheet_by_name(names[0]).to_python())
    assert any(said in str(book.get_sheet_by_name(each).to_python()) for each in book.sheet_names)
    answer = Client().get(f"/statistics/published/{language}/bo/{stories.KEY}/?table=1")
    assert said in html.unescape(answer.content.decode())


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


@pytest.mark.parametrize(
    "change",
    [
        {"tables": (Shown("t", ("value",), {}, (Line(("BO",), 20),)),)},
        {"tables": (Shown("t", ("sex",), {}, (Line(("BO",), 2**60),)),)},
        {"records": (("sex", "age"), ("female",))},
        {"records": (("sex", "sex"), ("female", "male"))},
    ],
)
def test_what_no_file_can_be_made_of_is_refused_before_it_is_published(
    change: dict[str, Any],
) -> None:
    sound = stories.with_noise(20)
    assert checking.unfit(sound.to_bytes()) is None
    wrong = checking.unfit(replace(sound, **change).to_bytes())
    assert wrong is not None
    assert (wrong.code, wrong.weight) == ("content_not_regular", Weight.REFUSES)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """The folder of a node in which nothing has been asked for."""
    settings.AYNI_HOME = tmp_path
    return tmp_path / kept_files.FOLDER


def kept(home: Path) -> list[Path]:
    return sorted(home.glob("*.zip"))


def test_a_file_is_made_for_the_first_who_asks_and_no_other_is_made(
    bolivia: Peer, home: Path
) -> None:
    stories.arrives(bolivia, stories.with_noise(30))
    Client().get(f"/statistics/published/en/bo/{stories.KEY}/")
    assert not kept(home)
    first = fetched("csv")
    (path,) = kept(home)
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"from the disk")
    assert fetched("csv") == b"from the disk"
    assert fetched("csv", "es") != b"from the disk", "another language is another file"
    assert len(kept(home)) == 2


def test_no_file_stays_of_what_was_withdrawn_or_replaced(bolivia: Peer, home: Path) -> None:
    stories.arrives(bolivia, stories.with_noise(30))
    old = fetched("csv")
    stories.arrives(bolivia, stories.with_noise(31), version=2)
    assert fetched("csv") != old
    assert len(kept(home)) == 1
    stories.is_withdrawn(bolivia, version=3)
    fetched("csv", status=410)
    assert not kept(home)


def test_every_night_the_files_of_what_ended_go_though_nobody_asks(
    bolivia: Peer, home: Path
) -> None:
    stories.arrives(bolivia, stories.with_noise(30))
    stands = stories.arrives(bolivia, stories.with_noise(31), key=stories.key(1))
    fetched("csv")
    Client().get(f"/statistics/published/en/bo/{stories.key(1)}/csv")
    assert len(kept(home)) == 2
    stories.is_withdrawn(bolivia)
    tasks.forget_files(0)
    (left,) = kept(home)
    assert left.name.startswith(stands[:16])


def test_the_list_reads_the_gazette_as_often_for_many_that_ended_as_for_one(bolivia: Peer) -> None:
    def asked(number: int) -> int:
        stories.arrives(bolivia, stories.with_noise(20), key=stories.key(number))
        stories.is_withdrawn(bolivia, key=stories.key(number))
        with CaptureQueriesContext(connection) as queries:
            assert len(releases.ended_releases()) == number
        return len(queries)

    assert asked(1) == asked(2) == asked(3)


def test_what_a_killed_process_left_is_neither_served_nor_kept(bolivia: Peer, home: Path) -> None:
    stories.arrives(bolivia, stories.with_noise(30))
    whole = fetched("csv")
    (path,) = kept(home)
    path.unlink()
    path.with_suffix(".half").write_bytes(whole[:100])
    assert fetched("csv") == whole
    assert not list(home.glob("*.half"))


def test_a_disk_that_takes_nothing_keeps_nobody_from_reading(
    bolivia: Peer, tmp_path: Path, settings: Any
) -> None:
    stories.arrives(bolivia, stories.with_noise(30))
    settings.AYNI_HOME = tmp_path / "no-folder"
    assert zipfile.ZipFile(io.BytesIO(fetched("csv"))).testzip() is None


def test_what_is_kept_has_bounds_and_what_was_asked_for_last_stays(home: Path) -> None:
    home.mkdir()
    for number in range(6):
        path = home / f"{number:016d}-{number:024d}.zip"
        path.write_bytes(b"x" * 100)
        os.utime(path, (number, number))
    last = home / f"{0:016d}-{0:024d}.zip"
    kept_files.tidy(last, files=4)
    assert [int(each.name[:16]) for each in kept(home)] == [0, 2, 3, 4, 5]
    kept_files.tidy(last, size=250)
    assert [int(each.name[:16]) for each in kept(home)] == [0, 4, 5]


def test_a_file_is_kept_under_a_name_of_the_program_that_made_it(bolivia: Peer, home: Path) -> None:
    sha256 = stories.arrives(bolivia, stories.with_noise(30))
    fetched("csv")
    (path,) = kept(home)
    program = kept_files.digest_of(Path(ayni.__file__).parent)
    told = {"sha256": sha256, "kind": "csv", "language": "en"}
    entry = releases.announced(owner="bo", key=stories.KEY).digest
    assert path.name == kept_files.name_of(**told, entry=entry, program=program)
    assert path.name != kept_files.name_of(**told, entry=entry, program="another")


def test_another_translation_is_another_program_whatever_its_version(tmp_path: Path) -> None:
    words = tmp_path / "room" / "locale" / "django.mo"
    words.parent.mkdir(parents=True)
    words.write_bytes(b"Trabajo forzado")
    before = kept_files.digest_of(tmp_path)
    (tmp_path / "room" / "left.pyc").write_bytes(b"made anew each time")
    assert kept_files.digest_of(tmp_path) == before
    words.write_bytes(b"Trabajo forzoso")
    assert kept_files.digest_of(tmp_path) != before
    words.rename(words.with_name("other.mo"))
    words.with_name("other.mo").write_bytes(b"Trabajo forzado")
    assert kept_files.digest_of(tmp_path) != before


def test_of_many_who_ask_at_once_one_makes_the_file(home: Path) -> None:
    made, start = [], threading.Barrier(kept_files.AT_ONCE)

    def ask() -> bytes:
        start.wait()

        def make() -> bytes:
            made.append(1)
            time.sleep(0.2)
            return b"whole"

        with kept_files.opened("0" * 16 + "-1.zip", make) as file:
            return file.read()

    with ThreadPoolExecutor(kept_files.AT_ONCE) as pool:
        asked = [pool.submit(ask) for _ in range(kept_files.AT_ONCE)]
        answers = [each.result() for each in asked]
    assert answers == [b"whole"] * kept_files.AT_ONCE
    assert len(made) == 1


def test_while_another_makes_a_file_nobody_waits_for_long(bolivia: Peer, home: Path) -> None:
    stories.arrives(bolivia, stories.with_noise(30))
    home.mkdir()
    with (home / "making.lock").open("w") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        began = time.monotonic()
        answer = Client().get(f"/statistics/published/en/bo/{stories.KEY}/csv")
        assert time.monotonic() - began < kept_files.WAIT + 1
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Wait a moment and ask for this one again" in answer.content.decode()
    assert zipfile.ZipFile(io.BytesIO(fetched("csv"))).testzip() is None


def test_files_take_no_more_threads_than_they_may(home: Path) -> None:
    """The others of the process answer who asks for help."""
    go, under_way = threading.Event(), threading.Barrier(kept_files.AT_ONCE + 1)

    def ask(number: int) -> bytes:
        under_way.wait()

        def make() -> bytes:
            go.wait(10)
            return b"whole"

        with kept_files.opened(f"{number:016d}-1.zip", make) as file:
            return file.read()

    with ThreadPoolExecutor(kept_files.AT_ONCE) as pool:
        asked = [pool.submit(ask, number) for number in range(kept_files.AT_ONCE)]
        under_way.wait()
        time.sleep(0.2)
        began = time.monotonic()
        with pytest.raises(FilesBusy):
            kept_files.opened("f" * 16 + "-1.zip", lambda: b"another")
        assert time.monotonic() - began < kept_files.WAIT / 2, "it does not wait at all"
        go.set()
        assert {each.result() for each in asked} == {b"whole"}


def test_that_no_file_can_be_made_is_found_once(bolivia: Peer, home: Path) -> None:
    content = stories.with_noise(20)
    table = Shown("t", ("value",), {}, (Line(("BO",), 20),))
    wrong = Content(content.mode, content.subject, content.about, content.parameters, (table,), ())
    stories.arrives(bolivia, wrong)
    fetched("csv", status=409)
    home.mkdir(exist_ok=True)
    with (home / "making.lock").open("w") as another:  # nobody waits for this again
        fcntl.flock(another, fcntl.LOCK_EX)
        for kind in ("csv", "json", "xlsx"):
            fetched(kind, status=409)


def test_a_large_workbook_is_made_by_a_job_before_anybody_asks(bolivia: Peer, home: Path) -> None:
    stories.arrives(bolivia, stories.with_noise(40))
    assert prepared_files.prepare() == 0, "a small one is made for who asks"
    assert (prepared_files.prepare(least=1), prepared_files.prepare(least=1)) == (3, 0)
    before = {path.name: path.stat().st_ino for path in home.glob("*.zip")}
    assert len(before) == 3
    for language, heading in (("es", "Códigos"), ("pt", "Códigos"), ("en", "Codes")):
        workbook = opened("xlsx", language).read("release.xlsx")
        assert heading in CalamineWorkbook.from_filelike(io.BytesIO(workbook)).sheet_names
    assert {path.name: path.stat().st_ino for path in home.glob("*.zip")} == before


def test_a_release_of_which_no_file_can_be_made_stops_no_other_one(
    bolivia: Peer, home: Path
) -> None:
    content = stories.with_noise(20)
    table = Shown("t", ("value",), {}, (Line(("BO",), 20),))
    wrong = Content(content.mode, content.subject, content.about, content.parameters, (table,), ())
    stories.arrives(bolivia, wrong)
    assert prepared_files.prepare(least=1) == 0
    assert not list(home.glob("*.zip"))
