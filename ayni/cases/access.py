"""Fetching rows of this institution, and checking that nobody changed them meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from ayni.audit.api import Actor
from ayni.cases.errors import Conflict
from ayni.cases.models import Owned
from ayni.lib.errors import NotFound
from ayni.vault import api as vault

Row = TypeVar("Row", bound=Owned)


def fetch(
    model: type[Row],
    id: UUID | str,  # noqa: A002
    *,
    by: Actor,
    joined: tuple[str, ...] = (),
) -> Row:
    """One row of the actor's institution, with the rows that it points to by the names `joined`.

    Raises `NotFound` for another's or none. Row-level security hides the rows of other
    institutions already; the filter repeats the rule.
    """
    found = model._default_manager.filter(id=id)
    if joined:
        found = found.select_related(*joined)
    if by.institution:
        found = found.filter(institution_id=by.institution)
    row = found.first()
    if row is None:
        raise NotFound
    return row


def fetch_to_change(
    model: type[Row],
    id: UUID | str,  # noqa: A002
    *,
    by: Actor,
    version: int | None,
) -> Row:
    """Lock one row for a change. Raises `NotFound`, or `Conflict` if `version` is not the present
    one; the conflict carries what stands there now."""
    row = lock(model, id, by=by)
    check_version(row, version)
    row.version += 1
    return row


def lock(model: type[Row], id: UUID | str, *, by: Actor) -> Row:  # noqa: A002
    """Lock one row for adding something to it, whatever its version. Raises `NotFound`."""
    found = model._default_manager.select_for_update().filter(id=id)
    if by.institution:
        found = found.filter(institution_id=by.institution)
    row = found.first()
    if row is None:
        raise NotFound
    return row


def check_version(row: Owned, version: int | None) -> None:
    """Raise `Conflict` unless a locked row has the version that the editor had read."""
    if version is not None and row.version != version:
        theirs: Mapping[str, object] = row.unseal(vault.sealer(row.subject))
        raise Conflict(row.version, theirs)
