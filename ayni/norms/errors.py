"""What this room refuses."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Misconfigured, Refused


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a data file; line counted from 1, and what to put right."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class DataRefused(Misconfigured):
    """Data files with mistakes. `mistakes` holds every one that was found; none of it is used."""

    code = "norms_data_refused"

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class NotCitable(Refused):
    """Something that nobody has verified was about to stand in a generated document."""

    code = "not_citable"
    reason = _(
        "This provision has not been verified. It may be shown to be checked, "
        "and it may not be cited in a document."
    )
