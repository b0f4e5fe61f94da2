"""What is published is withdrawn or corrected with a reason, which everybody is told."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from ayni.gazette import api as gazette
from ayni.lib.errors import NotAllowed
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Release, ReleaseState, WhyCorrected, WhyWithdrawn
from ayni.statistics.releasing import reasons
from ayni.statistics.releasing.errors import CannotCorrect, WhyNeeded
from ayni.statistics.releasing.kinds import RELEASE, RELEASES
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    Office,
    accepted,
    an_office,
    browser,
    checked,
    proposed,
    published,
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


def page(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_a_withdrawal_is_asked_about_and_its_reason_is_told_on_every_node(office: Office) -> None:
    row = published(office, SEX)
    address = f"/statistics/releases/{row.id}/withdraw"
    client = browser(office.mario)
    assert client.post(f"/statistics/releases/{row.id}/act", {"act": "withdraw"}).status_code == 404
    asked = client.get(address)
    assert "This cannot be undone" in page(asked)
    assert statistics.published_releases()  # looking at it does nothing
    without = client.post(address, {})
    assert without.status_code == 422
    assert "Choose why they are withdrawn" in page(without)
    assert statistics.published_releases()
    assert client.post(address, {"reason": "ordered"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.withdrawn_for, str(row.withdrawn_by)) == (
        "withdrawn", "ordered", office.mario.id,
    )  # fmt: skip
    assert not statistics.published_releases()
    last, why, first = gazette.history(owner="ar", kind=RELEASE, key=row.key)
    assert (last.said.withdrawn, why.said.body["withdrawn"]) == (True, "ordered")
    with translation.override("es"):
        assert "Lo ordenó un tribunal" in RELEASES.in_words(why.said)
    assert "withdrawn" not in first.said.body
    told = page(client.get(f"/statistics/releases/{row.id}"))
    assert "A court or another authority has ordered it" in told


def test_nothing_is_withdrawn_without_a_reason_of_the_list(office: Office) -> None:
    row = published(office, SEX)
    for reason in ("", "because", "late_records"):
        with pytest.raises(WhyNeeded):
            statistics.withdraw_release(by=office.mario, release_id=row.id, reason=reason)
    with pytest.raises(NotAllowed):
        statistics.withdraw_release(by=office.fede, release_id=row.id, reason="other")
    assert statistics.published_releases()
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(id=row.id).update(state=ReleaseState.WITHDRAWN)


def test_while_only_the_reason_has_come_the_figures_are_not_shown(office: Office) -> None:
    """Another node may hear the reason before the withdrawal itself."""
    row = published(office, SEX)
    entry = gazette.one(owner="ar", kind=RELEASE, key=row.key)
    assert entry is not None
    body = {**entry.said.body, "withdrawn": "other"}
    gazette.publish(by=office.mario, kind=RELEASE, key=row.key, seen=1, body=body)
    assert not statistics.published_releases()


@pytest.mark.parametrize(
    ("told", "more"),
    [("corrects", {}), ("corrects", {"reason": "ordered"}), ("nothing", {"reason": "other"})],
)
def test_a_correction_says_why_and_nothing_else_does(
    office: Office, told: str, more: dict[str, str]
) -> None:
    first = published(office, SEX)
    with pytest.raises(CannotCorrect):
        proposed(office.eva, SEX, corrects=first.id if told == "corrects" else None, **more)
    assert statistics.releases(by=office.eva) == [first]


def test_a_correction_from_its_page_to_the_public_header(office: Office) -> None:
    first = published(office, SEX)
    client = browser(office.eva)
    start = client.get(f"/statistics/releases/{first.id}/correct")
    assert "Smallest number that may be shown" in page(start)  # which release it is
    wrong = client.get(f"/statistics/releases/{first.id}/correct?go=1")
    assert "Choose why they are corrected" in page(wrong)
    to_tables = client.get(f"/statistics/releases/{first.id}/correct?go=1&why=declared_wrongly")
    tables = client.get(to_tables.url)
    assert "declared wrongly" in page(tables)
    assert 'value="sex"' in page(tables)
    to_how = client.get(f"{to_tables.url}&table=age&first=2022&last=2023&go=1")
    assert "It corrects:" in page(client.get(to_how.url))
    told = {"method": "suppression", "threshold": "12", "zeros": "shown", "full": "shown"}
    done = client.post(to_how.url, told)
    assert done.status_code == 302
    (second,) = Release.objects.filter(corrects=first)
    assert (second.declared["zeros"], second.declared["full"]) == ("shown", "shown")
    assert second.declared["base"] == 5  # what was left as it is is as usual
    assert second.reason == "declared_wrongly"
    second = checked(second.id)
    told = " ".join(page(browser(office.mario).get(f"/statistics/releases/{second.id}")).split())
    assert "What is declared otherwise" in told
    for wanted in ("Age group", ">12</td>", str(first.id)):
        assert wanted in told, wanted
    accepted(office.mario, second)
    statistics.publish_release(by=office.mario, release_id=second.id)
    (entry,) = statistics.published_releases()
    assert (entry.said.body["corrects"], entry.said.body["reason"]) == (True, "declared_wrongly")
    with translation.override("en"):
        assert "Tables, years or method were declared wrongly" in RELEASES.in_words(entry.said)


def test_a_correction_never_becomes_a_release_of_its_own(office: Office) -> None:
    first = published(office, SEX)
    client = browser(office.eva)
    to_tables = client.get(f"/statistics/releases/{first.id}/correct?go=1&why=late_records").url
    to_how = client.get(f"{to_tables}&table=sex&first=2022&last=2023&go=1").url
    back = client.get(to_how.replace("table=sex", "table=none"))
    assert f"corrects={first.id}" in back.url, "it is still the same correction"
    statistics.withdraw_release(by=office.mario, release_id=first.id, reason="other")
    told = {"method": "suppression", "threshold": "12", "zeros": "shown", "full": "shown"}
    answers = [client.get(to_tables), client.get(to_how), client.post(to_how, told)]
    answers += [client.get(to_how.replace(str(first.id), each)) for each in ("", "x")]
    for answer in answers:
        assert answer.status_code == 409, answer.status_code
        assert "A correction names a published release" in page(answer)
    assert list(Release.objects.all()) == [first]


@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_every_reason_has_words(language: str) -> None:
    with translation.override(language):
        said = [reasons.why_corrected(each) for each in WhyCorrected]
        said += [reasons.why_withdrawn(each) for each in WhyWithdrawn]
    assert all(said)
    assert len(set(said)) == len(said) - 3  # three reasons are the same for both
    assert reasons.why_withdrawn("unheard") == reasons.said_of({}) == ""
