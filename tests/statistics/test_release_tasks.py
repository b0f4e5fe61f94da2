"""What takes minutes is a job: publishing and making again; killed, it goes on and does it once."""

from __future__ import annotations

import html
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.lib.identifiers import new_id
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import tasks
from ayni.statistics.api import Declared, Method, Release, ReleaseState
from ayni.statistics.releasing import checking, content, kept, publishing, sizing
from ayni.statistics.releasing.content import Content, Line, Shown
from ayni.statistics.releasing.errors import (
    CountsGone,
    NotYourStep,
    OtherMode,
    OwnProposal,
    PublishedMeanwhile,
    PublishingBroken,
)
from ayni.statistics.releasing.joint import Column
from ayni.statistics.releasing.kinds import PART, RELEASE
from ayni.statistics.releasing.tables import LedgerLine, ReleaseInput, ReleaseTask, TaskKind
from ayni.statistics.sources import tallies
from ayni.vault import api as vault
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    HOLDER,
    REGISTER,
    Office,
    a_register,
    accepted,
    an_office,
    browser,
    checked,
    proposed,
    tallied,
)

pytest.importorskip("scipy", reason="releases need the extra observatory")
SEX = Declared(tables=(("sex",),), years=(2022, 2023))


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    """The office, with counts."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    found = an_office()
    tallied()
    yield found
    peer.stop()


def an_accepted(office: Office, declared: Declared = SEX) -> Release:
    row = proposed(office.eva, declared)
    accepted(office.mario, row)
    return row


def page(office: Office, row: Release) -> str:
    answer = browser(office.mario).get(f"/statistics/releases/{row.id}")
    return html.unescape(answer.content.decode())


def press(office: Office, row: Release, act: str) -> None:
    client = browser(office.mario)
    assert client.post(f"/statistics/releases/{row.id}/act", {"act": act}).status_code == 302


def test_signing_publishes_nothing_by_itself_and_the_job_does(office: Office) -> None:
    row = an_accepted(office)
    press(office, row, "publish")
    row.refresh_from_db()
    assert row.state == ReleaseState.PUBLISHING
    assert not statistics.published_releases()
    told = page(office, row)
    assert "Is being published" in told
    assert 'value="publish"' not in told
    assert checking.unfinished() == [(row.id, "publish")]
    with pytest.raises(NotYourStep):
        statistics.discard_release(by=office.eva, release_id=row.id)
    tasks.release_task(str(row.id), TaskKind.PUBLISH)
    row.refresh_from_db()
    assert (row.state, str(row.published_by)) == (ReleaseState.PUBLISHED, office.mario.id)
    assert [each.said.key for each in statistics.published_releases()] == [str(row.id)]
    assert not checking.unfinished()


def test_a_killed_publication_goes_on_and_nothing_is_published_twice(office: Office) -> None:
    row = an_accepted(office)
    statistics.sign_release(by=office.mario, release_id=row.id)
    raw = kept.raw_content(row.id)
    (part,) = content.packed(raw)
    publishing.publish_part(office.mario, raw, 0, part)  # killed here: no header
    assert not statistics.published_releases()
    for _again in range(3):
        tasks.release_task(str(row.id), TaskKind.PUBLISH)
    held = gazette.current(kind=PART, owner="ar")
    assert [each.said.version for each in held] == [1]
    (header,) = gazette.history(owner="ar", kind=RELEASE, key=str(row.id))
    assert header.said.version == 1
    (task,) = ReleaseTask.objects.all()
    assert (task.done, task.tries, task.problem) == (task.steps, 1, "")


def test_what_can_no_longer_be_published_stands_as_accepted_and_says_why(office: Office) -> None:
    row = an_accepted(office)
    statistics.sign_release(by=office.mario, release_id=row.id)
    mario = members.user(office.mario.id)
    mario.role = members.Role.CONSULAR_OFFICER
    mario.save()
    with pytest.raises(NotAllowed):
        publishing.publish_signed(release_id=row.id)
    mario.role = members.Role.STATISTICIAN
    mario.save()
    row.refresh_from_db()
    assert row.state == ReleaseState.ACCEPTED
    assert "It was not published: Your role does not allow this." in page(office, row)
    statistics.publish_release(by=office.mario, release_id=row.id)  # signed again
    assert statistics.published_releases()


def test_a_publication_that_is_killed_again_and_again_ends_in_words(office: Office) -> None:
    row = an_accepted(office)
    statistics.sign_release(by=office.mario, release_id=row.id)
    ReleaseTask.objects.update(tries=publishing.MOST_TRIES)
    with pytest.raises(PublishingBroken):
        publishing.publish_signed(release_id=row.id)
    tasks.release_task(str(row.id), TaskKind.PUBLISH)  # nothing waits any more
    row.refresh_from_db()
    assert row.state == ReleaseState.ACCEPTED
    assert "broken off several times" in page(office, row)


def _stopped_when_it_was_sent(office: Office, row: Release) -> None:
    statistics.sign_release(by=office.mario, release_id=row.id)
    raw = kept.raw_content(row.id)
    (part,) = content.packed(raw)
    publishing.publish_part(office.mario, raw, 0, part)
    ReleaseTask.objects.filter(ended_at=None).update(tries=publishing.MOST_TRIES)
    with pytest.raises(PublishingBroken):
        publishing.publish_signed(release_id=row.id)
    assert not statistics.published_releases()


def test_what_was_sent_before_its_publication_was_stopped_counts_as_seen(office: Office) -> None:
    row = an_accepted(office)
    assert not kept.released(row.population)
    _stopped_when_it_was_sent(office, row)
    age = Declared(tables=(("age",),), years=(2022, 2023))
    other = proposed(office.eva, age)
    assert other.seen == [str(row.id)]
    assert "sent to the other nodes, not published" in page(office, other)
    statistics.discard_release(by=office.eva, release_id=row.id)
    assert kept.opened(row.id).joint is not None  # what comes later is checked beside it
    assert [each.id for each in kept.released(row.population)] == [row.id]
    with pytest.raises(OtherMode):
        proposed(office.eva, Declared(method=Method.ROUNDING, tables=(("age",),)))
    accepted(office.mario, other)
    other = statistics.publish_release(by=office.mario, release_id=other.id)
    assert other.state == ReleaseState.PUBLISHED
    assert statistics.rebuild_release(by=office.mario, release_id=other.id).same


def test_what_an_earlier_program_sent_and_forgot_is_named_and_refuses(office: Office) -> None:
    row = an_accepted(office)
    _stopped_when_it_was_sent(office, row)
    statistics.discard_release(by=office.eva, release_id=row.id)
    held = ReleaseInput.objects.get(release=row)
    held.seal(vault.node_sealer(), counts=None, kept=None)  # it forgot what was dropped
    held.save()

    other = proposed(office.eva, Declared(tables=(("age",),), years=(2022, 2023)))

    assert other.state == ReleaseState.REFUSED
    assert other.seen == [str(row.id)]
    verdict = kept.verdict_of(other.id)
    assert verdict is not None
    (refusal,) = verdict["reasons"]
    assert refusal["code"] == "earlier_forgotten"
    assert str(row.id)[:8] in refusal["where"]
    assert f"{str(row.id)[:8]}, of the same persons, was sent" in page(office, other)


def test_what_was_sent_bars_what_was_checked_before_and_not_itself(office: Office) -> None:
    row = an_accepted(office)
    other = an_accepted(office, Declared(tables=(("age",),), years=(2022, 2023)))
    _stopped_when_it_was_sent(office, row)
    with pytest.raises(PublishedMeanwhile):
        statistics.publish_release(by=office.mario, release_id=other.id)
    row = statistics.publish_release(by=office.mario, release_id=row.id)
    assert row.state == ReleaseState.PUBLISHED


def test_a_publication_that_was_stopped_before_anything_was_sent_was_not_seen(
    office: Office,
) -> None:
    row = an_accepted(office)
    statistics.sign_release(by=office.mario, release_id=row.id)
    ReleaseTask.objects.update(tries=publishing.MOST_TRIES)
    with pytest.raises(PublishingBroken):
        publishing.publish_signed(release_id=row.id)
    assert not kept.released(row.population)
    statistics.discard_release(by=office.eva, release_id=row.id)
    assert kept.opened(row.id).joint is None


def test_two_of_the_same_persons_are_not_under_way_together(office: Office) -> None:
    one = an_accepted(office)
    other = an_accepted(office, Declared(tables=(("age",),), years=(2022, 2023)))
    statistics.sign_release(by=office.mario, release_id=one.id)
    with pytest.raises(PublishedMeanwhile):
        statistics.sign_release(by=office.mario, release_id=other.id)
    with pytest.raises(OwnProposal):
        statistics.sign_release(by=office.eva, release_id=other.id)
    other.refresh_from_db()
    assert other.state == ReleaseState.ACCEPTED


@pytest.mark.parametrize(
    ("second", "act"),
    [("linea145_victims", "sign"), ("linea145_victims", "publish"), ("cases", "publish")],
)
@pytest.mark.django_db(transaction=True)
def test_two_of_the_same_persons_never_come_out_at_the_same_moment(second: str, act: str) -> None:
    """Two connections, as two workers or two browsers: whoever comes second is told so. Two tables
    of the same cases are the same persons as well."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    office = an_office()
    rows = _two_accepted(office, of_cases=second == "cases")
    start, outcomes = threading.Barrier(len(rows)), []
    does = {"sign": statistics.sign_release, "publish": statistics.publish_release}[act]

    def go(row: Release) -> None:
        start.wait()
        try:
            does(by=office.mario, release_id=row.id)
            outcomes.append("done")
        except PublishedMeanwhile as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[row]) for row in rows]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    peer.stop()
    assert sorted(outcomes) == ["done", "published_meanwhile"]
    reached = ReleaseState.PUBLISHING if act == "sign" else ReleaseState.PUBLISHED
    states = sorted(Release.objects.values_list("state", flat=True))
    assert states == sorted([ReleaseState.ACCEPTED, reached])


