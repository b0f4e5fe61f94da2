"""Records of this node as lists show them: what a search found, and what an officer linked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from ayni.audit.api import Actor
from ayni.cases.reading import references
from ayni.cases.search import Antecedent
from ayni.members import api as members

Row = dict[str, Any]

LINKABLE = frozenset({"notice", "case"})  # what an officer links as about the same person


def named_records(
    *, by: Actor, records: Iterable[tuple[str, UUID]], linked: Collection[UUID] = ()
) -> list[Row]:
    """(notice or case, id) -> {about, id, reference, linked}, the reference empty for another's."""
    pairs = list(records)
    names = references(by=by, ids=[id_ for _about, id_ in pairs]) if pairs else {}
    return [
        {
            "about": about,
            "id": id_,
            "reference": names.get(id_, ""),
            "linked": id_ in linked,
        }
        for about, id_ in pairs
    ]


def named_hits(
    *, by: Actor, hits: Iterable[Antecedent], linked: Collection[UUID] = ()
) -> list[Row]:
    """What a search found: {strength, institution, own, records}; records are the actor's own."""
    rows = []
    for hit in hits:
        opens = [("case", id_) for id_ in hit.case_ids]
        if hit.about == "notice" and hit.about_id is not None:
            opens.append(("notice", hit.about_id))
        rows.append(
            {
                "strength": hit.strength,
                "institution": members.institution(hit.institution_id).name,
                "own": hit.about_id is not None,
                "records": named_records(by=by, records=opens, linked=linked),
            }
        )
    return rows
