"""Files and functions that a person can hold in mind. Averages are left alone."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

from tests.architecture.rooms import ROOT, tracked

LONGEST_FILE = 500
LONGEST_FUNCTION = 60

# path -> (lines it may have, since when). These lists may only shrink: lower a number or remove a
# line when the file became shorter; never add one.
LONG_FILES: dict[str, tuple[int, date]] = {}
LONG_FUNCTIONS: dict[str, tuple[int, date]] = {
    "ayni/exchange/outbox.py::queue": (66, date(2026, 11, 24)),
}


def _files() -> dict[str, int]:
    return {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in tracked(".py", ".html", ".scss", ".js")
        if "migrations" not in path.parts
    }


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = node.body[0]
    docstring = ast.get_docstring(node) is not None
    said = (first.end_lineno or first.lineno) - first.lineno + 1 if docstring else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - said


def _functions(path: Path) -> dict[str, int]:
    tree = ast.parse(path.read_text("utf-8"))
    name = path.relative_to(ROOT).as_posix()
    return {
        f"{name}::{node.name}": _length(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_no_file_is_longer_than_500_lines() -> None:
    long = {
        name: lines
        for name, lines in _files().items()
        if lines > LONG_FILES.get(name, (LONGEST_FILE,))[0]
    }

    assert not long, "split by subject, not by size"


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        name: lines
        for path in tracked(".py")
        for name, lines in _functions(path).items()
        if lines > LONG_FUNCTIONS.get(name, (LONGEST_FUNCTION,))[0]
    }

    assert not long, "name the parts of what it does"


def test_exceptions_are_dated_and_above_the_limit() -> None:
    for allowed, since in [*LONG_FILES.values()]:
        assert allowed > LONGEST_FILE
        assert since <= date(2026, 11, 24), "exceptions are not added"
    for allowed, since in [*LONG_FUNCTIONS.values()]:
        assert allowed > LONGEST_FUNCTION
        assert since <= date(2026, 11, 24), "exceptions are not added"


def test_a_docstring_does_not_count() -> None:
    text = 'def f():\n    """One\n    two."""\n    return 1\n'
    function = ast.parse(text).body[0]

    assert isinstance(function, ast.FunctionDef)
    assert _length(function) == 2
