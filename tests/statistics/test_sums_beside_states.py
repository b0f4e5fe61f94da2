"""A sum is checked beside what its states have published, and a state's release beside the sums."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import release_declared
from ayni.statistics.api import Declared, Method, Release, ReleaseState
from ayni.statistics.masked.tables import sum_table
from ayni.statistics.releasing import content as contents
from ayni.statistics.releasing.content import Content, Line, Shown
from ayni.statistics.releasing.errors import PublishedMeanwhile
from ayni.statistics.releasing.kinds import PART, RELEASE
from ayni.statistics.sources import tallies
from tests.agenda.stories import comes
from tests.cast import an_officer
from tests.exchange.peer import Peer
from tests.statistics.release_stories import accepted, checked
from tests.statistics.sums_stories import LAYOUT, World, a_row, found
from tests.statistics.test_released_sums import added, propose

pytest.importorskip("scipy", reason="releases need the extra observatory")
SEXES, AGES = (tuple(values) for _name, values in LAYOUT.dimensions)
MANY = {"female_adult": 40, "male_adult": 30, "female_child": 20, "male_child": 25}
FEW = {**MANY, "female_child": 3}  # what Chile has, and has not published

TOTAL = {name: 3 * number for name, number in MANY.items()} | {"female_child": 43}

ALL = tuple(f"{sex}_{age}" for sex in (*SEXES, None) for age in (*AGES, None))


@pytest.fixture
def office(db: None, settings: Any) -> Iterator[World]:
    """This node is the secretariat's."""
    settings.AYNI_NODE = members.SECRETARIAT
    yield from found(members.SECRETARIAT)


@pytest.fixture
def argentina(db: None) -> Iterator[World]:
    """This node is Argentina's."""
    yield from found("ar")


def table(counts: Mapping[str, int], hidden: tuple[str, ...] = ()) -> tuple[Line, ...]:
    """The lines of counts by sex and age; hidden ones by their names ("female_child")."""
    lines = []
    for sex, age in itertools.product((None, *SEXES), (None, *AGES)):
        fits = [
            number
            for name, number in counts.items()
            if (sex or name.split("_")[0]) == name.split("_")[0]
            and (age or name.split("_")[1]) == name.split("_")[1]
        ]
        name = f"{sex}_{age}"
        lines.append(Line((sex, age), None if name in hidden else sum(fits)))
    return tuple(lines)


def publishes(
    peer: Peer,
    lines: tuple[Line, ...],
    *,
    method: str = "suppression",
    whole: bool = True,
    **more: Any,
) -> str:
    """A release of a peer's comes: by default of a state's cases of 2025. `by`: its columns;
    `key` and `version`: of a release that it corrects."""
    sum_of = more.get("states")
    key, version = more.get("key") or str(uuid4()), more.get("version", 1)
    by = more.get("by", ("sex", "age"))
    about = {
        "population": "sum.trafficking_sex_age.2025-01-01.2025-12-31" if sum_of
        else "trafficking_cases",
        "names": {"en": "x", "es": "x", "pt": "x"}, "crime": "trafficking",
        **({"states": sum_of} if sum_of else {}),
    }  # fmt: skip
    parameters = {"method": method, "threshold": 10, "width": 10, "base": 5}
    where = {} if sum_of else {"year": "2025"}
    shown = (Shown("_".join(by), by, where, lines),)
    raw = Content("classical", "tables", about, parameters, shown).to_bytes()
    packed = contents.packed(raw)
    for number, part in enumerate(packed) if whole else ():
        comes(peer, PART, f"{contents.digest_of(raw)[:40]}.{number}", {"part": part})
    body = {
        "corrects": version > 1, "crime": "trafficking", "dated": clock.isoformat(clock.now()),
        "first": "2025-01-01" if sum_of else "2025", "last": "2025-12-31" if sum_of else "2025",
        "method": method, "mode": "classical", "names": about["names"], "parts": len(packed),
        "population": "sum.trafficking_cases.2025-01-01.2025-12-31" if sum_of
        else f"trafficking_cases.{peer.node}-desk",
        "sha256": contents.digest_of(raw), "size": len(raw), "source": "sum" if sum_of else "cases",
    }  # fmt: skip
    comes(peer, RELEASE, key, body, version=version)
    return key


def by_sex(counts: Mapping[str, int], hidden: tuple[str | None, ...] = ()) -> tuple[Line, ...]:
    """The lines of counts by sex alone."""
    return tuple(
        Line(line.codes[:1], None if line.codes[0] in hidden else line.value)
        for line in table(counts)
        if line.codes[1] is None
    )


def the_cases_of_argentina(argentina: World) -> Release:
    """What the machine says of them."""
    counted = Counter(
        {("trafficking", *name.split("_"), "yes", "host"): n for name, n in MANY.items()}
    )
    tallies.keep("ar-desk", "cases", {"persons": {2025: counted}}, clock.now())
    declared = Declared(tables=(("sex", "age"),), years=(2025, 2025))
    row = statistics.propose_release(
        by=argentina.statistician, source="cases", population="trafficking_cases",
        declared=declared,
    )  # fmt: skip
    return checked(row.id)


def a_sum(office: World) -> str:
    return added(office, ar=a_row(**MANY), bo=a_row(**MANY), cl=a_row(**FEW))


def values(row: Release, by: Any) -> dict[tuple[str | None, ...], int | None]:
    content = statistics.open_release(by=by, release_id=row.id).content
    assert content is not None
    return {line.codes: line.value for line in content.tables[0].lines}