def _two_accepted(office: Office, *, of_cases: bool) -> list[Release]:
    if not of_cases:
        tallied()
        return [an_accepted(office), an_accepted(office, replace(SEX, tables=(("age",),)))]
    of = "trafficking"
    persons = Counter(
        {(of, "female", "adult", "yes", "host"): 55, (of, "male", "adult", "yes", "host"): 28}
    )
    origins = Counter(
        {
            (of, "BO", "female", "host"): 30,
            (of, "PE", "female", "host"): 25,
            (of, "BO", "male", "host"): 28,
        }
    )
    told_of = {"persons": {2023: persons}, "origins": {2023: origins}}
    tallies.keep(HOLDER, tallies.CASES, told_of, clock.now())
    found = []
    for code in ("trafficking_cases", "trafficking_cases_origins"):
        told = Declared(tables=(("sex",),), years=(2023, 2023))
        row = statistics.propose_release(
            by=office.eva, source="cases", population=code, declared=told
        )
        row = checked(row.id)
        assert row.state == ReleaseState.CHECKED, kept.verdict_of(row.id)
        found.append(accepted(office.mario, row))
    return found


def test_making_again_is_asked_for_once_and_its_result_stands_on_the_page(office: Office) -> None:
    row = an_accepted(office)
    press(office, row, "rebuild")
    press(office, row, "rebuild")
    assert "Making it again from its inputs" in page(office, row)
    assert checking.unfinished() == [(row.id, "rebuild")]
    ReleaseTask.objects.update(tries=1)  # killed once
    for _again in range(2):
        tasks.release_task(str(row.id), TaskKind.REBUILD)
    (task,) = ReleaseTask.objects.all()
    assert (task.sha256, task.differs, task.tries) == (row.sha256, -1, 2)
    assert "the same, byte by byte" in page(office, row)
    other = proposed(office.eva, SEX)
    statistics.discard_release(by=office.eva, release_id=other.id)
    with pytest.raises(CountsGone):
        statistics.ask_to_rebuild(by=office.mario, release_id=other.id)
    with pytest.raises(NotAllowed):
        statistics.ask_to_rebuild(by=office.fede, release_id=row.id)


