"""The outline that this node draws its maps from: its own file, or the one of the build."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from ayni.lib.errors import Misconfigured
from ayni.members import api as members
from ayni.statistics.charts.outline import BadOutline, Outline, read_outline


@cache
def outline() -> Outline:
    """The outline, read once in a process. Raises `Misconfigured` for a file that is none."""
    return read_file(Path(settings.AYNI_OUTLINE_FILE or settings.OUTLINE_BUILT))


def read_file(path: Path) -> Outline:
    """The outline in a file, with the ten states. Raises `Misconfigured`, which says where and
    what."""
    codes = [each.alpha2 for each in members.states().values()]
    try:
        return read_outline(path.read_text("utf-8"), codes)
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"the outline of the maps cannot be read: {path}") from None
    except BadOutline as wrong:
        raise Misconfigured(f"the outline of the maps {path}: {wrong}") from None
