"""Why a run ends before its time."""

from __future__ import annotations


class Failed(Exception):
    """The run cannot go on; the text says what did not happen."""
