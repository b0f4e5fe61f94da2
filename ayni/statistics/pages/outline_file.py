"""The outline that this node draws its maps from: its own file, or the one of the build."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from ayni.members import api as members
from ayni.statistics.charts.outline import Outline, read_outline


@cache
def outline() -> Outline:
    """The outline, read once in a process; a file that is none stopped the node at its start.
    Raises `BadOutline` or OSError for one that has been changed meanwhile."""
    path = Path(settings.AYNI_OUTLINE_FILE or settings.OUTLINE_BUILT)
    codes = [each.alpha2 for each in members.states().values()]
    return read_outline(path.read_text("utf-8"), codes)
