"""Which lines of a log are findings."""

from __future__ import annotations

import json

from tests.faults.logs import errors, telling


def _line(error: str) -> str:
    return json.dumps({"level": "error", "logger": "ayni.exchange", "error": error, "where": "a:1"})


def test_an_error_of_the_software_is_a_finding_that_names_its_class_and_place() -> None:
    assert errors([_line("KeyError")]) == ["KeyError (ayni.exchange): a:1"]


def test_what_a_machine_that_fails_raises_is_none_and_neither_is_what_no_error_names() -> None:
    quiet = json.dumps({"level": "info", "logger": "ayni.access", "status": "200"})
    cut = _line("KeyError")[:30]
    assert errors([_line("OperationalError"), quiet, cut, "Traceback", ""]) == []


def test_when_a_run_has_failed_the_lines_are_told_that_are_not_about_what_went_well() -> None:
    quiet = json.dumps({"level": "info", "logger": "ayni.access", "status": "200"})
    assert telling([quiet, _line("KeyError"), "Traceback", _line("x")[:20], quiet]) == [
        _line("KeyError"), "Traceback", _line("x")[:20],
    ]  # fmt: skip
