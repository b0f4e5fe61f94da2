"""Whatever a message of any registered kind tells of a person is blocked when its time is over, and
then erased by destroying a key: here, and by key in every backup. A kind without its row in
`tests/config/kept.py` fails."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.apps import apps
from django.conf import settings

from ayni.alerts.expiring import remove_expired
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cases.erasing import seeing_blocked
from ayni.cases.models import Case
from ayni.cooperation import api as cooperation
from ayni.exchange.models import IncomingMessage
from ayni.exchange.wired import kind as registered
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members
from ayni.vault import api as vault
from ayni.vault import erasures
from ayni.vault.fields import SealedRow
from ayni.vault.keyring import Keyring
from ayni.vault.master import read_master_key
from ayni.vault.sealing import Sealer
from tests.cast import Cast, assemble
from tests.config.kept import KEPT, NEEDLE, NOTHING, UNTAKEN
from tests.cooperation.stories import bolivias_node
from tests.exchange.peer import Peer

MONTH = timedelta(days=31)
# Risks have no words of their own: the codes that are told are looked for.
LOOKED_FOR = {"assessment.propose": '"severity": "serious"', "attachment.send": '"attachment": '}
TOLD = sorted(name for name, story in KEPT.items() if story is not NOTHING)
CODES = sorted(name for name, story in KEPT.items() if story is NOTHING)


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours."""
    with bolivias_node() as peer:
        yield peer


@pytest.fixture
def ana(bolivia: Peer) -> Iterator[Actor]:
    """Ana of the programme, with the database asked on its behalf."""
    cast: Cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def test_every_registered_kind_has_its_row() -> None:
    assert set(KEPT) == set(settings.AYNI_MESSAGE_KINDS)


@pytest.mark.parametrize("name", sorted(settings.AYNI_MESSAGE_KINDS))
def test_what_is_personal_has_a_story_and_nothing_else_has(name: str) -> None:
    assert registered(name).personal == (KEPT[name] is not NOTHING)


