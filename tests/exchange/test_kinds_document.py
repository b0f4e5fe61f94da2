"""docs/reference/wire.md and kinds.json: every kind that this node speaks can be spoken by another
programme. That kinds.json is what the software would write now is held by `make check`."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from ayni.cases import api as cases
from ayni.exchange import wired
from ayni.gazette import kinds as entry_kinds
from tests.architecture.rooms import ROOT

REFERENCE = ROOT / "docs" / "reference"
TEXT = (REFERENCE / "wire.md").read_text("utf-8")
DOCUMENT: dict[str, Any] = json.loads((REFERENCE / "kinds.json").read_text("utf-8"))
MESSAGES: dict[str, Any] = DOCUMENT["messages"]


def _section(title: str) -> str:
    """What stands under a heading, up to the next one."""
    found = re.search(rf"^##+ {title}\n(.*?)(?=^##+ )", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def _first_cells(title: str) -> list[str]:
    return re.findall(r"^\| `([a-z_.]+)` \| \S", _section(title), re.MULTILINE)


def _as_json(schema: Any) -> Any:
    return json.loads(json.dumps(schema))


def test_every_wired_kind_of_message_stands_once_in_the_table_and_in_the_file() -> None:
    rows = _first_cells("Every kind of message")

    assert len(rows) == len(set(rows))
    assert set(rows) == set(settings.AYNI_MESSAGE_KINDS) == set(MESSAGES)


def test_every_wired_kind_of_entry_stands_once_in_the_table_and_in_the_file() -> None:
    rows = _first_cells("Every kind of entry")

    assert len(rows) == len(set(rows))
    assert set(rows) == set(settings.AYNI_GAZETTE_KINDS) == set(DOCUMENT["entries"])


@pytest.mark.parametrize("name", sorted(settings.AYNI_MESSAGE_KINDS))
def test_the_file_says_of_a_kind_of_message_what_this_node_holds_to(name: str) -> None:
    kind, told = wired.kind(name), MESSAGES[name]

    Draft202012Validator.check_schema(told["schema"])
    assert told["schema"] == _as_json(kind.schema)
    assert (told["largest"], told["personal"]) == (kind.largest, kind.personal)
    assert {p: frozenset(f) for p, f in told["carries"].items()} == dict(kind.carries)
    assert (told["handling"] is None) == (kind.handling is None)
    if kind.handling is not None:
        assert set(told["handling"]["see"]) == set(kind.handling.see)
        assert set(told["handling"]["onward"]) == set(kind.handling.onward)
        assert told["handling"]["until"] is kind.handling.until
    assert all(told[column] for column in ("says", "from_to", "conversation", "answered_by"))


@pytest.mark.parametrize("name", sorted(settings.AYNI_GAZETTE_KINDS))
def test_the_file_says_of_a_kind_of_entry_what_this_node_holds_to(name: str) -> None:
    kind, told = entry_kinds.registered(name), DOCUMENT["entries"][name]

    Draft202012Validator.check_schema(told["schema"])
    assert told["schema"] == _as_json(kind.schema)
    assert (told["largest"], set(told["published_by"])) == (kind.largest, set(kind.owners))


@pytest.mark.parametrize("name", sorted(settings.AYNI_GAZETTE_KINDS))
def test_the_table_names_no_publisher_whom_the_software_refuses(name: str) -> None:
    said = re.search(rf"^\| `{name}` \|.*\| ([^|]+) \|$", TEXT, re.MULTILINE)
    owners = {"state": "state" in said[1], "secretariat": "secretariat" in said[1]} if said else {}

    assert {who for who, named in owners.items() if named} == set(
        DOCUMENT["entries"][name]["published_by"]
    )


def test_what_a_kind_checks_beyond_its_schema_is_said_in_words() -> None:
    words = _section("What no schema says")
    checked = {name for name, told in MESSAGES.items() if told["checked_beyond_schema"]}
    of_birth = {
        name for name in checked
        if wired.kind(name).also is cases.check_birth and wired.kind(name).whole is None
    }  # fmt: skip

    assert "`data/birth` of every kind that carries it" in words
    assert {name for name in checked - of_birth if f"`{name}`" not in words} == set()


def test_of_each_kind_with_personal_data_is_said_which_codes_it_carries_or_why_none() -> None:
    words = _section("Handling codes")
    families = {name for name, told in MESSAGES.items() if told["personal"]}
    named = {
        name for name in families
        if f"`{name}`" in words or f"`{name.partition('.')[0]}.…`" in words
    }  # fmt: skip

    assert named == families
    none = {name for name in families if MESSAGES[name]["handling"] is None}
    assert none == {"referral.more", "attachment.send", "request.ask_with_data",
                    "assessment.propose"}  # fmt: skip


def test_questions_can_be_asked_and_read_from_the_file_alone() -> None:
    for name, told in DOCUMENT["questions"].items():
        asked = MESSAGES[f"{name}.ask"]["schema"]["properties"]["questions"]["items"]["enum"]
        assert set(asked) == set(told["questions"])
        for question in told["questions"].values():
            assert set(question["text"]) == {"es", "pt", "en"}
            assert all(set(words) == {"es", "pt", "en"} for words in question["answers"].values())


def test_the_example_of_a_file_is_of_the_form_that_the_file_gives() -> None:
    block = re.search(r"<!-- example: attachment.send -->\n```json\n(.*?)\n```", TEXT, re.DOTALL)
    assert block is not None
    validator = Draft202012Validator(MESSAGES["attachment.send"]["schema"])

    assert validator.is_valid(json.loads(block[1]))
    assert not validator.is_valid({**json.loads(block[1]), "handling": {}})
