"""`ayni import_linea145` and `ayni linea145_figures`, on the small files and on the real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ayni.audit import api as audit
from ayni.members import api as members
from tests.cast import Cast, an_institution
from tests.statistics.stories import PERSONS, REPORTS

pytestmark = pytest.mark.usefixtures("english")

ROOT = Path(__file__).resolve().parent.parent.parent
REAL = ROOT.parent / "shared" / "data" / "linea145"
REAL_FILES = (
    REAL / "rescate-denuncias-202001-202106.csv",
    REAL / "rescate-denuncias-referidos-202001-202106.csv",
)
# What the issue asks of the real files.
REAL_FIGURES = {
    "reports": 2442, "emergency": 502, "urgency": 1939, "anonymous": 1006,
    "without_first_referral": 264, "second_referrals": 360, "third_referrals": 11,
    "persons": 1847, "accused": 902, "direct_victims": 838, "relatives": 107,
    "persons_without_nationality": 1338,
}  # fmt: skip


def _call(name: str, *arguments: object) -> tuple[Any, str]:
    out, err = StringIO(), StringIO()
    call_command(name, *map(str, arguments), "--json", stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


@pytest.mark.django_db
def test_on_a_node_without_institutions_the_programme_is_registered_and_named() -> None:
    answer, said = _call("import_linea145", REPORTS, PERSONS)

    assert answer["institution"] == "ar-programme"
    assert "registered ar-programme, Programa Nacional de Rescate" in said
    assert answer["reports"]["added"] == 8
    assert (answer["persons"]["rows"], answer["persons"]["rejected"]) == (10, 2)
    figures, _said = _call("linea145_figures")
    assert (figures["reports"], figures["persons"]) == (7, 7)
    again, said = _call("import_linea145", REPORTS, PERSONS)
    assert again["reports"]["added"] == again["persons"]["added"] == 0
    assert "registered" not in said


@pytest.mark.django_db
def test_it_acts_for_the_institution_that_takes_notices_or_the_one_named(cast: Cast) -> None:
    other = an_institution("ar-other-programme")

    assert _call("import_linea145", REPORTS, PERSONS)[0]["institution"] == "ar-other-programme"
    answer, _said = _call("import_linea145", REPORTS, PERSONS, "--institution", "ar-programme")
    assert answer["institution"] == "ar-programme"
    assert answer["reports"]["added"] == 8, "each institution holds its own"
    with members.acting(other.id):
        assert audit.entries_about("linea145")[0].actor_institution == str(cast.programme.id)


@pytest.mark.django_db
def test_an_unknown_institution_is_refused_with_those_there_are(cast: Cast) -> None:
    an_institution("bo-programme", state="bo")
    for code in ("nobody", "bo-programme"):
        with pytest.raises(CommandError, match=r"It has: .*ar-programme") as refused:
            _call("import_linea145", REPORTS, PERSONS, "--institution", code)
        assert "bo-" not in str(refused.value)


@pytest.mark.django_db
@pytest.mark.parametrize("node", ["bo", "secretariat"])
def test_the_node_of_another_state_refuses(settings: Any, node: str) -> None:
    settings.AYNI_NODE = node
    for command in (("import_linea145", REPORTS, PERSONS), ("linea145_figures",)):
        with pytest.raises(CommandError, match="records of Argentina"):
            _call(*command)
    assert not members.Institution.objects.exists()


@pytest.mark.django_db
def test_the_answer_can_be_read_without_json(cast: Cast) -> None:
    out = StringIO()
    for _ in range(2):
        call_command("import_linea145", str(REPORTS), str(PERSONS), stdout=out)
    call_command("linea145_figures", stdout=out)

    said = out.getvalue()
    assert "reports: 8 read, 8 added, 0 there already" in said
    assert "persons: 10 read, 8 added, 0 there already, 0 told otherwise now" in said
    assert "nothing was added: what can be loaded is there already" in said
    assert "institution: ar-programme" in said
    assert "Referred by the next calendar day: 3 of 4 (Referred, and the days are known)" in said


@pytest.mark.django_db
def test_figures_of_nothing_are_refused(cast: Cast) -> None:
    with pytest.raises(CommandError, match="No file of Línea 145 has been loaded"):
        _call("linea145_figures")


@pytest.mark.django_db
def test_the_real_files_say_what_they_say(cast: Cast) -> None:
    if not all(path.is_file() for path in REAL_FILES):
        pytest.skip("the files of the Ministry of Justice of Argentina are not at hand")
    loaded, _said = _call("import_linea145", *REAL_FILES)
    figures, _said = _call("linea145_figures")
    again, _said = _call("import_linea145", *REAL_FILES)

    assert {key: figures[key] for key in REAL_FIGURES} == REAL_FIGURES
    assert figures["figures"]["referred_by_next_day"] == {"numerator": 2056, "denominator": 2173}
    assert figures["negative_intervals"] == 5
    assert loaded["reports"]["added"] == loaded["reports"]["rows"] == 2442
    assert loaded["persons"]["added"] == 1847
    assert (again["reports"]["same"], again["persons"]["same"]) == (2442, 1847)
    assert again["reports"]["added"] == again["persons"]["added"] == again["log_lines"] == 0


@pytest.mark.nodes
def test_the_command_makes_a_node_of_an_empty_folder_and_shows_its_progress() -> None:
    with tempfile.TemporaryDirectory(prefix="ayni-n-") as folder:
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}

        def ayni(*arguments: str, language: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "ayni.node.command", *arguments],
                env={**kept, "AYNI_HOME": f"{folder}/home", "LANG": language},
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )

        loaded = ayni("import_linea145", str(REPORTS), str(PERSONS), "--json")
        assert loaded.returncode == 0, loaded.stderr
        assert json.loads(loaded.stdout)["reports"]["added"] == 8
        assert "100%" in loaded.stderr
        swapped = ayni("import_linea145", str(PERSONS), str(REPORTS))
        assert swapped.returncode == 1
        assert "the file of persons, given in the place of reports" in swapped.stderr
        assert "Traceback" not in swapped.stderr
        swapped = ayni("import_linea145", str(PERSONS), str(REPORTS), language="pt_BR.UTF-8")
        assert "este é o arquivo de pessoas, posto no lugar das denúncias." in swapped.stderr
        said = ayni("linea145_figures", language="es_AR.UTF-8").stdout
        assert "Derivada a más tardar el día calendario siguiente: 3 de 4" in said
        figures = ayni("linea145_figures", "--json", language="es_AR.UTF-8")
        assert json.loads(figures.stdout)["persons_without_nationality"] == 4
