"""The outline that this node draws its maps from: its own file, or the one of the build."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from django.conf import settings

from ayni.members import api as members
from ayni.statistics.charts.outline import BadOutline, Outline, read_outline
from ayni.statistics.errors import NoOutline

log = logging.getLogger(__name__)


@cache
def outline() -> Outline:
    """The outline, read once in a process; a file that is none stopped the node at its start.
    Raises `NoOutline` for one that was not built, or that has been changed meanwhile."""
    path = Path(settings.AYNI_OUTLINE_FILE or settings.OUTLINE_BUILT)
    codes = [each.alpha2 for each in members.states().values()]
    try:
        return read_outline(path.read_text("utf-8"), codes)
    except (OSError, UnicodeDecodeError, BadOutline) as wrong:
        log.warning("no outline", extra={"ids": {"error": type(wrong).__name__}})
        raise NoOutline from wrong
