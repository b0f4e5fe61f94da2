"""A release is made again from its inputs as they were: whatever solver hid what it does not show,
whatever lists today's program has, and with a word for what is not here any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from ayni.statistics import api as statistics
from ayni.statistics.api import Content, Declared, Release, ReleaseState
from ayni.statistics.releasing import content as contents
from ayni.statistics.releasing import kept, making
from ayni.statistics.releasing.errors import BesideGone, OtherDomain, RefusedToday
from ayni.statistics.releasing.joint import Column
from ayni.statistics.releasing.lists import LISTS, as_proposed, lists_of, other_domain
from ayni.statistics.releasing.populations import population, populations, shared
from ayni.statistics.releasing.tables import ReleaseInput, ReleaseTask, TaskKind
from ayni.statistics.tasks import release_task
from ayni.vault import api as vault
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    Office,
    accepted,
    an_office,
    browser,
    proposed,
    published,
    tallied,
)

pytest.importorskip("scipy", reason="releases need the extra observatory")
SEX_AGE = Declared(tables=(("sex", "age"),), years=(2022, 2022))
NAMES = ("population", "source", "origin", "mode", "method", "state", "about", "proposed_by",
         "proposed_at", "phase", "phase_at", "checked_at", "seen", "beside")  # fmt: skip


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    """The office, with counts."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    found = an_office()
    tallied()
    yield found
    peer.stop()


def signed(row: Release, content: Content, **declared: Any) -> Release:
    """The same release as another machine or program would have made it of the same counts."""
    raw = content.to_bytes()
    other = Release.objects.create(
        **{name: getattr(row, name) for name in NAMES},
        declared={**row.declared, **declared}, sha256=contents.digest_of(raw),
    )  # fmt: skip
    here = kept.opened(row.id)
    assert here.joint is not None
    kept.seal_inputs(other, here.joint, here.secret)
    kept.keep_result(other, raw, {})
    return other


def content_of(row: Release) -> Content:
    found = kept.content(row.id)
    assert found is not None
    return found


def without(content: Content, hides: Any, counts: Any = None) -> Content:
    """The content with the cells hidden that `hides` takes, and the others as counted."""
    table = content.tables[0]
    lines = tuple(
        replace(line, value=None if hides(line.codes, line.value) else counts(line.codes))
        for line in table.lines
    )
    return replace(content, tables=(replace(table, lines=lines), *content.tables[1:]))


def counted(row: Release) -> Any:
    """How many a cell of sex by age holds."""
    columns = making.Joint.columns(kept.opened(row.id).joint)  # type: ignore[arg-type]
    rows = [
        (sex, age)
        for sex, age, year in zip(columns["sex"], columns["age"], columns["year"], strict=True)
        if year == "2022"
    ]

    def of(codes: tuple[str | None, ...]) -> int:
        return sum(all(c in (None, v) for c, v in zip(codes, each, strict=True)) for each in rows)

    return of


def hidden(content: Content) -> set[tuple[str | None, ...]]:
    return {line.codes for line in content.tables[0].lines if line.value is None}


def test_what_another_solver_hid_beside_the_small_ones_is_checked_and_not_sought_anew(
    office: Office,
) -> None:
    row = proposed(office.eva, SEX_AGE)
    assert hidden(content_of(row)), "one number is small, so that others are hidden beside it"
    # Every number but the total hidden protects as well, and no solver would find it.
    other = signed(row, without(content_of(row), lambda codes, _n: any(codes), counted(row)))
    assert hidden(content_of(other)) > hidden(content_of(row))

    assert statistics.rebuild_release(by=office.mario, release_id=other.id).same
    assert statistics.rebuild_release(by=office.mario, release_id=row.id).same


