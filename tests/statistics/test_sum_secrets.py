"""The secrets of pairs of states: one for each, from whom is to make it, and not without end."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from ayni.exchange.errors import Malformed
from ayni.statistics import api as statistics
from ayni.statistics.masked import asking, giving, masks
from ayni.statistics.masked.errors import NotTheGiver, TooManyKept
from ayni.statistics.models import SumSeed
from ayni.vault import api as vault
from tests.statistics import sums_stories as stories
from tests.statistics.sums_stories import World, declared_by, found, message_comes


@pytest.fixture
def argentina(db: None) -> Iterator[World]:
    """This node is Argentina's."""
    yield from found("ar")


@pytest.fixture
def chile(db: None, settings: Any) -> Iterator[World]:
    """This node is Chile's."""
    settings.AYNI_NODE = "cl"
    yield from found("cl")


def test_a_second_secret_for_one_pair_changes_nothing(chile: World) -> None:
    for _ in range(2):
        seed = base64.b64encode(masks.new_seed()).decode()
        message_comes("sum.seed", "ar", round="0" * 64, seed=seed)
    (row,) = SumSeed.objects.all()
    assert row.state == "ar"


def test_a_secret_from_the_state_that_is_not_to_make_it_is_refused(argentina: World) -> None:
    seed = base64.b64encode(masks.new_seed()).decode()
    with pytest.raises(NotTheGiver):
        message_comes("sum.seed", "bo", round="0" * 64, seed=seed)


def test_a_peer_cannot_fill_the_disk_with_secrets(chile: World) -> None:
    giving_most, giving.MOST_HELD = giving.MOST_HELD, 3
    try:
        for number in range(5):
            seed = base64.b64encode(masks.new_seed()).decode()
            refused = pytest.raises(TooManyKept) if number >= 3 else nullcontext()
            with refused:
                message_comes("sum.seed", "ar", round=f"{number:064x}", seed=seed)
        message_comes("sum.seed", "ar", round=f"{1:064x}", seed=seed)  # of a pair that has one
    finally:
        giving.MOST_HELD = giving_most
    assert SumSeed.objects.count() == 3


@pytest.mark.parametrize("seed", ["A" * 44, "A" * 42 + "==", "A" * 43, "A" * 86 + "=="])
def test_a_secret_that_is_not_32_bytes_is_refused(chile: World, seed: str) -> None:
    with pytest.raises(Malformed):
        message_comes("sum.seed", "ar", round="0" * 64, seed=seed)


def test_the_mark_of_our_own_counts_cannot_be_made_without_a_secret_of_the_node(
    argentina: World, settings: Any, tmp_path: Path
) -> None:
    """It is typed on a command line: whoever reads it there and tries every table of few counts
    finds none that gives it."""
    settings.AYNI_SUM_COUNTS = "tests.statistics.sums_stories.counted"
    digest = declared_by(argentina.secretariat)
    shown = statistics.own_counts(by=argentina.statistician, digest=digest)
    again = statistics.own_counts(by=argentina.statistician, digest=digest)
    assert shown.mark == again.mark
    text = " ".join([digest, *map(str, stories.COUNTED)]).encode()
    plain = hashlib.sha256(text).hexdigest()
    keyed = {hmac.digest(key, text, "sha256").hex() for key in (b"", digest.encode())}
    assert shown.mark
    assert not any(each.startswith(shown.mark) for each in {plain, *keyed})
    # Another node has another secret: there the same numbers have another mark.
    settings.AYNI_HOME = str(tmp_path)
    vault.prepare()
    assert asking.mark_of(digest, tuple(stories.COUNTED)) != shown.mark
