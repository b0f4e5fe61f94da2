"""A sum over three states as real nodes and the secretariat's: one that is away drops out, the
secretariat is killed, a part waits for a state that is away, comes twice, early, or is not what
was announced."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ayni.members.api import SECRETARIAT
from tests.faults.eleven import Copied, Eleven, Plain

pytestmark = [pytest.mark.whole, pytest.mark.nodes]

GIVING = ("ar", "bo", "cl")
ABSENT = "uy"
HAS = {
    "ar": {"female_adult": 7, "female_child": 1},
    "bo": {"female_child": 2},
    "cl": {"male_adult": 4, "unknown_unknown": 1},
}
TOGETHER = 15


class Four(Eleven):
    """Three states and the secretariat run; a fourth state is a member whose node is away."""

    def __init__(self, folder: Path) -> None:
        self.platform = Copied(folder, (*GIVING, ABSENT, SECRETARIAT), any_port=True, persons=False)
        self.nodes = {}

    def raise_up(self) -> None:
        """Found the platform, start all but the one that is away, let the officers come."""
        self.platform.make()
        running = (*GIVING, SECRETARIAT)
        self.nodes = {code: Plain(code, self.platform) for code in running}
        for node in self.nodes.values():
            node.begin()
        for node in self.nodes.values():
            node.wait_up()
            node.begin_driver()
            assert node.driver is not None
            node.driver.answer()

    def takes_part(self, digest: str) -> None:
        """All three take part, each as soon as it knows of it."""
        self.wait(
            "the sum is known to all",
            lambda: all(self.tell(code, "sum", digest=digest) for code in GIVING),
        )
        for code in GIVING:
            self.wait(f"{code} takes part", partial(self._agrees, code, digest))

    def _agrees(self, code: str, digest: str) -> bool:
        return bool(self.tell(code, "take_part", digest=digest) == "")

    def given(self, code: str, digest: str) -> None:
        """A state gives, as soon as it knows that all take part and has their secrets."""
        self.wait(
            f"{code} gives",
            lambda: self.tell(code, "give", digest=digest, cells=HAS[code]) == "",
        )

    def leaves(self, code: str, digest: str) -> None:
        """A state's part leaves, as soon as all others have confirmed that they know of it."""
        self.wait(
            f"the part of {code} leaves", lambda: self.tell(code, "kept", digest=digest) is None
        )

    def adds(self, digest: str) -> bool:
        """Whether the secretariat has added. A part may come before its announcement: then the
        button adds, or the job within a minute."""
        self.tell(SECRETARIAT, "add")
        return set(self.tell(SECRETARIAT, "parts", digest=digest).values()) == {"added"}

    def told(self, what: str, codes: Sequence[str], digest: str) -> Any:
        """What came of a sum, once each of these nodes knows it and all say the same: before that
        they are alike in knowing nothing."""
        self.wait(
            what, lambda: all(self.tell(code, "sum", digest=digest)["outcome"] for code in codes)
        )
        return self.wait_alike(what, "sum", codes, digest=digest)


@pytest.fixture(scope="module")
def platform() -> Iterator[Four]:
    with tempfile.TemporaryDirectory(prefix="ayni-s-") as name:
        found = Four(Path(name))
        try:
            found.raise_up()
            yield found
        finally:
            found.strike_down()


def test_who_is_away_drops_out_and_the_others_are_added_though_the_secretariat_was_killed(
    platform: Four,
) -> None:
    away = {"year": 2023, "states": [*GIVING, ABSENT], "seconds": 15}
    lapsed = platform.tell(SECRETARIAT, "declare_sum", **away)
    platform.wait(
        "all see that one let the day pass",
        lambda: all(
            ABSENT in platform.tell(code, "sum", digest=lapsed).get("ended", ())
            for code in (*GIVING, SECRETARIAT)
        ),
    )
    anew = {"year": 2023, "states": list(GIVING), "seconds": 3600}
    digest = platform.tell(SECRETARIAT, "declare_sum", **anew)
    platform.takes_part(digest)
    platform.given("ar", digest)
    platform.kill(SECRETARIAT)
    platform.given("bo", digest)
    platform.leaves("ar", digest)
    platform.tell("ar", "send_share", digest=digest)  # a second part of one state, and another
    platform.given("cl", digest)
    for code in GIVING:
        platform.leaves(code, digest)
    platform.start_again(SECRETARIAT)
    platform.wait("the secretariat adds", lambda: platform.adds(digest))
    cells = platform.tell(SECRETARIAT, "added", digest=digest)
    assert cells["total_total"] == TOGETHER
    assert cells["female_total"] == 10
    assert cells["male_adult"] == 4
    platform.tell(SECRETARIAT, "tell_outcome", digest=digest)
    told = platform.told("all know that it was added", (*GIVING, SECRETARIAT), digest)
    assert (told["standing"], told["outcome"]) == ("given", "added")


def test_parts_wait_for_who_is_away_and_one_that_was_not_announced_is_told_by_name(
    platform: Four,
) -> None:
    asked = {"year": 2024, "states": list(GIVING), "seconds": 3600}
    digest = platform.tell(SECRETARIAT, "declare_sum", **asked)
    platform.takes_part(digest)
    platform.tell("cl", "send_share", digest=digest)
    where = (SECRETARIAT, "parts")
    platform.wait(
        "the part is early", lambda: platform.tell(*where, digest=digest)["cl"] == "early"
    )
    platform.kill("cl")
    platform.given("ar", digest)
    platform.given("bo", digest)
    for code in ("ar", "bo"):
        platform.wait(
            f"the part of {code} waits for who is away, and for nobody else",
            partial(lambda state: platform.tell(state, "kept", digest=digest) == ["cl"], code),
        )
    assert platform.tell(SECRETARIAT, "parts", digest=digest)["ar"] != "here"
    platform.start_again("cl")
    for code in ("ar", "bo"):
        platform.leaves(code, digest)
    platform.tell("cl", "announce", digest=digest)
    platform.wait(
        "the part is refused",
        lambda: platform.tell(*where, digest=digest) == {"ar": "here", "bo": "here", "cl": "wrong"},
    )
    platform.tell(SECRETARIAT, "tell_outcome", digest=digest)
    told = platform.told("all know whose part it was", GIVING, digest)
    assert (told["outcome"], told["wrong"]) == ("part_wrong", ["cl"])