def codes(row: Release, by: Any, kind: str) -> set[str]:
    verdict = statistics.open_release(by=by, release_id=row.id).verdict
    assert verdict is not None
    return {each["code"] for each in verdict[kind]}


def test_the_tables_of_the_others_do_not_tell_what_a_state_has_not_published(
    office: World,
) -> None:
    digest = a_sum(office)
    alone = propose(office, digest)
    assert values(alone, office.statistician)["female", "child"] == 43
    publishes(office.ar, table(MANY))
    publishes(office.bo, table(MANY))
    row = propose(office, digest)
    assert row.state == ReleaseState.CHECKED
    told = values(row, office.statistician)
    assert told["female", "child"] is None
    # Nor can it be worked out from the totals: at least another of its line and column is hidden.
    assert None in {told["female", age] for age in (None, "adult", "unknown")}
    assert None in {told[sex, "child"] for sex in (None, "male", "other", "unknown")}
    assert {each["owner"] for each in row.beside} == {"ar", "bo"}
    with translation.override("en"):
        said = dict(release_declared.declaration(row))["Checked beside what others have published"]
    assert "Argentina" in said
    assert "Bolivia" in said
    place = members.institution(office.statistician.institution)
    mario = members.actor_of(an_officer("mario", place, members.Role.STATISTICIAN))
    accepted(mario, row)
    publishes(office.cl, table(FEW, ("female_child", "female_None", "None_child", "None_None")))
    with pytest.raises(PublishedMeanwhile):  # it was not checked beside that one
        statistics.publish_release(by=mario, release_id=row.id)
    assert statistics.rebuild_release(by=mario, release_id=row.id).same


@pytest.mark.parametrize("more", [0, 7])
def test_what_a_correction_replaced_was_seen_and_counts(office: World, more: int) -> None:
    """The newest words are few, or of another day; the first ones are in everybody's hands."""
    digest = a_sum(office)
    late = {**MANY, "male_adult": MANY["male_adult"] + more}
    for peer in (office.ar, office.bo):
        key = publishes(peer, table(MANY))
        publishes(peer, by_sex(late), by=("sex",), key=key, version=2)
    row = propose(office, digest)
    assert {(each["owner"], each["version"]) for each in row.beside} == {
        ("bo", 2), ("bo", 1), ("ar", 2), ("ar", 1),
    }  # fmt: skip
    assert row.state == ReleaseState.CHECKED
    assert values(row, office.statistician)["female", "child"] is None


def test_a_version_that_says_the_same_once_more_is_the_first(office: World) -> None:
    key = publishes(office.ar, table(MANY))
    publishes(office.ar, table(MANY), key=key, version=2)
    row = propose(office, a_sum(office))
    assert [each["version"] for each in row.beside] == [1]


def test_a_table_of_another_method_or_that_has_not_come_whole_refuses(office: World) -> None:
    digest = a_sum(office)
    publishes(office.ar, table(MANY), method="rounding")
    publishes(office.bo, table({**MANY, "male_adult": 31}), whole=False)
    row = propose(office, digest)
    assert row.state == ReleaseState.REFUSED
    reasons = codes(row, office.statistician, "reasons")
    assert {"states_other_method", "states_not_here"} <= reasons
    rounded = propose(office, digest, Declared(method=Method.ROUNDING))
    reasons = codes(rounded, office.statistician, "reasons")
    assert "states_other_method" not in reasons  # both are rounded: bounds of one system
    assert "states_not_here" in reasons


def test_a_table_that_counts_other_cases_is_told_to_the_reviewer(office: World) -> None:
    publishes(office.ar, table({name: 1 + 4 * number for name, number in MANY.items()}))
    publishes(office.bo, table({"female_adult": 11}))
    row = propose(office, a_sum(office))
    told = codes(row, office.statistician, "told")
    assert {"states_read_as_part"} <= told
    assert row.state in (ReleaseState.CHECKED, ReleaseState.REFUSED)


def test_the_last_state_that_publishes_is_told_what_the_sum_then_gives_away(
    argentina: World,
) -> None:
    publishes(argentina.secretariat, table(TOTAL), states=["AR", "BO", "CL"])
    publishes(argentina.bo, table(MANY))
    row = the_cases_of_argentina(argentina)
    assert row.state == ReleaseState.REFUSED
    assert "states_worked_out" in codes(row, argentina.statistician, "reasons")
    assert sum_table("trafficking_sex_age").population == "trafficking_cases"


def test_a_sum_that_was_corrected_still_counts_for_a_state_that_publishes(
    argentina: World,
) -> None:
    states = ["AR", "BO", "CL"]
    key = publishes(argentina.secretariat, table(TOTAL), states=states)
    publishes(argentina.secretariat, table(TOTAL, ALL), states=states, key=key, version=2)
    publishes(argentina.bo, table(MANY))
    row = the_cases_of_argentina(argentina)
    assert row.state == ReleaseState.REFUSED
    assert "states_worked_out" in codes(row, argentina.statistician, "reasons")


def test_a_state_in_two_sums_with_others_can_publish(argentina: World) -> None:
    """Bolivia is in one of them, Chile in the other."""
    for states in (["AR", "BO"], ["AR", "CL"]):
        publishes(argentina.secretariat, table(TOTAL, ALL), states=states)
    for peer in (argentina.bo, argentina.cl):
        publishes(peer, table(MANY))
    row = the_cases_of_argentina(argentina)
    assert {each["owner"] for each in row.beside} == {"secretariat", "bo", "cl"}
    assert row.state == ReleaseState.CHECKED
