"""JSON Schema as its specification has it, where Python's regular expressions differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """`$` as ECMA-262 means it: the end, and not before a line break there too. No pattern of ours
    means the sign itself."""
    return re.compile(pattern.replace("$", r"\Z"))


def _pattern(_of: object, pattern: str, value: object, _schema: object) -> Iterator[Any]:
    if isinstance(value, str) and not _expression(pattern).search(value):
        yield ValidationError("does not match its pattern")


Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
