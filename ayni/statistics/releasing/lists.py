"""The lists that a release was proposed under: which columns its records have, every value of each,
its tables. They are kept with it, for the lists of a later program need not be the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.statistics.releasing.joint import Codes, Column
from ayni.statistics.releasing.populations import Population

LISTS = "lists"  # under which name they stand in what is declared


def lists_of(one: Population, shared: Codes) -> dict[str, Any]:
    """Of a population as it is declared now; of one with a domain its name and SHA-256, for its
    lists are long and have a file with a version. `shared`: as `populations.shared` gives it."""
    if one.domain is not None:
        return {"domain": f"{one.domain.id} {one.domain.version}", "sha256": one.domain.digest}
    return {
        "persons": one.persons,
        "year": one.year,
        "columns": [[each.name, each.other, list(each.values)] for each in one.columns],
        "tables": [list(each) for each in one.tables],
        "shared": list(shared),
    }


def as_proposed(
    lists: Mapping[str, Any], about: Mapping[str, Any], source: str
) -> Population | None:
    """The population as it was when the release was proposed; None where its lists are not kept
    with it. `about`: what the content says of itself."""
    if "columns" not in lists:
        return None
    return Population(
        code=about["population"],
        persons=lists["persons"],
        names=about["names"],
        crime=about["crime"],
        source=source,
        columns=tuple(Column(name, tuple(v), other) for name, other, v in lists["columns"]),
        tables=tuple(tuple(each) for each in lists["tables"]),
        year=lists["year"],
    )


def other_domain(lists: Mapping[str, Any], one: Population) -> str:
    """The name of the domain that a release was proposed under where today's is another one; empty
    where it is the same, or where none was kept."""
    if one.domain is None or "sha256" not in lists or lists["sha256"] == one.domain.digest:
        return ""
    return str(lists["domain"])
