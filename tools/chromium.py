"""Debian's Chromium: without a window of its own where that is installed, else the whole browser.

Both are made of one source package. The one without a window starts in half the time and draws no
toolbar, which the other does even when nobody looks.
"""

from __future__ import annotations

import shutil

PACKAGE = "chromium-headless-shell"


def executable() -> str | None:
    """Path of the browser; None if none is installed."""
    return shutil.which(PACKAGE) or shutil.which("chromium")
