"""Pictures for docs/how-to, taken while a test stands on the page: in Spanish, if AYNI_SCREENSHOTS
names the folder for them."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.small_png import shrink
from tests.browser.traveller import PICTURE_WIDTH


def how_to_picture(page: Page, name: str, language: str, *, height: int) -> None:
    """The upper part of the page."""
    folder = os.environ.get("AYNI_SCREENSHOTS", "")
    before = page.viewport_size
    if not folder or language != "es" or before is None:
        return
    page.set_viewport_size({"width": PICTURE_WIDTH, "height": height})
    page.evaluate("() => window.scrollTo(0, 0)")
    picture = page.screenshot(animations="disabled")
    (Path(folder) / f"{name}.png").write_bytes(shrink(picture))
    page.set_viewport_size(before)
