"""The reference of settings names every setting that the code reads."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_setting_in_the_code_is_documented() -> None:
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text()
    used = {
        name: path
        for path in [*ROOT.glob("ayni/**/*.py"), *ROOT.glob("bench/**/*.py")]
        for name in re.findall(r"\"((?:AYNI|DJANGO)_[A-Z_]*[A-Z])\"", path.read_text())
        if name != "DJANGO_SETTINGS_MODULE"
    }
    assert {"AYNI_NODE", "AYNI_HOME", "AYNI_OWNER_DATABASE_URL"} <= set(used)
    missing = {n: str(p.relative_to(ROOT)) for n, p in used.items() if f"`{n}" not in reference}
    assert missing == {}


def test_nothing_is_documented_that_the_code_does_not_know() -> None:
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text()
    code = "".join(
        path.read_text()
        for folder in ("ayni", "tests", "tools")
        for path in (ROOT / folder).rglob("*.py")
    )
    named = set(re.findall(r"`(AYNI_[A-Z_]+)`", reference))
    assert {name for name in named if name not in code} == set()
