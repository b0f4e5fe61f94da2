"""Evidence is judged once more when no node is left."""

from __future__ import annotations

from pathlib import Path

from tests.faults.bundles import changed, name, verdict, verdict_of_both
from tests.faults.court import Court
from tests.faults.invariants import INCOMPLETE


def test_a_file_that_is_judged_otherwise_afterwards_is_named_and_so_is_one_that_is_gone() -> None:
    before = {"ar": {"c1": "", "c2": INCOMPLETE}, "bo": {"c1": ""}}
    same = {"c1.ar": "", "c2.ar": INCOMPLETE, "c1.bo": ""}
    assert changed(before, same) == []
    assert "c1.bo" in changed(before, {**same, "c1.bo": "NotGenuine"})[0]
    assert "c2.ar" in changed(before, {**same, "c2.ar": ""})[0]
    assert "not there" in changed(before, {"c1.ar": "", "c2.ar": INCOMPLETE})[0]
    assert "c9.bo" in changed(before, {**same, "c9.bo": ""})[0]


def test_what_no_node_wrote_is_no_evidence() -> None:
    assert verdict(b"{}")
    assert verdict_of_both(b"{}", b"{}")


def test_the_court_says_which_file_does_not_hold_when_the_nodes_are_gone(tmp_path: Path) -> None:
    court = Court(tmp_path)
    court.all.mkdir()
    (court.all / name("c1", "ar")).write_bytes(b"{}")
    (court.all / name("c1", "bo")).write_bytes(b"{}")
    said = court.judge_afterwards({"ar": {"c1": ""}, "bo": {"c1": verdict(b"{}")}}, {"c1"})
    assert "c1.ar" in said
    assert "c1.bo" not in said
    assert "both files of c1" in said
    assert court.afterwards == 2