def test_a_release_that_hides_too_little_is_not_passed_because_it_comes_out_the_same(
    office: Office,
) -> None:
    row = proposed(office.eva, SEX_AGE)
    count = counted(row)
    # Only what is small itself: the totals give it away.
    other = signed(row, without(content_of(row), lambda codes, _n: 0 < count(codes) < 10, count))
    assert hidden(content_of(other)) < hidden(content_of(row))

    with translation.override("en"), pytest.raises(RefusedToday, match="recoverable: [1-9]"):
        statistics.rebuild_release(by=office.mario, release_id=other.id)


def test_a_withheld_line_of_rounded_numbers_is_taken_as_it_was_signed(office: Office) -> None:
    rounded = replace(SEX_AGE, method=statistics.Method.ROUNDING)
    row = proposed(office.eva, rounded)
    assert row.state == ReleaseState.CHECKED
    values = {line.codes: line.value for line in content_of(row).tables[0].lines}
    other = signed(
        row, without(content_of(row), lambda codes, n: n is None or codes[0], values.get)
    )
    assert hidden(content_of(other)) > hidden(content_of(row))
    assert statistics.rebuild_release(by=office.mario, release_id=other.id).same


def test_a_release_is_made_again_under_the_lists_of_its_proposal(office: Office) -> None:
    row = proposed(office.eva, SEX_AGE)
    today = population("linea145_victims")
    assert as_proposed(row.declared[LISTS], row.about, row.source) is not None
    # An earlier program knew no third value of sex, and counted it as a man's.
    columns = tuple(
        Column("sex", ("female", "male"), "male") if each.name == "sex" else each
        for each in today.columns
    )
    lists = lists_of(replace(today, columns=columns), shared(today))
    inputs = replace(kept.inputs_of(row, [], []), columns=columns)
    then = making.make(inputs).content
    assert then is not None
    other = signed(row, then, lists=lists)

    assert statistics.rebuild_release(by=office.mario, release_id=other.id).same
    assert not statistics.rebuild_release(by=office.mario, release_id=signed(row, then).id).same


@pytest.mark.parametrize("code", sorted(populations()))
def test_the_lists_that_are_kept_give_the_population_again(code: str) -> None:
    one = population(code)
    lists = lists_of(one, shared(one))
    about = {"population": one.code, "names": dict(one.names), "crime": one.crime}
    then = as_proposed(lists, about, one.source)
    if one.domain is not None:
        assert then is None
        assert other_domain(lists, one) == ""
        earlier = {**lists, "sha256": "0" * 64}
        assert other_domain(earlier, one) == f"{one.domain.id} {one.domain.version}"
        return
    assert then is not None
    for name in ("code", "persons", "names", "crime", "source", "columns", "tables", "year"):
        assert getattr(then, name) == getattr(one, name), name
    assert tuple(lists["shared"]) == shared(one)


def test_what_it_was_checked_beside_and_is_not_here_any_more_is_named(office: Office) -> None:
    first = published(office, SEX_AGE)
    other = proposed(office.eva, replace(SEX_AGE, years=(2023, 2023)))
    assert other.state == ReleaseState.CHECKED
    accepted(office.mario, other)
    assert statistics.rebuild_release(by=office.mario, release_id=other.id).same
    held = ReleaseInput.objects.get(release=first)
    held.seal(vault.node_sealer(), counts=None)  # as an earlier program would have forgotten them
    held.save()

    with translation.override("en"), pytest.raises(BesideGone, match=str(first.id)[:8]):
        statistics.rebuild_release(by=office.mario, release_id=other.id)
    statistics.ask_to_rebuild(by=office.mario, release_id=other.id)
    release_task(str(other.id), TaskKind.REBUILD)
    assert ReleaseTask.objects.get(kind=TaskKind.REBUILD).problem == "beside_gone"
    page = browser(office.mario).get(f"/statistics/releases/{other.id}").content.decode()
    assert "is not on this node any more" in page


def test_another_domain_than_that_of_the_proposal_is_named() -> None:
    with translation.override("en"):
        assert "“ctdc-shaped 1”" in str(OtherDomain.of("ctdc-shaped 1"))
