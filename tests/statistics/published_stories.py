"""Releases as they come from another member's node: signed, with all their parts. Invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any
from uuid import UUID

from ayni.gazette import api as gazette
from ayni.statistics.privacy.domain import Domain, read_domain
from ayni.statistics.releasing import content as contents
from ayni.statistics.releasing import making, populations
from ayni.statistics.releasing.content import Content, Line, Shown
from ayni.statistics.releasing.declared import Declared, Method
from ayni.statistics.releasing.joint import Joint
from ayni.statistics.releasing.kinds import PART, RELEASE
from ayni.statistics.releasing.making import Inputs
from tests.agenda.stories import comes
from tests.exchange.peer import Peer

KEY = "00000000-0000-7000-8000-00000000000a"
NAMES = {
    "en": "Records of a register of victims of trafficking in persons",
    "es": "Registros de víctimas de trata de personas",
    "pt": "Registros de vítimas de tráfico de pessoas",
}
SMUGGLING = {
    "en": "Cases of smuggling of migrants of one institution, by sex and age group",
    "es": "Casos de tráfico ilícito de migrantes de una institución, por sexo y grupo de edad",
    "pt": "Casos de contrabando de migrantes de uma instituição, por sexo e faixa etária",
}
# What the header of `with_hidden_numbers` announces.
OF_CASES: Mapping[str, Any] = {
    "method": "suppression", "source": "cases", "population": "smuggling_cases",
    "crime": "smuggling", "names": SMUGGLING, "first": "2015", "last": "2021",
}  # fmt: skip


def arrives(
    peer: Peer, content: Content, *, key: str = KEY, version: int = 1, method: str = "model",
    source: str = "records", raw: bytes = b"", **more: Any,
) -> str:  # fmt: skip
    """A release of this content comes from a peer's node; its hash."""
    raw = raw or content.to_bytes()
    sha256 = contents.digest_of(raw)
    parts = contents.packed(raw)
    for number, part in enumerate(parts):
        if gazette.one(owner=peer.node, kind=PART, key=f"{sha256[:40]}.{number}") is None:
            comes(peer, PART, f"{sha256[:40]}.{number}", {"part": part})
    body: dict[str, Any] = {
        "corrects": version > 1, "crime": "trafficking", "dated": "2026-11-01T00:00:00Z",
        "first": "2020", "last": "2021", "method": method, "mode": content.mode, "names": NAMES,
        "parts": len(parts), "population": "register_ctdc_shaped", "sha256": sha256,
        "size": len(raw), "source": source,
    }  # fmt: skip
    comes(peer, RELEASE, key, {**body, **more}, version=version)
    return sha256


def is_withdrawn(peer: Peer, *, key: str = KEY, version: int = 2) -> None:
    """Its owner takes it back."""
    comes(peer, RELEASE, key, {}, version=version, withdrawn=True)


def with_hidden_numbers() -> Content:
    """Sex by age and citizenship by sex, with totals and with numbers that are not shown."""
    ages = ("child", "adult", "unknown")
    counts: dict[tuple[str | None, str | None], int | None] = {
        ("female", "child"): 31, ("female", "adult"): 1240, ("female", "unknown"): None,
        ("male", "child"): None, ("male", "adult"): 402, ("male", "unknown"): 12,
        ("unknown", "child"): 0, ("unknown", "adult"): 15, ("unknown", "unknown"): None,
        ("female", None): 1280, ("male", None): 423, ("unknown", None): 19, (None, "child"): 40,
        (None, "adult"): 1657, (None, "unknown"): 25, (None, None): 1722,
    }  # fmt: skip
    states = ("AR", "BO", "BR", "CL", "CO", "EC", "PE", "PY", "UY", "VE", "other", "unknown")
    places = [Line((code,), None if code == "UY" else 40 + 17 * n) for n, code in enumerate(states)]
    years = [
        Line((str(year),), None if year == 2018 else 300 + 40 * (year % 5))
        for year in range(2015, 2022)
    ]
    return Content(
        "classical", "tables",
        {"population": "smuggling_cases", "crime": "smuggling", "source": "cases", "first": "2015",
         "last": "2021", "dated": "2026-11-01T00:00:00Z", "names": SMUGGLING,
         "holder": "bo-focal-point"},
        {"method": "suppression", "threshold": 10, "width": 10, "zeros": "where_needed",
         "whole_groups": "hidden", "margins": "exact"},
        (
            Shown("sex_age_2015-2021", ("sex", "age"), {"year": "2015-2021"},
                  tuple(Line(codes, value) for codes, value in counts.items())),
            Shown("citizenship_2015-2021", ("citizenship",), {"year": "2015-2021"},
                  (Line((None,), 1722), *places)),
            Shown("years", ("year",), {}, tuple(years)),
            Shown("age_2021", ("age",), {"year": "2021"},
                  tuple(Line((each,), 50) for each in ages)),
        ),
    )  # fmt: skip


