"""The messages that name a file and answer for it are what docs/reference/wire.md says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ayni.cooperation import contents
from ayni.cooperation.vocabulary import AttachmentKind
from ayni.exchange import api as exchange
from ayni.exchange import wired
from ayni.exchange.errors import Rejected
from tests.exchange import wire_examples
from tests.exchange.make_attachment_messages import FILE, vectors
from tests.exchange.make_stream_vectors import content_of
from tests.exchange.test_wire import EXAMPLES, TEXT, example

VECTORS: dict[str, Any] = json.loads(FILE.read_text())
SECTION = TEXT.split("### The messages of a file\n")[1].split("\n## ")[0]


def test_the_file_is_what_its_maker_makes() -> None:
    assert vectors() == VECTORS


@pytest.mark.parametrize("vector", VECTORS["taken"], ids=lambda v: v["kind"])
def test_what_a_node_may_say_is_taken(vector: dict[str, Any]) -> None:
    wired.kind(vector["kind"]).check(vector["payload"])


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda v: f"{v['kind']}: {v['why']}")
def test_what_no_node_may_say_is_refused_with_the_code(vector: dict[str, Any]) -> None:
    kind = wired.kind(vector["kind"])

    with pytest.raises(Rejected) as refused:
        kind.check(vector["payload"])

    assert refused.value.code == vector["refused"]


@pytest.mark.parametrize("name", ["attachment.send", "attachment.state"])
def test_an_example_is_a_payload_of_its_kind_and_names_all_that_the_kind_has(name: str) -> None:
    kind = wired.kind(name)
    told = example(name)
    kind.check(told)

    schema = kind.schema["properties"]
    names = schema["data"]["properties"] if kind.personal else schema
    assert set(told["data"] if kind.personal else told) == set(names)
    assert all(f"`{each}`" in SECTION for each in names)
    assert name in EXAMPLES


def test_the_document_names_every_code_and_no_other() -> None:
    told = set(re.findall(r"`([a-z_/0-9]+)`", SECTION))
    reasons = {each.value for each in contents.Why} | {"damaged", "erased"}
    types = {each.value for each in contents.FileType}

    assert reasons | types | set(AttachmentKind.values) <= told
    names = {"attachment", "key", "sha256", "size", "type", "what", "at", "state", "reason"}
    words = {"data", "attachments", "attachment_taken", "ready", "refused"}
    assert told == reasons | types | set(AttachmentKind.values) | names | words


def test_the_file_of_the_example_opens_and_is_refused_for_the_reason_of_the_example() -> None:
    told = example("attachment.send")["data"]
    described = {k: v for k, v in told.items() if k not in ("type", "what")}
    content = content_of(exchange.Described.from_json(described).size)

    with pytest.raises(contents.NotTaken) as refused:
        contents.look([content], declared=told["type"])

    assert refused.value.why.value == wire_examples.attachment_state()["reason"]


def test_what_a_file_says_is_one_personal_field_and_its_answer_is_none() -> None:
    send, state = wired.kind("attachment.send"), wired.kind("attachment.state")

    assert send.fields(wire_examples.attachment_send()) == {"attachments"}
    assert send.outside("refer", {"attachments"}) == frozenset()
    assert state.fields(wire_examples.attachment_state()) == frozenset()
    assert (send.personal, state.personal) == (True, False)
