"""Records in HTCDS are a source of figures of their own; they may tell where exploitation was."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import zipfile
from collections import Counter
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.htcds import counting, texts
from ayni.statistics.htcds.records import Record
from ayni.statistics.models import Tally
from ayni.statistics.pages import dashboards
from ayni.statistics.sources import tallies
from ayni.vault import api as vault
from tests import cast as the_cast
from tests.cast import Cast, an_officer, enter
from tests.statistics.htcds_files import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
CORRIDOR = "/statistics/figures/corridor?source=htcds&citizens-of=bo&and=ar"


def _records(
    number: int, citizen: str, exploited: str, detected: str, ident: str = "", **told: Any
) -> list[Record]:
    """So many invented women who went one way."""
    events: tuple[Any, ...] = ({"hte_Type": "Transit", "hte_Country": "CL"},)
    if exploited:
        events += ({"hte_Type": "Exploitation", "hte_Country": exploited},)
    values = {
        "prs_Citizenship": (citizen,), "ayni_HostCountry": detected, "ayni_RegistrationYear": 2024,
        "prs_Gender": "Feminine", "ayni_AgeBand": "18-20",
        "vic_TraffickingStatus": "ActualVictimOfTrafficking",
        "vic_TypeOfExploitation": ("ForcedLabour",), **told,
    }  # fmt: skip
    name = ident or f"{citizen}-{exploited}-{detected}"
    return [Record({**values, "ayni_RecordId": f"{name}-{at}"}, {"hte_": events})
            for at in range(number)]  # fmt: skip


WAYS = [
    *_records(12, "BO", "PE", "AR"), *_records(25, "BO", "AR", "AR"), *_records(14, "BO", "", "AR"),
    *_records(31, "BO", "CL", "CL"),  # of Bolivia too, detected elsewhere
    *_records(20, "PY", "AR", "AR", prs_Gender="Masculine"),
]  # fmt: skip


def _taken_in(
    by: Actor, tmp_path: Path, records: Iterable[Record], **given: Any
) -> statistics.ImportedRecords:
    path = tmp_path / "records.json"
    path.write_bytes(texts.write_json(records))
    return statistics.import_htcds(by=by, path=path, now=NOW, **given)


def _flows() -> dict[tuple[str, ...], int]:
    found = tallies.read("ar-programme", "htcds", {"flows": None}, None)
    if found is None:
        return {}
    names = ("citizenship", "exploited_in", "detected_in")
    return {tuple(c.codes[name] for name in names): c.count for c in found.tables["flows"]}


@pytest.fixture
def reader(cast: Cast, client: Client) -> Client:
    """The browser of an officer who reads figures and sees no small count."""
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    return client


def _page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[-800:]
    return unescape(answer.content.decode())


def test_a_file_that_was_taken_in_is_a_corridor_of_three_places(
    job: Actor, reader: Client, tmp_path: Path
) -> None:
    assert _taken_in(job, tmp_path, WAYS).added == 102

    there = _page(reader, CORRIDOR).split('id="there-heading"')[1].split('id="back-heading"')[0]
    drawn, table = there.split("<table")
    for way in ("Bolivia → Peru → Argentina", "Bolivia → Argentina → Argentina"):
        assert way in drawn
    assert "Bolivia → Chile" not in there, "detected in Chile, so not of this corridor"
    assert "Where exploited" in table
    assert "<dt>Out of</dt>" in there
    assert "(102)" in there
    packed = reader.get(CORRIDOR.replace("corridor?", "corridor/there/csv?"))
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("flows.csv").decode("utf-8-sig"))))
    assert {
        (row["citizenship"], row["exploited_in"], row["detected_in"], row["count"]) for row in rows
    } == {("BO", "PE", "AR", "12"), ("BO", "AR", "AR", "25"), ("BO", "unknown", "AR", "14")}


def test_the_way_back_of_a_corridor_is_told_from_records_of_this_node_too(
    job: Actor, reader: Client, tmp_path: Path
) -> None:
    _taken_in(job, tmp_path, [*WAYS, *_records(17, "AR", "BO", "BO")])
    for asked in (CORRIDOR, CORRIDOR.replace("citizens-of=bo&and=ar", "citizens-of=ar&and=bo")):
        page = _page(reader, asked)
        assert "Argentina → Bolivia → Bolivia" in page
        assert "Bolivia → Peru → Argentina" in page
        assert "its own institutions only" not in page
    other = _page(reader, CORRIDOR.replace("and=ar", "and=pe"))
    assert other.count("its own institutions only") == 2, "neither state is of this node"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "las otras fuentes no lo dicen"),
        ("pt-br", "as outras fontes não o dizem"),
    ],
)
def test_the_corridor_says_in_each_language_what_these_records_can_tell(
    job: Actor, reader: Client, tmp_path: Path, language: str, words: str
) -> None:
    _taken_in(job, tmp_path, WAYS)
    reader.cookies["ayni_ar_language"] = language
    assert words in _page(reader, CORRIDOR)


def test_small_counts_of_records_are_hidden_from_who_may_not_read_all(
    job: Actor, cast: Cast, reader: Client, tmp_path: Path
) -> None:
    _taken_in(job, tmp_path, [*WAYS, *_records(3, "BO", "BR", "AR")])
    page = _page(reader, CORRIDOR)
    assert "<10" in page
    supervisor = members.actor_of(
        an_officer("supervisor", cast.programme, members.Role.CASE_SUPERVISOR)
    )
    question = statistics.Question("flows", "htcds", statistics.area_of(states="AR"))
    told = {line.codes: line.count for line in statistics.ask_indicator(
        by=supervisor, question=question).lines}  # fmt: skip
    assert told["BO", "BR", "AR"] == 3
    assert audit.entries_of(verb="statistics.open_counts", limit=1)
    hidden = {line.codes: line.count for line in statistics.ask_indicator(
        by=members.actor_of(cast.ana), question=question).lines}  # fmt: skip
    assert hidden["BO", "BR", "AR"] is None
    with pytest.raises(NotAllowed):
        statistics.ask_indicator(by=members.actor_of(cast.nadia), question=question)


def test_records_are_never_added_to_cases_and_stand_beside_them(
    job: Actor, reader: Client, tmp_path: Path
) -> None:
    _taken_in(job, tmp_path, WAYS)
    assert tallies.read("ar-programme", tallies.CASES, {"flows": None}, None) is None
    page = _page(reader, "/statistics/figures/compared?indicator=flows&state=ar")
    beside = page.split('id="htcds-heading"')[1].split('-heading"')[0]
    assert "<svg" in beside
    assert "never added to the cases of this node" in beside
    assert "<svg" not in page.split('id="cases-heading"')[1].split('-heading"')[0]


def test_the_same_file_again_adds_nothing_and_another_one_adds_its_own(
    job: Actor, tmp_path: Path
) -> None:
    _taken_in(job, tmp_path, WAYS)
    first = _flows()
    assert first["BO", "PE", "AR"] == 12
    _taken_in(job, tmp_path, WAYS)
    assert _flows() == first

    _taken_in(job, tmp_path, [*WAYS[:5], *_records(4, "BO", "PE", "AR", ident="more")])
    assert _flows() == {**first, ("BO", "PE", "AR"): 16}


def test_of_a_file_that_is_refused_nothing_is_counted(job: Actor, tmp_path: Path) -> None:
    raw = json.loads(texts.write_json(WAYS))
    raw["records"][0]["hte_Country"] = "145"
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(raw))
    with pytest.raises(statistics.FileRefused):
        statistics.import_htcds(by=job, path=path, now=NOW)
    assert not Tally.objects.exists()


def test_what_earlier_software_took_in_is_counted_in_the_night_and_once(
    job: Actor, cast: Cast, tmp_path: Path
) -> None:
    _taken_in(job, tmp_path, WAYS)
    counted = _flows()
    Tally.objects.all().delete()

    night = audit.job("statistics.count_records", str(cast.programme.id))
    assert counting.count_what_is_not(by=night, now=NOW) == len(WAYS)
    assert _flows() == counted
    assert counting.count_what_is_not(by=night, now=NOW) == 0
    assert audit.entries_of(verb="statistics.count_records", limit=9)[0].detail["records"] == "102"


def test_what_earlier_software_took_in_is_counted_with_the_next_file(
    job: Actor, tmp_path: Path
) -> None:
    _taken_in(job, tmp_path, WAYS)
    counted = _flows()
    Tally.objects.all().delete()

    _taken_in(job, tmp_path, _records(4, "BO", "PE", "AR", ident="more"))
    assert _flows() == {**counted, ("BO", "PE", "AR"): 16}


def test_the_count_of_a_record_stays_when_its_key_is_gone(
    job: Actor, cast: Cast, tmp_path: Path
) -> None:
    _taken_in(job, tmp_path, WAYS)
    counted = _flows()
    notice = cases.Notice.objects.filter(source="htcds").first()
    assert notice is not None
    vault.erase_subject(notice.subject)
    night = audit.job("statistics.count_records", str(cast.programme.id))
    counting.count_what_is_not(by=night, now=NOW)
    _taken_in(job, tmp_path, WAYS)
    assert _flows() == counted


def test_what_is_kept_names_no_country_without_the_key(job: Actor, tmp_path: Path) -> None:
    _taken_in(job, tmp_path, WAYS)
    rows = list(Tally.objects.filter(source="htcds"))
    assert {row.table for row in rows} == {"persons", "flows", "forms", "profiles"}
    for row in rows:
        assert b"ForcedLabour" not in bytes(row.cells)


def test_the_command_counts_women_forms_and_missing_values_of_records(
    job: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _taken_in(job, tmp_path, WAYS)
    found = {}
    for code in ("share_female", "forms", "missing_values", "age_by_sex"):
        call_command("indicator", code, "--source", "htcds", "--json")
        found[code] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["share_female"]["female"], found["share_female"]["male"]) == (82, 20)
    assert found["forms"]["ForcedLabour"] == 102
    assert found["missing_values"]["citizenship"] == 0
    assert "exploited_in" not in found["missing_values"]


def test_how_many_tell_no_place_of_exploitation_does_not_tell_the_few_of_a_hidden_way(
    job: Actor, reader: Client, tmp_path: Path
) -> None:
    ways = [
        *_records(25, "BO", "AR", "AR"), *_records(12, "BO", "PE", "AR"),
        *_records(3, "BO", "", "AR"), *_records(20, "PY", "AR", "AR"),
        *_records(41, "PY", "", "AR"),
    ]  # fmt: skip
    _taken_in(job, tmp_path, ways)

    shown = _page(reader, "/statistics/figures/state?source=htcds")

    told = re.findall(r"\b\d+\b", re.sub("<[^>]+>", " ", shown.split("<main")[1]))
    assert "41" in told
    assert "44" not in told, "41 of them are shown: the other three would be told"


def test_records_of_which_none_is_of_a_victim_are_looked_at_once(
    cast: Cast, job: Actor, reader: Client, tmp_path: Path
) -> None:
    others = _records(5, "BO", "", "AR", vic_TraffickingStatus="NotAVictimOfTrafficking")
    _taken_in(job, tmp_path, others)
    night = audit.job("statistics.count_records", str(cast.programme.id))
    assert [counting.count_what_is_not(by=night, now=NOW) for _each in range(2)] == [5, 0]
    assert len(audit.entries_of(verb="statistics.count_records", limit=9)) == 1
    assert _page(reader, "/statistics/figures/state?source=htcds")


@pytest.mark.django_db(transaction=True)
def test_two_sources_that_are_counted_first_at_once_have_one_key() -> None:
    cast = the_cast.assemble()
    holder, now = cast.programme.code, clock.now()
    entry = ("flows", 2024, ("trafficking", "BO", "unknown", "AR"))
    failed: list[DatabaseError] = []

    def counts_cases() -> None:
        try:
            with transaction.atomic():
                tallies.change(holder, tallies.CASES, Counter([entry]), now)
        except DatabaseError as error:
            failed.append(error)
        finally:
            connection.close()

    job = threading.Thread(target=counts_cases)
    with transaction.atomic():
        tallies.change(holder, "htcds", Counter([entry]), now)
        job.start()
        job.join(timeout=1)
    job.join(timeout=60)
    assert not failed
    assert Tally.objects.count() == 2
    assert Tally.objects.values("subject").distinct().count() == 1
    with transaction.atomic():
        tallies.change(holder, "htcds", Counter([entry]), now)
    assert _flows() == {("BO", "unknown", "AR"): 2}


def test_however_many_sources_a_page_offers_their_institutions_are_looked_up_once(
    cast: Cast,
) -> None:
    national = members.actor_of(an_officer("national", cast.programme, members.Role.STATISTICIAN))
    own = [code for code, source in statistics.sources().items() if source.kind == "own"]
    assert "htcds" in own
    with CaptureQueriesContext(connection) as asked:
        dashboards.institutions_for(national, own)
    looked = [each["sql"] for each in asked if "statistics_tally" in each["sql"]]
    assert len(looked) == 1, looked
