"""Gaps in the common ground, each with where a common action for it stands: a room above knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.audit.api import Actor
from ayni.norms.common_ground import Pair
from ayni.norms.model import Crime
from ayni.norms.wording import state_name


@dataclass(frozen=True, slots=True)
class GapRow:
    """Two states without common ground, in words; what can be done there, and where."""

    name: str
    words: str
    href: str


def gap_rows(by: Actor, pairs: Iterable[Pair], crime: Crime) -> list[GapRow]:
    """Those of these pairs between which nothing about a crime is known to be in force."""
    gaps = [(crime.value, each.a, each.b) for each in pairs if each.matters[crime].is_gap]
    told = import_string(settings.AYNI_GAPS_FOLLOWED)(by, gaps) if gaps else {}
    return [GapRow(f"{state_name(a)} – {state_name(b)}", *told[matter, a, b])
            for matter, a, b in gaps]  # fmt: skip
