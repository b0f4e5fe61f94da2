"""What counts as evidence that holds."""

from __future__ import annotations

import json

import pytest

from tests.faults.court import verdict


def _said(*, ok: bool = True, conversation: str = "c1", messages: int = 2) -> str:
    file = {"conversation": conversation, "messages": [{}] * messages}
    return json.dumps({"differences": [], "files": [file, file], "ok": ok}) + "\n"


def test_evidence_of_the_conversation_that_holds_and_has_messages_is_good() -> None:
    assert verdict("c1", _said(), "") == ""


@pytest.mark.parametrize(
    "said",
    ["", "Traceback", "[]\n", _said(ok=False), _said(conversation="c2"), _said(messages=0)],
)
def test_anything_else_is_not_and_says_what_came(said: str) -> None:
    assert "c1" in verdict("c1", said, "wrong")
    assert "wrong" in verdict("c1", said, "wrong")
