"""A release is proposed, checked by the machine, reviewed by another person, published, rebuilt."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from ayni.gazette import api as gazette
from ayni.lib.errors import NotAllowed, Stale
from ayni.statistics import api as statistics
from ayni.statistics import release_words as words
from ayni.statistics.api import Declared, Method, Release, ReleaseState
from ayni.statistics.disclosure.findings import Check, Finding, Weight
from ayni.statistics.releasing import kept
from ayni.statistics.releasing.errors import (
    CannotCorrect,
    ChangedSinceReview,
    CountsGone,
    NothingToRelease,
    NotYourStep,
    OtherMode,
    OwnProposal,
    ProposalRefused,
    PublishedMeanwhile,
    ReasonsNeeded,
    UnknownPopulation,
    UnknownRelease,
)
from ayni.statistics.releasing.kinds import RELEASE, header
from ayni.statistics.releasing.tables import ReleaseInput, ReleaseResult
from ayni.vault import api as vault
from tests.agenda.stories import comes, found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    COUNTED,
    VICTIMS,
    WHY,
    Office,
    accepted,
    an_office,
    checked,
    proposed,
    published,
    tallied,
)

pytest.importorskip("scipy", reason="releases need the extra observatory")
SEX_AGE = Declared(tables=(("sex", "age"),), years=(2022, 2023))


@pytest.fixture
def bolivia(db: None) -> Any:
    """Bolivia's node, which hears what this one publishes."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    yield peer
    peer.stop()


@pytest.fixture
def office(bolivia: Peer) -> Office:
    """The office, with counts."""
    found = an_office()
    tallied()
    return found


def values(content: statistics.Content, table: str) -> dict[tuple[str | None, ...], int | None]:
    shown = next(each for each in content.tables if each.name == table)
    return {line.codes: line.value for line in shown.lines}


def test_from_proposal_to_publication(office: Office) -> None:
    row = statistics.propose_release(
        by=office.eva, source="linea145", population=VICTIMS, declared=SEX_AGE
    )
    assert row.state == ReleaseState.PROPOSED
    row = checked(row.id)
    assert (row.state, row.refusals) == (ReleaseState.CHECKED, 0)
    accepted(office.mario, row)
    assert not statistics.published_releases()
    row = statistics.publish_release(by=office.mario, release_id=row.id)
    (entry,) = statistics.published_releases()
    assert (entry.said.owner, entry.said.key) == ("ar", str(row.id))
    _entry, content = statistics.published_release(owner="ar", key=entry.said.key)
    shown = values(content, "sex_age_2022-2023")
    # 17 boys in two years; what is below ten is hidden, and unknown ages are truly none.
    assert shown["male", "child"] in (17, None)
    assert shown[None, None] == sum(sum(each.values()) for each in COUNTED.values())
    assert content.parameters["threshold"] == 10


def test_what_is_below_the_threshold_is_never_shown(office: Office) -> None:
    row = published(office, Declared(tables=(("sex", "age"),), years=(2022, 2022)))
    _entry, content = statistics.published_release(owner="ar", key=row.key)
    told = [line.value for table in content.tables for line in table.lines]
    assert None in told
    assert not [value for value in told if value is not None and 0 < value < 10]
    raw = json.dumps(content.to_bytes().decode())
    assert "secondary" not in raw  # why a cell is hidden stays here


def test_the_machine_refuses_what_an_earlier_release_gives_away(office: Office) -> None:
    published(office, Declared(tables=(("sex",),), years=(2022, 2023)))
    # A table that, taken from the one before, tells of few: three more women came in late.
    more = {**COUNTED, 2023: {**COUNTED[2023], ("female", "adult", "told"): 75}}
    tallied(more)
    row = proposed(office.eva, Declared(tables=(("sex",),), years=(2022, 2023)))
    found = statistics.open_release(by=office.mario, release_id=row.id)
    if row.state == ReleaseState.CHECKED:  # it may be hidden instead
        assert found.content is not None
        assert values(found.content, "sex_2022-2023")["female",] is None
    else:
        assert found.verdict is not None
        assert {each["check"] for each in found.verdict["reasons"]} >= {"editions"}


def test_nobody_reviews_or_publishes_her_own(office: Office) -> None:
    row = proposed(office.eva, SEX_AGE)
    with pytest.raises(OwnProposal):
        accepted(office.eva, row)
    accepted(office.mario, row)
    with pytest.raises(OwnProposal):
        statistics.publish_release(by=office.eva, release_id=row.id)
    assert not statistics.published_releases()


def test_a_review_needs_reasons_and_what_the_reviewer_saw(office: Office) -> None:
    row = proposed(office.eva, SEX_AGE)
    told = {"by": office.mario, "release_id": row.id, "decision": "accept"}
    with pytest.raises(ReasonsNeeded):
        statistics.review_release(**told, reasons="  ok ", sha256=row.sha256)
    with pytest.raises(Stale):
        statistics.review_release(**told, reasons=WHY, sha256="0" * 64)


