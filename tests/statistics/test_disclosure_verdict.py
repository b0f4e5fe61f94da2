"""Nothing is shown that was not checked, and what leaves can be written down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import translation

from ayni.statistics import disclosure_words
from ayni.statistics.disclosure import checking
from ayni.statistics.disclosure.cell_key import CellKey
from ayni.statistics.disclosure.findings import (
    Check,
    ExtraMissing,
    Finding,
    Mode,
    Subject,
    Verdict,
    Weight,
)
from ayni.statistics.disclosure.reasons import REASONS
from ayni.statistics.disclosure.rounding import Rounding, round_release
from ayni.statistics.disclosure.suppressing import Suppression, suppress
from ayni.statistics.disclosure.tables import Release, Table
from tests.statistics.attacks.people import crossed, records

ROOT = Path(__file__).resolve().parents[2]


def _verdict(ran: frozenset[Check], *found: Finding) -> Verdict:
    return Verdict(Mode.CLASSICAL, Subject.TABLES, {}, ran, found)


def test_a_release_is_refused_as_long_as_a_check_has_not_run() -> None:
    assert _verdict(frozenset(Check)).allowed
    for check in (Check.RECOVERY, Check.EDITIONS, Check.THRESHOLD):
        verdict = _verdict(frozenset(Check) - {check})
        assert not verdict.allowed
        assert [(each.code, each.where) for each in verdict.refusals] == [("not_checked", check)]


def test_a_mode_without_a_list_of_checks_is_refused_whatever_ran() -> None:
    verdict = Verdict(Mode.DIFFERENTIAL_PRIVACY, Subject.RECORDS, {}, frozenset(Check), ())
    assert not verdict.allowed


def test_a_private_release_is_judged_by_its_budget_and_by_agreement() -> None:
    ran = frozenset({Check.PARAMETERS, Check.AGREEMENT})
    mode, subject = Mode.DIFFERENTIAL_PRIVACY, Subject.TABLES_AND_RECORDS
    assert not Verdict(mode, subject, {}, ran, ()).allowed
    assert Verdict(mode, subject, {}, ran | {Check.BUDGET}, ()).allowed


def test_a_release_of_the_same_persons_in_the_other_mode_is_told_and_declared() -> None:
    over = crossed(2)
    counts = records(over, {("a1",): 40, ("a2",): 30})
    release = Release(over, (Table("t", ("a",)),), beside=("open records 2024",))
    verdict = checking.check_tables(
        release, suppress(release, counts, Suppression()), Suppression(), counts
    )
    assert verdict.allowed
    assert [(each.code, each.where) for each in verdict.told] == [
        ("other_mode_beside", "open records 2024")
    ]
    assert verdict.parameters["beside"] == ["open records 2024"]


def test_what_only_tells_does_not_refuse() -> None:
    told = Finding("margins_independent", Check.MARGINS, weight=Weight.TELLS)
    assert _verdict(frozenset(Check), told).allowed
    assert not _verdict(frozenset(Check), Finding("margins_independent", Check.MARGINS)).allowed


def test_a_finding_without_a_reason_cannot_be_made() -> None:
    with pytest.raises(KeyError):
        Finding("because", Check.MARGINS)


def test_a_result_of_one_method_is_not_checked_by_the_rules_of_another() -> None:
    over = crossed(2)
    counts = records(over, {("a1",): 40, ("a2",): 30})
    release = Release(over, (Table("t", ("a",)),))
    done = round_release(release, counts, Rounding(5))
    assert not checking.check_tables(release, done, Suppression(), counts).allowed


def test_what_travels_with_a_table_is_plain_and_holds_no_count() -> None:
    over = crossed(2, 2)
    counts = records(over, {("a1", "b1"): 3, ("a1", "b2"): 17, ("a2", "b1"): 19, ("a2", "b2"): 23})
    release = Release(over, (Table("t", ("a", "b")),))
    done = suppress(release, counts, Suppression())
    verdict = checking.check_tables(release, done, Suppression(), counts)
    told = json.loads(json.dumps(verdict.description()))
    assert (told["allowed"], told["mode"], told["parameters"]["threshold"]) == (
        True, "classical", 10,
    )  # fmt: skip
    assert told["parameters"]["tables"] == [
        {"name": "t", "by": ["a", "b"], "labels": {}, "universe": {}}
    ]
    for rules in (Suppression(), Rounding(), CellKey()):
        assert json.loads(json.dumps(rules.description()))["method"]


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_reason_is_a_sentence_that_takes_its_figures(code: str) -> None:
    class Any(dict[str, object]):
        def __missing__(self, name: str) -> str:
            return name

    assert (REASONS[code] % Any(where="x")).strip()


def test_a_reason_is_said_with_its_figures() -> None:
    found = Finding("k_too_low", Check.ANONYMITY, "sex", {"k": 3, "least": 10})
    with translation.override("en"):
        assert "k is 3" in disclosure_words.reason(found)


def test_the_package_needs_neither_django_nor_numpy_until_it_attacks() -> None:
    code = (
        "import sys; from ayni.statistics.disclosure import (attack, cell_key, changed, checking, "
        "findings, linked, noise, records, records_file, rounding, suppressing, tables, "
        "withholding); "
        "print(sorted({'django', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_the_extra_the_node_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "from ayni.statistics.disclosure import attack\n"
        "attack.libraries()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "scipy is not installed" in done.stderr
    assert "requirements-observatory.txt" in str(ExtraMissing("scipy"))