# What the header of `with_withheld_numbers` announces.
OF_ROUNDED: Mapping[str, Any] = {
    "method": "rounding", "source": "cases", "population": "trafficking_cases",
    "crime": "trafficking", "first": "2024", "last": "2024",
}  # fmt: skip


def with_withheld_numbers() -> Content:
    """Cases by sex and age, rounded to multiples of 5, with a line that is withheld: made as a
    release is, by the first key that rounds the few children so far apart."""
    found = populations.population("trafficking_cases")
    numbers = {("female", "adult"): 61, ("male", "adult"): 43, ("unknown", "adult"): 27,
               ("female", "child"): 2, ("male", "child"): 1}  # fmt: skip
    cells = {("2024", *place): number for place, number in numbers.items()}
    told = Declared(method=Method.ROUNDING, tables=(("sex", "age"),), years=(2024, 2024))
    about = {"population": found.code, "crime": found.crime, "source": found.source,
             "first": "2024", "last": "2024", "dated": "2026-11-01T00:00:00Z",
             "names": dict(found.names), "holder": "bo-focal-point"}  # fmt: skip
    for number in range(1000):
        made = making.make(
            Inputs(
                columns=found.columns, year=found.year, tables=told.tables, declared=told,
                joint=Joint(tuple(each.name for each in found.columns), cells),
                secret=number.to_bytes(32), about=about,
            )
        )  # fmt: skip
        assert made.content is not None
        values = [line.value for table in made.content.tables for line in table.lines]
        if None in values:
            assert made.verdict.allowed
            return made.content
    raise AssertionError("no key rounds them far apart")


def rows_of(domain: Domain, records: int) -> list[tuple[str, ...]]:
    """Records whose every value follows from their number."""
    return [
        tuple(
            column.values[_place(number, place) % len(column.values)]
            for place, column in enumerate(domain.columns)
        )
        for number in range(records)
    ]


def _place(number: int, column: int) -> int:
    return number * (column + 3) // (2 + column % 5) + number % 7


def with_noise(records: int = 400) -> Content:
    """A release under differential privacy: the declared tables, counted in its open records."""
    domain = read_domain("ctdc_shaped_1")
    rows = rows_of(domain, records)
    tables = tuple(_counted(domain, by, rows) for by in domain.tables)
    parameters: Mapping[str, Any] = {
        "mode": "differential privacy", "neighbours": "one record added or removed",
        "accounting": "zCDP", "epsilon": 1.0, "delta": 1.8e-6, "rho": 0.02, "bound": 50_000,
        "noise": "discrete Gaussian", "level": 0.95, "records": records, "components": 12,
    }  # fmt: skip
    return Content(
        "differential_privacy", "tables_and_records", _about(), parameters, tables,
        (domain.names, *rows),
    )  # fmt: skip


def _counted(domain: Domain, by: Sequence[str], rows: Sequence[Sequence[str]]) -> Shown:
    places = [domain.places[name] for name in by]
    counts: dict[tuple[str, ...], int] = {}
    for row in rows:
        codes = tuple(row[place] for place in places)
        counts[codes] = counts.get(codes, 0) + 1
    lines = [
        Line(codes, count, max(count - 9, 0), count + 9)
        for codes in product(*[domain.columns[place].values for place in places])
        for count in [counts.get(codes, 0)]
    ]
    return Shown("_".join(by), tuple(by), {}, tuple(lines))


def _about() -> Mapping[str, Any]:
    return {
        "population": "register_ctdc_shaped", "names": NAMES, "crime": "trafficking",
        "source": "records", "dated": "2026-11-01T00:00:00Z", "first": "2020", "last": "2021",
    }  # fmt: skip


def key(number: int) -> str:
    """The key of one of several."""
    return str(UUID(int=UUID(KEY).int + number))