def test_what_is_sent_back_is_not_published(office: Office) -> None:
    row = proposed(office.eva, SEX_AGE)
    statistics.review_release(
        by=office.mario, release_id=row.id, decision="send_back",
        reasons="The years are too few.", sha256=row.sha256,
    )  # fmt: skip
    with pytest.raises(NotYourStep):
        statistics.publish_release(by=office.mario, release_id=row.id)
    found = statistics.open_release(by=office.eva, release_id=row.id)
    (review,) = found.reviews
    assert (review.decision, review.reasons) == ("send_back", "The years are too few.")


def test_only_statisticians_see_and_do_any_of_it(office: Office) -> None:
    row = proposed(office.eva, SEX_AGE)
    for verb in (
        lambda: statistics.releases(by=office.fede),
        lambda: statistics.open_release(by=office.fede, release_id=row.id),
        lambda: statistics.rebuild_release(by=office.fede, release_id=row.id),
        lambda: statistics.balances(by=office.fede),
        lambda: statistics.choices(by=office.fede),
        lambda: accepted(office.fede, row),
        lambda: statistics.publish_release(by=office.fede, release_id=row.id),
        lambda: proposed(office.fede, SEX_AGE),
    ):
        with pytest.raises(NotAllowed):
            verb()


@pytest.mark.parametrize(
    "declared",
    [
        SEX_AGE,
        Declared(method=Method.ROUNDING, tables=(("sex", "age"),), years=(2022, 2023)),
        Declared(method=Method.CELL_KEY, tables=(("sex", "age"),), years=(2022, 2023)),
    ],
    ids=lambda declared: declared.method.value,
)
def test_a_release_is_rebuilt_byte_by_byte(office: Office, declared: Declared) -> None:
    row = proposed(office.eva, declared)
    assert row.state == ReleaseState.CHECKED, statistics.open_release(
        by=office.eva, release_id=row.id
    ).verdict
    tallied({2022: {("female", "adult", "told"): 500}})  # the source has moved on
    again = statistics.rebuild_release(by=office.mario, release_id=row.id)
    assert again.same
    assert again.now == row.sha256


def test_a_withdrawn_release_is_shown_nowhere_and_still_counts_beside_later_ones(
    office: Office,
) -> None:
    row = published(office, Declared(tables=(("sex",),), years=(2022, 2023)))
    statistics.withdraw_release(by=office.eva, release_id=row.id, reason="other")
    assert not statistics.published_releases()
    with pytest.raises(UnknownRelease):
        statistics.published_release(owner="ar", key=row.key)
    with pytest.raises(OtherMode):
        proposed(office.eva, Declared(method=Method.ROUNDING, years=(2022, 2023)))
    later = proposed(office.eva, SEX_AGE)
    assert later.seen == [str(row.id)]


def test_a_correction_comes_in_the_place_of_what_it_corrects(office: Office) -> None:
    first = published(office, Declared(tables=(("sex",),), years=(2022, 2023)))
    more = {**COUNTED, 2023: {**COUNTED[2023], ("female", "adult", "told"): 95}}
    tallied(more)
    second = published(
        office, Declared(tables=(("sex",),), years=(2022, 2023)), corrects=first.id,
        reason="late_records",
    )  # fmt: skip
    (entry,) = statistics.published_releases()
    assert (entry.said.version, entry.said.key) == (2, str(first.id))
    assert second.key == first.key
    first.refresh_from_db()
    assert first.state == ReleaseState.REPLACED
    with pytest.raises(CannotCorrect):
        proposed(office.eva, SEX_AGE, corrects=first.id, reason="other")


def test_two_that_were_checked_apart_are_not_published_together(office: Office) -> None:
    one = proposed(office.eva, Declared(tables=(("sex",),), years=(2022, 2023)))
    other = proposed(office.eva, Declared(tables=(("age",),), years=(2022, 2023)))
    for row in (one, other):
        accepted(office.mario, row)
    statistics.publish_release(by=office.mario, release_id=one.id)
    with pytest.raises(PublishedMeanwhile):
        statistics.publish_release(by=office.mario, release_id=other.id)


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (Declared(threshold=4), "never be below 5"),
        (Declared(tables=(("sex", "citizenship"),)), "no table of sex"),
        (Declared(years=(2023, 2022)), "first year"),
        (Declared(method=Method.MODEL), "file of records"),
        (Declared(method=Method.RECORDS), "file of records"),
        (Declared(known=("sex",)), "open records"),
    ],
    ids=["threshold", "table", "years", "model", "records", "mixed"],
)
def test_a_proposal_that_cannot_be_is_refused_in_words(
    office: Office, declared: Declared, says: str
) -> None:
    with translation.override("en"), pytest.raises(ProposalRefused, match=says):
        proposed(office.eva, declared)
    assert not statistics.releases(by=office.eva)


def test_nothing_is_proposed_of_nothing(office: Office) -> None:
    with pytest.raises(NothingToRelease):
        proposed(office.eva, Declared(years=(2001, 2002)))
    with pytest.raises(UnknownPopulation):
        statistics.propose_release(by=office.eva, source="linea145", population="nobody")


