"""A value of a file that is loaded which makes the whole file unreliable. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that makes the file unreliable."""

    row: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        shown = self.found if len(self.found) <= 60 else f"{self.found[:57]}..."
        return _("row %(row)s, column %(column)s: %(found)s; expected %(expected)s") % {
            "row": self.row,
            "column": self.column,
            "found": repr(shown),
            "expected": self.expected,
        }
