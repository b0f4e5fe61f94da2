"""The institutions that a member's key sheet names become known here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ayni.audit.api import Actor
from ayni.exchange.errors import Malformed
from ayni.members import api as members

MOST = 500  # of one other member: a row of each stays here for ever


def learn(*, by: Actor, body: Mapping[str, Any]) -> None:
    """Register those that are new here, in the transaction that keeps the sheet. Raises
    `Malformed` for one of no known kind, place or time zone, and for too many."""
    here = members.Institution.objects.all()
    known = set(here.values_list("code", flat=True))
    named = {entry["code"] for entry in body["institutions"]}
    before = set(here.filter(state=body["node"]).values_list("code", flat=True))
    # Of others: how many this state has is its own matter, and no sheet of its own is ever refused.
    if body["node"] != members.this_node() and len(before | named) > MOST:
        raise Malformed(f"key sheet: {body['node']} names too many institutions")
    for entry in body["institutions"]:
        if entry["kind"] not in members.InstitutionKind.values:
            raise Malformed(f"key sheet: kind of institution: {entry['kind']}")
        try:
            ZoneInfo(entry["time_zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Malformed(f"key sheet: time zone of {entry['code']}") from None
        if entry["code"] not in known:
            try:
                members.add_institution(
                    by=by,
                    code=entry["code"],
                    names=entry["names"],
                    kind=entry["kind"],
                    state=body["node"],
                    stands_in=entry["stands_in"],
                    time_zone=entry["time_zone"],
                )
            except members.UnknownPlace:
                raise Malformed(f"key sheet: where {entry['code']} stands") from None
