"""The search for planted words finds them in every encoding, wherever they begin."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from ayni.node.demo import leaks

WORD = "Zqwarandaki7391"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "ñandú "])
@pytest.mark.parametrize(
    "write",
    [
        lambda t: t.encode(),
        lambda t: t.upper().encode(),
        lambda t: t.lower().encode(),
        lambda t: t.encode("utf-16"),
        lambda t: t.encode("utf-16-be"),
        lambda t: t.encode().hex().encode(),
        lambda t: t.encode().hex().upper().encode(),
        lambda t: base64.b64encode(t.encode()),
        lambda t: base64.urlsafe_b64encode(t.encode()),
        lambda t: json.dumps({"a": t}).encode(),
    ],
)
def test_a_planted_word_is_found(write: object, before: str, tmp_path: Path) -> None:
    text = f"{before}{WORD} and what follows"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"\xff\0" * 100 + write(text) + b"\0\xff")  # type: ignore[operator]
    found, files, size = leaks.search_folder(tmp_path, {"name": WORD})
    assert [(leak.marker, leak.where) for leak in found] == [("name", "deep/file")]
    assert (files, size > 200) == (1, True)


def test_other_words_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"Zqwarandaki739 " + base64.b64encode(b"Zqwarandaka7391"))
    (tmp_path / "empty").touch()
    assert leaks.search_folder(tmp_path, {"name": WORD})[0] == []