def _texts(schema: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Places of a schema where anything at all could be written."""
    if "enum" in schema or "const" in schema:
        return
    for each in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(each, ()):
            yield from _texts(one, place)
    told = schema.get("type")
    if told == "object" or "properties" in schema:
        if (
            schema.get("additionalProperties", True) is not False
            and schema.get("properties") is None
        ):
            yield place or "payload"
        for key, value in schema.get("properties", {}).items():
            yield from _texts(value, f"{place}/{key}")
    elif told == "array":
        yield from _texts(schema.get("items", {}), f"{place}[]")
    elif told == "string" or told is None:
        bounded = schema.get("format") == "moment" or "^" in schema.get("pattern", "")
        if told is None and any(each in schema for each in ("anyOf", "oneOf", "allOf")):
            return
        if not bounded and schema.get("maxLength", 10_000) > 64:
            yield place


# Heads, sums and numbers of messages: documents of the node, about nobody. So is what is published
# for all: a kind of entry is registered with a closed schema, as about nobody.
ABOUT_NOBODY = {
    "audit.head", "log.head", "log.day",
    "exchange.again", "exchange.missing", "exchange.missing_told",
    "gazette.entries", "gazette.index", "gazette.held",
    "agenda.document_wanted", "agenda.document_part",
    "sum.seed", "sum.share",
}  # fmt: skip


def test_what_is_about_nobody_says_so() -> None:
    assert {name for name in CODES if not registered(name).about_person} == ABOUT_NOBODY


@pytest.mark.parametrize("name", sorted(set(CODES) - ABOUT_NOBODY))
def test_what_is_not_personal_has_no_room_for_words(name: str) -> None:
    assert list(_texts(registered(name).schema)) == []


def test_the_look_at_a_schema_finds_room_for_words() -> None:
    closed = {"type": "object", "additionalProperties": False}
    free = {**closed, "properties": {"note": {"type": "string"}, "at": {"enum": ["x"]}}}
    assert list(_texts(free)) == ["/note"]


# -- what is kept


@dataclass(frozen=True, slots=True)
class Found:
    """One sealed value that holds what was told."""

    model: type[SealedRow]
    id: Any
    name: str
    subject: UUID

    def row(self) -> SealedRow | None:
        """As it is now, also while it is blocked."""
        with seeing_blocked():
            return self.model._default_manager.filter(pk=self.id).first()


def _sealed_rows() -> Iterator[SealedRow]:
    for model in apps.get_models():
        if issubclass(model, SealedRow) and any(f.name == "subject" for f in model._meta.fields):
            with seeing_blocked():
                yield from model._default_manager.all()


def _holding(needle: str) -> list[Found]:
    """Every sealed value of the database that says this and can be read."""
    found = []
    for row in _sealed_rows():
        subject = row.subject  # type: ignore[attr-defined]
        if subject is None or subject not in vault.sealers([subject]):
            continue
        for name, value in row.unseal(vault.sealer(subject)).items():
            if needle in json.dumps(value):
                found.append(Found(type(row), row.pk, name, subject))
    return found


def _in_the_open(needle: str) -> list[str]:
    """Tables that say this unsealed, in any column."""
    return [
        model.__name__
        for model in apps.get_models()
        if any(needle in repr(row) for row in model._default_manager.values_list())
    ]


def _closed(case: UUID) -> Case:
    """The case as closing leaves it: what retention counts from. Closing has tests of its own."""
    now = clock.now()
    Case.objects.filter(id=case).update(
        status="Closed", closure_reason="goals_met", closed_at=now, kept_until=now.date()
    )
    return Case.objects.get(id=case)


def _night(by: Actor) -> tuple[int, int]:
    job = audit.job("cases.apply_retention", by.institution)
    return cases.apply_retention(by=job, now=clock.now())


def _kept_elsewhere(tmp_path: Path) -> Path:
    """A backup of the keyring, made now."""
    there = tmp_path / "keyring"
    shutil.copytree(vault.home() / "keyring", there)
    return there


def _opens_with(keyring: Keyring, row: SealedRow, name: str, subject: UUID) -> bool:
    try:
        sealer = Sealer(subject, keyring.subject_key(subject))
    except vault.Erased:
        return False
    return row.unseal(sealer, [name])[name] is not None


@pytest.mark.parametrize("name", TOLD)
def test_it_is_blocked_and_then_erased_by_destroying_keys(
    ana: Actor, bolivia: Peer, tmp_path: Path, name: str
) -> None:
    story = KEPT[name]
    assert story is not None
    kept = story(ana, bolivia)
    needle = LOOKED_FOR.get(name, NEEDLE)
    found = _holding(needle)
    assert found, "the story keeps what was told"
    if needle is NEEDLE:
        assert _in_the_open(NEEDLE) == [], "and nowhere unsealed"
    taken = IncomingMessage.objects.filter(kind=name, state="applied")
    assert taken.exists()
    assert all(bytes(row.envelope).startswith(b"AYNE") for row in taken), "the envelope is not kept"
    kept.read()
    backup = {each: each.row() for each in found}
    copied = _kept_elsewhere(tmp_path)

    ends = clock.now() + 8 * timedelta(days=1)
    if kept.case is None:
        with time_machine.travel(ends, tick=False):
            with pytest.raises(AyniError):
                kept.read()
            assert _holding(needle), "blocked: nobody reads it, and its key is there"
            remove_expired(now=clock.now())
            _assert_gone(needle, found, backup, copied)
        return
    _closed(kept.case)
    with time_machine.travel(ends, tick=False):
        assert _night(ana) == (1, 0)
        with pytest.raises(AyniError):
            kept.read()
        assert _holding(needle), "blocked: nobody reads it, and its key is there"
    with time_machine.travel(ends + 13 * MONTH, tick=False):
        assert _night(ana) == (0, 1)
        _assert_gone(needle, found, backup, copied)


@pytest.mark.parametrize("name", sorted(UNTAKEN))
def test_what_nobody_takes_on_is_blocked_and_then_erased(
    ana: Actor, bolivia: Peer, tmp_path: Path, name: str
) -> None:
    kept = UNTAKEN[name](ana, bolivia)
    found = _holding(NEEDLE)
    assert found, "the story keeps what was told"
    assert _in_the_open(NEEDLE) == [], "and nowhere unsealed"
    kept.read()
    backup = {each: each.row() for each in found}
    copied = _kept_elsewhere(tmp_path)
    job = audit.job("cooperation.apply_untaken", ana.institution)

    now = clock.now()
    assert cooperation.apply_untaken(by=job, now=now) == (0, 0)
    with time_machine.travel(now + 9 * MONTH, tick=False):
        assert cooperation.apply_untaken(by=job, now=clock.now()) == (1, 0)
        with pytest.raises(AyniError):
            kept.read()
        assert _holding(NEEDLE), "blocked: nobody reads it, and its key is there"
        assert cooperation.apply_untaken(by=job, now=clock.now()) == (0, 0)
    with time_machine.travel(now + 23 * MONTH, tick=False):
        assert cooperation.apply_untaken(by=job, now=clock.now()) == (0, 1)
        _assert_gone(NEEDLE, found, backup, copied)
        assert cooperation.apply_untaken(by=job, now=clock.now()) == (0, 0)


def _assert_gone(
    needle: str, found: list[Found], backup: Mapping[Found, SealedRow | None], copied: Path
) -> None:
    assert _holding(needle) == []
    for each in found:
        assert each.subject not in vault.sealers([each.subject])
    # A backup holds rows and keys as they were, and the list of erasures goes before them.
    restored = Keyring(copied, read_master_key(vault.home()))
    for each in found:
        row = backup[each]
        assert row is not None
        assert _opens_with(restored, row, each.name, each.subject), "without the list it would open"
    for subject in erasures.noted(vault.home()):
        restored.erase_subject(subject)
    for each in found:
        row = backup[each]
        assert row is not None
        assert not _opens_with(restored, row, each.name, each.subject)
    restored.close()
