"""When a node that ended by itself is started again."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from tests.faults.failed import Failed
from tests.faults.manager import IN_A_ROW, RESTART_AFTER, Manager

_UNIT = Path(__file__).resolve().parent.parent.parent / "packaging/systemd/ayni.service"


def _end(manager: Manager, process: int, *, code: int = 1, served: bool = False) -> bool:
    return manager.ended(process, code=code, served=served, now=100.0, why="no database")


def test_a_node_that_gave_up_in_its_start_is_started_again_and_the_reason_is_kept() -> None:
    manager = Manager()
    asked = [
        manager.ended(7, code=1, served=False, now=now, why="no database")
        for now in (100.0, 101.0, 100.0 + RESTART_AFTER)
    ]
    assert asked == [False, False, True]
    assert manager.told == ["`ayni run` ended in its start with 1: no database"]


def test_a_node_that_ends_again_and_again_is_a_failure_until_it_has_served() -> None:
    manager = Manager()
    for process in range(1, IN_A_ROW + 1):
        _end(manager, process)
    with pytest.raises(Failed, match="4 times in its start: no database"):
        _end(manager, 99)
    manager = Manager()
    for process in range(1, IN_A_ROW + 1):
        _end(manager, process)
    manager.serves()
    assert not _end(manager, 99)


@pytest.mark.parametrize(("code", "served"), [(1, True), (-9, True), (0, False)])
def test_one_that_served_or_that_says_all_is_well_is_a_finding(code: int, served: bool) -> None:
    with pytest.raises(Failed):
        _end(Manager(), 7, code=code, served=served)


def test_it_does_as_the_unit_says_that_is_shipped() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(_UNIT.read_text())
    assert unit["Service"]["Restart"] == "on-failure"
    assert float(unit["Service"]["RestartSec"]) == RESTART_AFTER