def test_a_release_travels_whole_and_is_signed(office: Office, bolivia: Peer) -> None:
    from ayni.exchange import draining

    row = published(office, SEX_AGE)
    draining.drain(peer="bo")
    kinds = {
        document["body"]["kind"]
        for payload in bolivia.read
        if "entries" in payload
        for document in payload["entries"]
    }
    assert {"statistics.release", "statistics.release_part"} <= kinds
    entry = gazette.one(owner="ar", kind="statistics.release", key=row.key)
    assert entry is not None
    assert entry.said.body["sha256"] == row.sha256


def test_an_entry_under_a_key_that_has_no_address_is_no_release(
    office: Office, bolivia: Peer, client: Client
) -> None:
    row = published(office)
    body = header(row, kept.raw_content(row.id))
    comes(bolivia, RELEASE, "x", body)
    assert [each.said.key for each in statistics.published_releases()] == [row.key]
    assert client.get("/statistics/published/es/").status_code == 200


def test_what_was_changed_after_the_review_is_not_published(office: Office) -> None:
    row = proposed(office.eva)
    accepted(office.mario, row)
    ReleaseResult.objects.all().delete()
    kept.keep_result(row, b'{"something": "else"}', {})
    with pytest.raises(ChangedSinceReview):
        statistics.publish_release(by=office.mario, release_id=row.id)
    assert not statistics.published_releases()


def test_the_true_counts_of_what_will_not_come_out_are_kept_no_longer(office: Office) -> None:
    discarded, sent_back = proposed(office.eva), proposed(office.eva)
    assert kept.opened(discarded.id).joint is not None
    statistics.discard_release(by=office.eva, release_id=discarded.id)
    statistics.review_release(
        by=office.mario, release_id=sent_back.id, decision="send_back", reasons=WHY,
        sha256=sent_back.sha256,
    )  # fmt: skip
    assert kept.opened(discarded.id).joint is kept.opened(sent_back.id).joint is None
    with pytest.raises(CountsGone):
        statistics.rebuild_release(by=office.mario, release_id=sent_back.id)


@pytest.mark.parametrize("method", [Method.ROUNDING, Method.CELL_KEY])
@pytest.mark.parametrize("ends", ["sent_back", "discarded"])
def test_neither_what_was_rounded_nor_what_a_finding_counts_is_kept_of_what_will_not_come_out(
    office: Office, method: Method, ends: str
) -> None:
    declared = Declared(method=method, tables=(("sex",),), years=(2022, 2023))
    row = proposed(office.eva, declared)
    assert row.state == ReleaseState.CHECKED
    before = _sealed(row)
    assert (before["kept"] is not None) == (method is Method.ROUNDING)
    # As the machine has told of an edition that was counted again.
    finding = Finding(
        "edition_differs", Check.EDITIONS, "sex=male, year=2022-2023",
        {"edition": "2026-11-01", "shown": 140, "count": 141}, Weight.TELLS,
    )  # fmt: skip
    raw, verdict = kept.raw_content(row.id), kept.verdict_of(row.id)
    assert verdict is not None
    ReleaseResult.objects.all().delete()
    kept.keep_result(row, raw, {**verdict, "told": [*verdict["told"], finding.description()]})
    if ends == "discarded":
        statistics.discard_release(by=office.eva, release_id=row.id)
    else:
        statistics.review_release(
            by=office.mario, release_id=row.id, decision="send_back", reasons=WHY,
            sha256=row.sha256,
        )  # fmt: skip
    assert (_sealed(row)["counts"], _sealed(row)["kept"]) == (None, None)
    found = statistics.open_release(by=office.mario, release_id=row.id)
    assert "141" not in json.dumps(found.verdict)
    (differs,) = [each for each in words.findings(found) if each.code == "edition_differs"]
    assert differs.figures["edition"] == "2026-11-01"
    with translation.override("en"):
        assert "2026-11-01" in words.said(differs)
    assert found.raw == raw  # what the reviewer had before her


def test_a_refusal_keeps_the_figures_that_its_proposer_has_to_mend(office: Office) -> None:
    published(office, Declared(tables=(("sex",),), years=(2022, 2023)))
    row = proposed(office.eva)
    ReleaseResult.objects.filter(release=row).delete()
    finding = Finding("beyond_base", Check.MARGINS, "sex=male", {"count": 141})
    kept.keep_result(row, None, {"reasons": [finding.description()], "told": []})
    row.state = ReleaseState.REFUSED
    kept.forget_counts(row)
    verdict = kept.verdict_of(row.id)
    assert verdict is not None
    assert verdict["reasons"][0]["figures"] == {"count": 141}
    assert kept.opened(row.id).joint is None


def _sealed(row: Release) -> dict[str, Any]:
    return ReleaseInput.objects.get(release=row).unseal(vault.node_sealer(), ["counts", "kept"])
