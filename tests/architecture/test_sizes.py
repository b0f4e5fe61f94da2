"""Files and functions that a person can hold in mind. Averages are left alone."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.rooms import ROOT, tracked

LONGEST_FILE = 500
LONGEST_FUNCTION = 60


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
    long = {name: lines for name, lines in _files().items() if lines > LONGEST_FILE}

    assert not long, "split by subject, not by size"


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        name: lines
        for path in tracked(".py")
        for name, lines in _functions(path).items()
        if lines > LONGEST_FUNCTION
    }

    assert not long, "name the parts of what it does"
