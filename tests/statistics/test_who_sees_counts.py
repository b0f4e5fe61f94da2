"""Who sees which counts of own records: every one, those that are not small, or none."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from ayni.audit.api import Actor, Entry
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.errors import NoOutline
from ayni.statistics.pages import outline_file
from ayni.statistics.pages.dashboards import sources_for
from tests.cast import Cast, an_institution, an_officer
from tests.statistics.glotip_world import load_glotip
from tests.statistics.stories import browser, counts_of, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
COMPARED = "/statistics/figures/compared"
STATE = "/statistics/figures/state"
QUESTION = statistics.Question("triage", "linea145", statistics.area_of())


def _asked(by: Actor) -> statistics.Answer:
    with members.acting(by.institution, reach=members.reach_of(by=by)):
        return statistics.ask_indicator(by=by, question=QUESTION)


@pytest.fixture
def supervisor(cast: Cast) -> Actor:
    """A supervisor of the programme: every case is her work."""
    role = members.Role.CASE_SUPERVISOR
    return members.actor_of(an_officer("supervisor", cast.programme, role))


def test_every_count_is_for_whose_work_is_every_case_and_leaves_an_entry(
    job: Actor, ana: Actor, supervisor: Actor
) -> None:
    load(job)
    assert _asked(ana).standing is statistics.Standing.FIGURES
    assert not Entry.objects.filter(verb="statistics.open_counts").exists()
    assert _asked(supervisor).standing is statistics.Standing.ROWS
    entry = Entry.objects.get(verb="statistics.open_counts")
    assert entry.detail["indicator"] == "triage"


def test_a_statistician_sees_figures_of_the_institution_that_has_records(job: Actor) -> None:
    load(job)
    home = an_institution("ar-statistics", kind="focal_point")
    by = members.actor_of(an_officer("rita", home, members.Role.STATISTICIAN))
    answer = _asked(by)

    assert (answer.standing, answer.area.codes) == (statistics.Standing.FIGURES, ("ar-programme",))
    assert {"linea145", "cases"} <= set(sources_for(by, ["own"]))


def test_who_reads_no_figures_does_not_learn_whose_there_are(job: Actor, cast: Cast) -> None:
    load(job)
    home = an_institution("ar-shelter", kind="service")
    by = members.actor_of(an_officer("sara", home, members.Role.SERVICE_PROVIDER))
    with pytest.raises(NotAllowed):
        _asked(by)
    assert sources_for(by, ["own"]) == []


@pytest.fixture
def nora(cast: Cast) -> members.User:
    """The national statistician: she reads the figures of every institution of the node."""
    home = an_institution("ar-statistics", kind="focal_point")
    return an_officer("nora", home, members.Role.STATISTICIAN)


def _page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[-800:]
    return unescape(answer.content.decode())


def test_figures_of_one_institution_name_it_whoever_chose_it(cast: Cast, ana: Actor) -> None:
    counts_of("ar-programme", "ar-shelter")
    page = _page(browser(cast.ana, "en"), f"{STATE}?state=ar&source=cases")
    assert "<h1" in page
    heading = page.split("<h1")[1].split("</h1>")[0]
    assert heading.endswith("Figures of a state: Argentina, ar-programme")
    panels = [each for each in page.split('<div class="ayni-panel')[1:] if "<svg" in each]
    assert len(panels) > 3
    for panel in panels:
        assert "<dt>Records of</dt><dd>ar-programme</dd>" in panel
        assert "Records of: ar-programme" in panel.split("<desc")[1].split("</desc>")[0]
    told = statistics.as_plain(_of_cases(ana))
    assert told["area"]["institution"] == "ar-programme"


def test_the_files_of_one_institution_s_figures_name_it(cast: Cast) -> None:
    counts_of("ar-programme", "ar-shelter")
    answer = browser(cast.ana, "en").get(f"{STATE}/ages/json?state=ar&source=cases")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        package = json.loads(archive.read("datapackage.json"))
    assert package["ayni"]["area"]["institution"] == "ar-programme"
    assert "Records of: ar-programme" in package["description"]


def test_where_no_institution_is_chosen_the_list_says_only_that(nora: members.User) -> None:
    counts_of("ar-programme", "ar-shelter")
    client = browser(nora, "en")
    page = _page(client, f"{STATE}?state=ar&source=cases")
    assert '<option value="" selected>None chosen</option>' in page
    assert "not kept by an institution" not in page
    assert "name one: ar-programme, ar-shelter" in page
    chosen = _page(client, f"{STATE}?state=ar&source=cases&institution=ar-shelter")
    assert "Figures of a state: Argentina, ar-shelter" in chosen


def test_the_compared_page_shows_the_records_of_the_institution_that_is_chosen(
    nora: members.User, tmp_path: Path
) -> None:
    load_glotip(tmp_path, small=True)
    counts_of("ar-programme", "ar-shelter")
    client = browser(nora, "en")
    page = _page(client, f"{COMPARED}?indicator=detected&state=ar")
    assert '<select class="govuk-select" id="institution"' in page
    assert "name one: ar-programme, ar-shelter" in page
    page = _page(client, f"{COMPARED}?indicator=detected&state=ar&institution=ar-shelter")
    parts = {each.split('-heading"')[0].split('id="')[-1]: each
             for each in page.split('<div class="ayni-panel"')[1:]}  # fmt: skip
    assert "<dt>Records of</dt><dd>ar-shelter</dd>" in parts["cases"]
    assert "<svg" in parts["glotip"], "a published source is asked as it is"
    assert "Records of" not in parts["glotip"]
    link = f"{COMPARED}/cases/csv?indicator=detected&state=ar&institution=ar-shelter"
    assert client.get(link).status_code == 200
    assert "has no records" in _page(client, f"{COMPARED}?institution=ar-nobody", 400)
    elsewhere = _page(client, f"{COMPARED}?indicator=detected&state=bo&institution=ar-shelter")
    assert "Records of" not in elsewhere, "her records are of Argentina"


def test_the_command_compares_with_the_records_of_one_institution(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    load_glotip(tmp_path, small=True)
    counts_of("ar-programme", "ar-shelter")
    call_command("indicator", "detected", "--compare", "--institution", "ar-shelter", "--json")
    glotip, cases = json.loads(capsys.readouterr().out.splitlines()[-1])["sources"]
    assert glotip["answer"]["area"]["kind"] == "states"
    assert cases["answer"]["area"]["codes"] == ["ar-shelter"]


def test_the_command_names_the_institution_whose_records_it_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    an_institution("ar-programme")
    counts_of("ar-programme")
    call_command("indicator", "detected", "--source", "cases")
    assert "Records of: ar-programme" in capsys.readouterr().out


def _of_cases(by: Actor) -> statistics.Answer:
    question = statistics.Question("detected", "cases", statistics.area_of())
    with members.acting(by.institution, reach=members.reach_of(by=by)):
        return statistics.ask_indicator(by=by, question=question)


@pytest.fixture
def no_outline(settings: pytest.FixtureRequest) -> Iterator[None]:
    """A node whose outline was not built."""
    settings.AYNI_OUTLINE_FILE = "/nowhere/outline.json"  # type: ignore[attr-defined]
    outline_file.outline.cache_clear()
    yield
    outline_file.outline.cache_clear()


@pytest.mark.usefixtures("no_outline")
def test_a_missing_outline_is_said_in_words() -> None:
    with pytest.raises(NoOutline, match="cannot be drawn"):
        outline_file.outline()