def test_the_database_keeps_one_task_of_a_kind(office: Office) -> None:
    row = an_accepted(office)
    statistics.ask_to_rebuild(by=office.mario, release_id=row.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleaseTask.objects.create(
            release=row, kind=TaskKind.REBUILD, asked_by=office.eva.id, asked_at=clock.now(),
            steps=2,
        )  # fmt: skip


def test_what_would_be_too_large_is_told_before_anything_is_charged(
    office: Office, tmp_path: Path
) -> None:
    pytest.importorskip("opendp", reason="noise needs the extra observatory")
    file = a_register(tmp_path, 20)
    huge = Declared(method=Method.MODEL, bound=5_000_000, epsilon=0.5)
    with translation.override("en"), pytest.raises(statistics.ProposalRefused, match="can travel"):
        statistics.propose_release(
            by=office.eva, source="records", population=REGISTER, file=file, declared=huge
        )
    assert not Release.objects.exists()
    row = statistics.propose_release(
        by=office.eva, source="records", population=REGISTER, file=file,
        declared=Declared(method=Method.MODEL, bound=300, epsilon=0.5),
    )  # fmt: skip
    row = _as_if_more_could_travel(row, bound=5_000_000)
    row = statistics.check_release(by=office.eva, release_id=row.id)
    assert row.state == ReleaseState.REFUSED
    assert not LedgerLine.objects.exists()
    verdict = statistics.open_release(by=office.eva, release_id=row.id).verdict
    assert verdict is not None
    assert "content_too_large" in {each["code"] for each in verdict["reasons"]}


def _as_if_more_could_travel(row: Release, **told: int) -> Release:
    """The same proposal, of a time when nothing was too large."""
    here = kept.opened(row.id)
    assert here.joint is not None
    fields = {each.attname: getattr(row, each.attname) for each in Release._meta.fields}
    declared = {**row.declared, **told}
    other = Release.objects.create(**{**fields, "id": new_id(), "declared": declared})
    kept.seal_inputs(other, here.joint, here.secret)
    return other


VALUES = st.lists(st.text(st.characters(codec="utf-8"), max_size=6), min_size=1, max_size=5,
                  unique=True)  # fmt: skip


@given(st.lists(VALUES, min_size=1, max_size=3), st.integers(3, 400), st.randoms())
def test_no_content_is_larger_than_was_said_beforehand(
    lists: list[list[str]], records: int, chance: object
) -> None:
    columns = [Column(f"c{place}", tuple(each), None) for place, each in enumerate(lists)]
    tables = [tuple(each.name for each in columns[: place + 1]) for place in range(len(columns))]
    choice = chance.choice  # type: ignore[attr-defined]
    rows = [tuple(choice(each.values) for each in columns) for _record in range(records)]
    made = Content(
        "differential_privacy", "tables_and_records", {}, {},
        tuple(
            Shown("_".join(table), table, {}, tuple(
                Line(tuple(codes), 12345678, 12345, 123456789)
                for codes in _crossed([columns[place] for place in range(len(table))])
            ))
            for table in tables
        ),
        (tuple(each.name for each in columns), *rows),
    )  # fmt: skip
    raw = made.to_bytes()
    most = sizing.largest(columns, tables, records)
    assert len(raw) <= most.size
    assert len(content.packed(raw)) <= most.parts


def _crossed(columns: list[Column]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for each in columns:
        found = [[*before, value] for before in found for value in each.values]
    return found
