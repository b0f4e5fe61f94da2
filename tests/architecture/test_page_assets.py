"""Built assets and templates: no other host, no state's identity, nothing written into a page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ASSETS = ROOT / "ayni" / "static_built" / "assets"
COLLECTED = ROOT / "ayni" / "static_built" / "collected"
TEMPLATES = sorted((ROOT / "ayni").glob("**/templates/**/*.html"))

# The policy of the pages refuses all of these; a browser would show a broken page without a word.
INLINE = (
    (re.compile(r"<style\b"), "a style sheet written into the page"),
    (re.compile(r"\sstyle="), "a style attribute"),
    (re.compile(r"<script(?![^>]*\ssrc=)"), "a script written into the page"),
    (re.compile(r"\son[a-z]+="), "a handler attribute"),
    (re.compile(r"\ssrc=[\"']https?:"), "something from another host"),
)


def test_style_sheet_carries_no_typeface_crown_or_other_host() -> None:
    css = (ASSETS / "ayni.css").read_text("utf-8")
    for word in ("GDS Transport", "@font-face", "crown", "logotype"):
        assert word not in css
    assert set(re.findall(r"https?://[\w.]+", css)) <= {"http://www.w3.org"}
    assert set(re.findall(r"url\([\"']?(\w+):?", css)) <= {"data"}


def test_scripts_ask_no_other_host() -> None:
    for name in ("ayni.js", "htmx.js"):
        script = (ASSETS / name).read_text("utf-8")
        hosts = set(re.findall(r"https?://[\w.]+", script))
        assert hosts <= {"http://www.w3.org"}


def test_every_asset_has_a_hashed_name_and_a_compressed_twin() -> None:
    paths = json.loads((COLLECTED / "staticfiles.json").read_text("utf-8"))["paths"]
    assert {"ayni.css", "ayni.js", "htmx.js", "favicon.svg"} <= set(paths)
    for hashed in paths.values():
        assert re.search(r"\.[0-9a-f]{12}\.", hashed)
        assert (COLLECTED / f"{hashed}.gz").is_file()


def test_a_second_build_does_nothing() -> None:
    before = {path: path.stat().st_mtime_ns for path in COLLECTED.iterdir()}
    tool = [sys.executable, str(ROOT / "tools" / "build_assets.py")]
    done = subprocess.run(tool, capture_output=True, check=True)
    assert done.stderr == b""
    assert {path: path.stat().st_mtime_ns for path in COLLECTED.iterdir()} == before


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT / "ayni").as_posix())
def test_nothing_is_written_into_a_page_that_its_policy_refuses(path: Path) -> None:
    text = path.read_text("utf-8")
    found = [why for pattern, why in INLINE if pattern.search(text)]
    assert found == []


def test_lock_file_names_no_package_index() -> None:
    lock = (ROOT / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 3
