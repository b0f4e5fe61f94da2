"""Reading the log of a load: what was put right, kept only as written, turned away, or told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.statistics.linea145 import SOURCE
from ayni.statistics.models import Finding, Load
from ayni.vault import api as vault

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log, opened."""

    file: str
    row: int
    column: str
    found: str
    became: str
    why: str
    treatment: str


def loads(*, by: Actor) -> list[Load]:
    """The loads of the actor's institution, newest first: names of files and counts only."""
    members.check_may(by, members.Permission.FIGURES_READ)
    return list(
        Load.objects.filter(institution_id=by.institution, source=SOURCE).order_by("-began_at")[
            :100
        ]
    )


@dataclass(frozen=True, slots=True)
class OpenLog:
    """A load, what its coded values became ({file: {column: {value: [code, times]}}}), and lines
    of its log; `total` counts all lines with this treatment."""

    load: Load
    coded: dict[str, Any]
    lines: list[Line]
    total: int


def open_log(
    *, by: Actor, load_id: UUID, treatment: str = "", start: int = 0, limit: int | None = PAGE
) -> OpenLog:
    """Lines `start` to `start + limit` of a log (all of them without limit); recorded first.

    Raises `NotFound` for another institution's load.
    """
    members.check_may(by, members.Permission.CASE_READ)
    members.check_may(by, members.Permission.FIGURES_READ)
    load = Load.objects.filter(institution_id=by.institution, id=load_id).first()
    if load is None:
        raise NotFound
    audit.read(by=by, verb="statistics.open_log", subject=load_id)
    sealer = vault.sealer(load.subject)
    found = Finding.objects.filter(load=load)
    if treatment:
        found = found.filter(treatment=treatment)
    end = None if limit is None else start + limit
    coded = load.unseal(sealer)["coded"]
    return OpenLog(
        load=load,
        coded=coded if isinstance(coded, dict) else {},
        lines=[_line(row, sealer) for row in found.order_by("number")[start:end]],
        total=found.count(),
    )


def _line(row: Finding, sealer: vault.Sealer) -> Line:
    value = row.unseal(sealer)["value"]
    found, became = value if isinstance(value, list) else ("", "")
    return Line(
        file=row.file,
        row=row.row,
        column=row.column,
        found=str(found),
        became=str(became),
        why=row.why,
        treatment=row.treatment,
    )
