"""Own cases are released by form of exploitation, triage class and days to the first referral, by
either mode; records in HTCDS by what stands in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ayni.lib import clock
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Method, ReleaseState
from ayni.statistics.pages.release_tables import label
from ayni.statistics.releasing.errors import OtherMethod, OtherMode, ProposalRefused
from ayni.statistics.releasing.populations import populations
from ayni.statistics.sources import tallies
from ayni.statistics.sources.profiles import FORMS
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import HOLDER, Office, accepted, an_office, browser, checked

pytest.importorskip("scipy", reason="releases need the extra observatory")
# (sex, triage class, days, forced labour, sexual exploitation) -> cases
COUNTED = {
    ("female", "urgency", "0-1", "not_told", "1"): 61,
    ("female", "emergency", "0-1", "not_told", "1"): 24,
    ("female", "urgency", "2-7", "1", "1"): 17,
    ("male", "urgency", "8-30", "1", "not_told"): 43,
    ("male", "orientation", "none", "1", "not_told"): 19,
    ("male", "orientation", "none", "not_told", "1"): 3,
    ("female", "orientation", "31+", "not_told", "not_told"): 14,
}
ERASED = 15  # women counted before there were profiles
BY_FORM = Declared(
    Method.SUPPRESSION, (("isSexualExploit", "sex"), ("days", "sex"), ("situation",))
)


@pytest.fixture
def office(transactional_db: None) -> Iterator[Office]:
    """The office of statistics, on a node that has keys."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    _tallied()
    yield an_office()
    peer.stop()


def _tallied() -> None:
    persons, profiles = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for (sex, situation, days, labour, sexual), number in COUNTED.items():
        forms = [labour, sexual, *["not_told"] * 3]
        told = "no" if {*forms} == {"not_told"} else "yes"
        persons["trafficking", sex, "adult", told, "host"] += number
        profiles["trafficking", sex, "adult", "host", situation, days, *forms] += number
    persons["trafficking", "female", "adult", "no", "host"] += ERASED
    persons["smuggling", "male", "adult", "no", "host"] += 57
    counted = {"persons": {2023: persons}, "profiles": {2023: profiles}}
    tallies.keep(HOLDER, "cases", counted, clock.now())


def _proposed(
    office: Office, population: str, declared: Declared, **more: str
) -> statistics.Release:
    told = {"source": "cases", "population": population, **more}
    row = statistics.propose_release(by=office.eva, declared=declared, **told)
    return checked(row.id)


def _published(office: Office, row: statistics.Release) -> statistics.Content:
    assert row.state == ReleaseState.CHECKED
    accepted(office.mario, row)
    row = statistics.publish_release(by=office.mario, release_id=row.id)
    return statistics.published_release(owner="ar", key=row.key)[1]


def test_cases_are_released_by_form_and_first_referral_with_what_is_few_hidden(
    office: Office, client: Client, english: None
) -> None:
    row = _proposed(office, "trafficking_cases_profiles", BY_FORM)
    content = _published(office, row)

    forms, days, triage = (
        {line.codes: line.value for line in table.lines} for table in content.tables
    )
    assert forms[None, None] == sum(COUNTED.values()) + ERASED
    assert forms["1", "male"] is None  # three men
    true = Counter[tuple[str | None, ...]]()
    for (sex, _triage, _days, _labour, sexual), number in [
        *COUNTED.items(), (("female", "", "", "", "not_told"), ERASED),
    ]:  # fmt: skip
        true.update({(f, s): number for f in (sexual, None) for s in (sex, None)})
    told = {codes: value for codes, value in forms.items() if value is not None}
    assert len(told) > 3
    assert told == {codes: true[codes] for codes in told}
    assert triage["unknown",] == ERASED
    shown = [*forms.values(), *days.values(), *triage.values()]
    assert not [value for value in shown if value is not None and 0 < value < 10]
    assert statistics.rebuild_release(by=office.mario, release_id=row.id).same
    row.refresh_from_db()
    address = reverse("statistics:published-release", args=["en", "ar", row.key])
    said = "".join(client.get(address, {"table": n}).content.decode() for n in ("1", "2"))
    for words in ("Sexual exploitation", "Not written", "Days to the first referral"):
        assert words in said


def test_the_same_persons_in_other_columns_are_checked_beside_what_is_out(office: Office) -> None:
    _published(office, _proposed(office, "trafficking_cases", Declared(tables=(("sex",),))))
    later = _proposed(office, "trafficking_cases_profiles", BY_FORM)
    assert (later.state, len(later.seen)) == (ReleaseState.CHECKED, 1)


def test_noise_is_drawn_for_cases_too_and_the_modes_are_never_mixed(office: Office) -> None:
    pytest.importorskip("opendp", reason="noise needs the extra observatory")
    noisy = Declared(method=Method.MODEL, epsilon=0.5, bound=500, years=(2023, 2023))
    row = _proposed(office, "trafficking_cases_model", noisy)
    content = _published(office, row)

    assert {"days", *FORMS} < set(content.records[0])
    assert all(line.high is not None for line in content.tables[0].lines)
    assert statistics.rebuild_release(by=office.mario, release_id=row.id).same
    for population in ("trafficking_cases", "trafficking_cases_profiles"):
        with pytest.raises((OtherMethod, OtherMode)):
            _proposed(office, population, Declared(tables=(("sex",),)))


def test_a_group_that_is_declared_for_noise_has_no_tables_of_true_counts(
    office: Office, english: None
) -> None:
    with pytest.raises(ProposalRefused, match="--method model"):
        _proposed(office, "trafficking_cases_model", Declared(tables=(("sex",),)))
    with pytest.raises(ProposalRefused, match="or a group declared for it"):
        _proposed(office, "trafficking_cases_profiles", Declared(method=Method.MODEL))
    records = Declared(method=Method.RECORDS, known=("sex",), sensitive=("days",))
    with pytest.raises(ProposalRefused, match="counts only"):
        _proposed(office, "trafficking_cases_model", records)
    offered = browser(office.eva).get(reverse("statistics:release-propose")).content.decode()
    assert "trafficking_cases_profiles:" in offered
    assert "trafficking_cases_model:" not in offered


def test_records_in_htcds_are_released_by_form(office: Office) -> None:
    persons = Counter({("trafficking", "female", "adult", "yes"): 40})
    profiles = Counter({("trafficking", "female", "adult", "1", *["not_told"] * 4): 40})
    counted = {"persons": {2022: persons}, "profiles": {2022: profiles}}
    tallies.keep(HOLDER, "htcds", counted, clock.now())
    tables = Declared(tables=(("isForcedLabour", "sex"),))
    row = _proposed(office, "htcds_victims_forms", tables, source="htcds")
    (table,) = _published(office, row).tables
    assert {line.codes: line.value for line in table.lines}[None, None] == 40


@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_what_cases_are_released_by_has_words_and_no_code_is_shown(language: str) -> None:
    with translation.override(language):
        for code, one in populations().items():
            for column in one.columns if one.table == "profiles" else ():
                assert statistics.dimension(column.name) != column.name
                for value in column.values if column.name != "year" else ():
                    assert label(column.name, value) != value, (code, column.name, value)
                    assert statistics.label(column.name, value) != value
