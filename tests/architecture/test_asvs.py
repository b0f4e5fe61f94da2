"""The check of the ASVS table finds what is wrong with it."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from tests.architecture.rooms import ROOT


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_asvs", ROOT / "tools" / "check_asvs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_asvs = _tool()
TEXT = check_asvs.DOCUMENT.read_text("utf-8")
ROW = next(line for line in TEXT.splitlines() if line.startswith("| V1.1.1 |"))


def test_the_table_of_the_repository_is_whole() -> None:
    assert check_asvs.findings(TEXT) == []
    assert len(check_asvs.required()) == 70 + 183


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("", "V1.1.1: no row"),
        (f"{ROW}\n{ROW}", "V1.1.1: 2 rows"),
        (ROW.replace("| 2 |", "| 1 |"), "V1.1.1: its level is 2"),
        (ROW.replace("V1.1.1", "V1.1.9"), "V1.1.9: no such requirement"),
        (ROW.replace("| test |", "| perhaps |"), "V1.1.1: the mark is one of"),
        (ROW.replace("::test_", "::test_no_"), "does not exist"),
        ("| V1.1.1 | 2 | words | test | a promise |", "name the test that guards it"),
        ("| V1.1.1 | 2 | words | none | no |", "give the reason"),
        ("| V1.1.1 | 2 | words | open | a | b |", "not in the form of the others"),
        ("| V1.1.1 | 2 | Verify that it is so. | none | none here |", "words of our own"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(wrong: str, said: str) -> None:
    found = check_asvs.findings(TEXT.replace(ROW, wrong))
    assert any(said in line for line in found), found
