"""The settings file of a node: what stands in it, what does not belong there, what stands above."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ayni.lib.errors import Misconfigured
from ayni.node import kept

ROOT = Path(__file__).resolve().parent.parent.parent
# Where the node is, and what a demonstration is, is never said by the folder itself; addresses hold
# passwords.
_ELSEWHERE = {"AYNI_HOME", "AYNI_DEMO", "DATABASE_URL", "AYNI_OWNER_DATABASE_URL"}


def test_every_setting_of_the_reference_may_stand_in_the_file() -> None:
    text = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    table = text.split("## Environment")[1].split("### For the test-suite")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named - _ELSEWHERE == kept.NAMES


def test_a_file_is_read_as_it_is_written() -> None:
    settings = {"AYNI_NODE": "uy", "AYNI_HOST": "ayni.example"}
    assert kept.parse(kept.written(settings, heading="x")) == settings
    text = "# note\n\nAYNI_HOST = x\n".replace(" = ", "=") + "AYNI_MAIL_FROM='a b'\nAYNI_LISTEN=\n"
    assert kept.parse(text) == {"AYNI_HOST": "x", "AYNI_MAIL_FROM": "a b"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("AYNI_HOST ayni.example", "line 1: write NAME=value"),
        ("#\nexport AYNI_HOST=x", "line 2: write NAME=value"),
        ("AYNI_HOTS=x", "line 1: AYNI_HOTS does not belong here"),
        ("DATABASE_URL=postgresql://a:b@c/d", "DATABASE_URL does not belong here"),
        ("AYNI_DEMO=true", "AYNI_DEMO does not belong here"),
        ("AYNI_HOST=x\nAYNI_HOST=y", "line 2: AYNI_HOST stands there twice"),
    ],
)
def test_a_line_in_doubt_is_refused_with_its_number(text: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(sentence)):
        kept.parse(text)


def test_the_environment_stands_above_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AYNI_LISTEN", "AYNI_WEB_WORKERS", "DATABASE_URL_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AYNI_LISTEN", "127.0.0.1:1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@b/c")
    path = tmp_path / kept.FILE
    path.write_text("AYNI_LISTEN=127.0.0.1:2\nAYNI_WEB_WORKERS=3\nDATABASE_URL_FILE=/x\n")
    path.chmod(0o600)
    kept.use(tmp_path)
    import os

    assert os.environ["AYNI_LISTEN"] == "127.0.0.1:1"
    assert os.environ["AYNI_WEB_WORKERS"] == "3"
    assert "DATABASE_URL_FILE" not in os.environ
    monkeypatch.delenv("AYNI_WEB_WORKERS")


def test_a_file_that_others_may_write_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / kept.FILE
    path.write_text("AYNI_SMTP_HOST=elsewhere.example\n")
    path.chmod(0o620)
    with pytest.raises(Misconfigured, match="can be written by others"):
        kept.use(tmp_path)
