"""Releases under differential privacy: charged once before the noise, never over the budget."""

from __future__ import annotations

import json
import resource
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import translation

from ayni.lib import clock
from ayni.statistics import api as statistics
from ayni.statistics import disclosure_words, release_words
from ayni.statistics.api import Declared, Method, Release, ReleaseState
from ayni.statistics.disclosure import records
from ayni.statistics.pages import release_tables
from ayni.statistics.releasing import budget, counting, kept
from ayni.statistics.releasing.errors import NothingToRelease, NotYourStep
from ayni.statistics.releasing.tables import LedgerLine
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    MACHINE,
    REGISTER,
    Office,
    a_register,
    accepted,
    an_office,
    browser,
    checked,
)

pytest.importorskip("opendp", reason="releases need the extra observatory")
PRIVATE = Declared(method=Method.MODEL, epsilon=0.5, bound=300, years=(2020, 2021))


@pytest.fixture
def office(transactional_db: None) -> Any:
    """The office of a node in a directory. No transaction stays open while a model is fitted, as
    the job of a worker holds none: the database ends one in which nothing is said for a minute."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    yield an_office()
    peer.stop()


def propose(office: Office, file: Path, declared: Declared = PRIVATE, **more: Any) -> Release:
    return statistics.propose_release(
        by=office.eva, source="records", population=REGISTER, file=file, declared=declared, **more
    )


def reasons(office: Office, row: Release) -> list[str]:
    found = statistics.open_release(by=office.eva, release_id=row.id)
    assert found.verdict is not None
    return [each["code"] for each in found.verdict["reasons"] if each["code"] != "not_checked"]


def test_tables_and_open_records_agree_and_are_rebuilt_without_a_record(
    office: Office, tmp_path: Path
) -> None:
    row = checked(propose(office, a_register(tmp_path, 200)).id)
    assert row.state == ReleaseState.CHECKED
    accepted(office.mario, row)
    row = statistics.publish_release(by=office.mario, release_id=row.id)
    _entry, content = statistics.published_release(owner="ar", key=row.key)
    names, *rows = content.records
    for table in content.tables[:8]:
        for line in table.lines:
            places = [names.index(name) for name in table.by]
            here = sum(
                all(r[p] == c for p, c in zip(places, line.codes, strict=True)) for r in rows
            )
            assert here == line.value
            assert line.low is not None
            assert line.high is not None
            assert line.low <= here <= line.high
    # k, l and t of the open records are of these alone, and stay the same when it is made again.
    told = content.parameters
    assert names == (*told["known"], *told["sensitive"])
    measured = records.audit(rows, told["known"], told["sensitive"])
    assert told["measured"] == measured.told()
    with translation.override("en"):
        said = " ".join(release_tables.method_words(content, Method.MODEL))
    assert f"in what others may know (k): {measured.k}." in said
    # The true counts are gone once the noise is drawn; what was kept is enough.
    assert kept.opened(row.id).joint is None
    assert statistics.rebuild_release(by=office.eva, release_id=row.id).same


def test_years_without_a_record_are_answered_with_noise_and_not_refused(
    office: Office, tmp_path: Path
) -> None:
    """Whether a year has records is what the noise hides: a refusal would tell."""
    file = a_register(tmp_path, 60)  # of 2020 and 2021
    nobody = replace(PRIVATE, years=(2023, 2023))
    row = checked(propose(office, file, nobody).id)
    assert row.state == ReleaseState.CHECKED
    found = statistics.open_release(by=office.eva, release_id=row.id)
    assert found.content is not None
    assert found.content.parameters["years"] == [2023]
    assert [each.cohort for each in statistics.balances(by=office.eva)] == [2023]
    with pytest.raises(NothingToRelease):
        propose(office, file, Declared(tables=(("gender",),), years=(2023, 2023)))


def test_a_year_that_has_not_begun_is_never_paid_for(office: Office, tmp_path: Path) -> None:
    file, now = a_register(tmp_path, 20), clock.now().year
    with translation.override("en"):
        with pytest.raises(statistics.ProposalRefused, match=f"between 2017 and {now}"):
            propose(office, file, replace(PRIVATE, years=(2021, now + 1)))
    row = propose(office, file, replace(PRIVATE, years=None))
    assert list(row.declared["years"]) == [2017, now - 1]  # the years that are over


def test_a_killed_check_is_done_again_and_charges_once(office: Office, tmp_path: Path) -> None:
    row = propose(office, a_register(tmp_path, 120))
    rho = Decimal("0.01")
    budget.charge(by=MACHINE, release=row, cohorts=[2020, 2021], rho=rho, now=clock.now())
    # Killed here: charged, and no noise drawn. Then again with the noise, and no model.
    budget.charge(by=MACHINE, release=row, cohorts=[2020, 2021], rho=rho, now=clock.now())
    with transaction.atomic():
        kept.keep_noise(row, _noise(row))
    before = kept.opened(row.id).noisy
    with transaction.atomic():  # a second check that ran beside it has drawn as well
        kept.keep_noise(row, "another draw")
    assert kept.opened(row.id).noisy == before
    done = checked(row.id)
    assert done.state == ReleaseState.CHECKED
    assert kept.opened(row.id).noisy == before  # not drawn a second time
    assert [line.spent for line in LedgerLine.objects.filter(release=row)] == [rho, rho]
    assert checked(row.id).checked_at == done.checked_at


def _noise(row: Release) -> str:
    from ayni.statistics.releasing import private

    joint, domain = kept.opened(row.id).joint, kept.population_of(row).domain
    assert joint is not None
    assert domain is not None
    return private.noisy(domain, kept.declared(row), joint)


def test_a_check_that_is_broken_off_again_and_again_is_refused_in_words(
    office: Office, tmp_path: Path
) -> None:
    row = propose(office, a_register(tmp_path, 20))
    Release.objects.filter(id=row.id).update(tries=5)
    assert checked(row.id).state == ReleaseState.REFUSED
    assert reasons(office, row) == ["check_broken"]


def test_over_the_budget_is_refused_and_charges_nothing(office: Office, tmp_path: Path) -> None:
    dear = Declared(method=Method.MODEL, epsilon=3, bound=300)
    row = checked(propose(office, a_register(tmp_path, 20), dear).id)
    assert row.state == ReleaseState.REFUSED
    assert reasons(office, row) == ["release_too_dear"]
    assert not statistics.balances(by=office.eva)


def test_a_year_that_is_used_up_is_refused_in_words_until_a_release_fits_in_what_is_left(
    office: Office, tmp_path: Path
) -> None:
    """Proposed, checked, reviewed and published until the year has nothing left for the next."""
    file = a_register(tmp_path, 60)
    of_2020 = Declared(method=Method.MODEL, epsilon=1, bound=300, years=(2020, 2020))
    known: dict[str, Any] = {}
    for _edition in range(3):
        row = checked(propose(office, file, of_2020, **known).id)
        assert row.state == ReleaseState.CHECKED, reasons(office, row)
        accepted(office.mario, row)
        row = statistics.publish_release(by=office.mario, release_id=row.id)
        assert row.state == ReleaseState.PUBLISHED
        known = {"corrects": row.id, "reason": "late_records"}
    (before,) = statistics.balances(by=office.eva)
    assert (before.cohort, len(before.charges)) == (2020, 3)
    (cost,) = {rho for _release, _kind, rho in before.charges}
    assert 0 < before.left < cost

    fourth = checked(propose(office, file, of_2020, **known).id)

    assert fourth.state == ReleaseState.REFUSED
    assert reasons(office, fourth) == ["over_budget"]
    assert statistics.balances(by=office.eva) == [before], "what is refused costs nothing"
    assert kept.opened(fourth.id).noisy == "", "and no noise was drawn"
    with pytest.raises(NotYourStep):
        accepted(office.mario, fourth)
    found = statistics.open_release(by=office.mario, release_id=fourth.id)
    with translation.override("en"):
        said = " ".join(map(release_words.said, release_words.findings(found)))
    assert f"costs {cost.normalize()} rho and {before.left.normalize()} is left" in said
    assert "registered in 2020" in said
    page = browser(office.mario).get(f"/statistics/releases/{fourth.id}").content.decode()
    assert "is left for the persons registered in 2020" in page

    smaller = replace(of_2020, epsilon=0.5)
    last = checked(propose(office, file, smaller, **known).id)
    accepted(office.mario, last)
    last = statistics.publish_release(by=office.mario, release_id=last.id)
    assert last.version == 4
    (after,) = statistics.balances(by=office.eva)
    assert before.left > after.left >= 0
    assert after.spent + after.left == Decimal("0.18")


def test_the_same_years_are_charged_once_unless_corrected(office: Office, tmp_path: Path) -> None:
    file = a_register(tmp_path, 60)
    first = checked(propose(office, file).id)
    second = checked(propose(office, file).id)
    assert second.state == ReleaseState.REFUSED
    assert reasons(office, second) == ["released_already"]
    accepted(office.mario, first)
    first = statistics.publish_release(by=office.mario, release_id=first.id)
    third = checked(propose(office, file, corrects=first.id, reason="late_records").id)
    assert third.state == ReleaseState.CHECKED
    spent = {each.cohort: len(each.charges) for each in statistics.balances(by=office.eva)}
    assert spent == {2020: 2, 2021: 2}  # the years that were declared, whoever is in the file
    # Each costs the same; the fourth would be over what a record may pay over all time.
    rho = LedgerLine.objects.filter(release=first)[0].rho
    assert rho * 2 == statistics.balances(by=office.eva)[0].spent


def test_withdrawing_gives_nothing_back(office: Office, tmp_path: Path) -> None:
    row = checked(propose(office, a_register(tmp_path, 40)).id)
    accepted(office.mario, row)
    row = statistics.publish_release(by=office.mario, release_id=row.id)
    before = statistics.balances(by=office.eva)
    statistics.withdraw_release(by=office.mario, release_id=row.id, reason="other")
    assert statistics.balances(by=office.eva) == before


def test_the_database_keeps_the_ledger(office: Office, tmp_path: Path) -> None:
    row = propose(office, a_register(tmp_path, 20))
    rho = Decimal("0.05")
    budget.charge(by=MACHINE, release=row, cohorts=[2020], rho=rho, now=clock.now())
    (line,) = LedgerLine.objects.all()
    for wrong in (lambda: line.delete(), lambda: LedgerLine.objects.update(rho=0)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            wrong()
    other = propose(office, a_register(tmp_path, 22))
    for spent, place, kind in (
        (Decimal("0.1"), 1, "revision"),  # the place is taken: two at once
        (Decimal("0.19"), 2, "revision"),  # more than a record may cost
        (Decimal("0.1"), 2, "first"),  # a record is told about for the first time once
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerLine.objects.create(
                release=other, population=REGISTER, cohort=2020, place=place, kind=kind, rho=rho,
                spent=spent, most=Decimal("0.18"), entered_at=clock.now(),
            )  # fmt: skip


def test_what_was_proposed_is_not_changed(office: Office, tmp_path: Path) -> None:
    row = propose(office, a_register(tmp_path, 20))
    with pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
        Release.objects.filter(id=row.id).update(declared={})


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_overspend(tmp_path: Path) -> None:
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    office = an_office()
    file = a_register(tmp_path, 20)
    rows = [propose(office, file), propose(office, file)]
    start, outcomes = threading.Barrier(2), []

    def charge(row: Release) -> None:
        start.wait()
        try:
            budget.charge(
                by=MACHINE, release=row, cohorts=[2020], rho=Decimal("0.05"), now=clock.now()
            )
            outcomes.append("charged")
        except Exception as refused:  # noqa: BLE001 - which one is looked at below
            outcomes.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=charge, args=[row]) for row in rows]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    peer.stop()
    assert sorted(outcomes) == ["AlreadyReleased", "charged"]
    assert LedgerLine.objects.count() == 1


def test_a_file_with_more_records_than_a_release_can_hold_is_refused(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_RECORDS", 49)
    with translation.override("en"):
        with pytest.raises(statistics.ProposalRefused, match="more than 49 records"):
            propose(office, a_register(tmp_path, 50))
        propose(office, a_register(tmp_path, 49))


def test_a_file_that_is_too_large_is_refused_before_any_of_it_is_read(
    office: Office, tmp_path: Path
) -> None:
    """Of three gigabytes, none of which is on the disk: reading them would take seconds."""
    file = a_register(tmp_path, 50)
    with file.open("ab") as opened:
        opened.truncate(3_000_000_000)
    with translation.override("en"):
        started = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        with pytest.raises(statistics.ProposalRefused, match="larger than 2000000000 bytes"):
            propose(office, file)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - started < 1


def test_a_file_that_is_none_is_refused_with_its_line(office: Office, tmp_path: Path) -> None:
    file = a_register(tmp_path, 20)
    lines = file.read_text("utf-8").splitlines()
    lines[7] += ",more"
    file.write_text("\n".join(lines), "utf-8")
    with translation.override("en"):
        with pytest.raises(statistics.ProposalRefused, match="Line 8"):
            propose(office, file)
    assert not Release.objects.exists()


def test_open_records_of_the_classical_mode_report_k_l_and_t(
    office: Office, tmp_path: Path
) -> None:
    rules = Declared(method=Method.RECORDS, known=("gender",), sensitive=("isForcedLabour",))
    row = checked(propose(office, a_register(tmp_path, 400), rules).id)
    found = statistics.open_release(by=office.mario, release_id=row.id)
    assert row.state == ReleaseState.CHECKED, found.verdict
    assert found.content is not None
    assert set(found.content.parameters["measured"]) == {"k", "l", "t"}
    assert found.content.records[0] == ("gender", "isForcedLabour")
    narrow = Declared(
        method=Method.RECORDS, known=("gender", "citizenship", "ageBroad", "typeOfLabour"),
        sensitive=("isForcedLabour",),
    )  # fmt: skip
    other = checked(propose(office, a_register(tmp_path, 200), narrow).id)
    assert other.state == ReleaseState.REFUSED
    assert "k_too_low" in reasons(office, other)
    assert json.dumps(found.verdict)


def test_years_of_a_release_that_never_came_out_are_paid_again_and_not_lost(
    office: Office, tmp_path: Path
) -> None:
    file = a_register(tmp_path, 60)
    first = checked(propose(office, file).id)
    refused = checked(propose(office, file).id)
    assert reasons(office, refused) == ["released_already"], "the first may still come out"
    statistics.discard_release(by=office.eva, release_id=first.id)

    second = checked(propose(office, file).id)

    assert second.state == ReleaseState.CHECKED
    lines = LedgerLine.objects.filter(release=second)
    assert {line.reason for line in lines} == {"unpublished"}
    assert all(line.spent == 2 * line.rho for line in lines)
    accepted(office.mario, second)
    statistics.publish_release(by=office.mario, release_id=second.id)


def test_what_came_out_meanwhile_locks_no_years_of_a_release_with_noise(
    office: Office, tmp_path: Path
) -> None:
    one = Declared(method=Method.MODEL, bound=300, years=(2020, 2020))
    other = Declared(method=Method.MODEL, bound=300, years=(2021, 2021))
    file = a_register(tmp_path, 60)
    first = checked(propose(office, file, one).id)
    second = checked(propose(office, file, other).id)
    for row in (first, second):
        accepted(office.mario, row)
        row = statistics.publish_release(by=office.mario, release_id=row.id)
        assert row.state == ReleaseState.PUBLISHED


def test_what_is_left_for_a_person_registered_twice_is_told_with_what_to_do(
    office: Office, tmp_path: Path
) -> None:
    """Each record has more than enough left: it is whoever is in both years for whom it ends."""
    file = a_register(tmp_path, 60)
    for rho in ("0.05", "0.035"):  # whoever is in both years has paid four times as much
        row = propose(office, file)
        budget.charge(
            by=MACHINE, release=row, cohorts=[2020, 2021], rho=Decimal(rho), now=clock.now()
        )
        statistics.discard_release(by=office.eva, release_id=row.id)
    row = checked(propose(office, file).id)
    assert row.state == ReleaseState.REFUSED
    assert reasons(office, row) == ["over_person_budget"]
    found = statistics.open_release(by=office.mario, release_id=row.id)
    with translation.override("en"):
        (said,) = [
            release_words.said(each)
            for each in release_words.findings(found)
            if each.code == "over_person_budget"
        ]
    assert "registered in 2020, 2021 (2 times)" in said
    assert "of the 0.36 that may be spent on one person 0.02 is left" in said
    assert "declare a smaller epsilon" in said
    with translation.override("es"):
        assert "quedan 0.02" in disclosure_words.reason(release_words.findings(found)[0])
