"""What the plenary sets holds from day to day: a change is one more line, and each meeting and each
presidency is judged by the rule of its own day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from ayni.agenda import api, seed
from ayni.agenda.kinds import RULE
from ayni.agenda.rules import holds
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.lib import clock
from ayni.members import api as members
from tests.agenda.papers import text_of
from tests.agenda.stories import a_term, comes, days, record, terms_come, today
from tests.agenda.test_meetings import TEN, call, decide, held, the
from tests.agenda.test_offices import shown
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db

LINE = {"source": "Acta inventada", "mark": "V"}


def set_rule(by: Actor, value: str, code: str = "quorum", **more: Any) -> None:
    after = api.rule(code, api.presidencies()).stands.ref
    api.set_rule(by=by, code=code, value=value, **{**LINE, "after": after, **more})


def lines(code: str = "quorum") -> list[tuple[str, date | None, date | None]]:
    found = api.rule(code, api.presidencies()).lines
    return [(each.value, each.begins, each.until) for each in found]


@pytest.fixture
def page(client: Client, saul: Actor) -> Callable[[str], str]:
    """A page as the secretariat's officer reads it, in English."""
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    return lambda address: client.get(address).content.decode()


def test_a_change_is_one_more_line_and_what_held_before_ends_on_the_day_before(
    saul: Actor,
) -> None:
    set_rule(saul, "6")
    set_rule(saul, "9", begins=today())

    assert lines() == [("6", None, today() - days(1)), ("9", today(), None)]
    rule = api.rule("quorum", api.presidencies())
    assert [rule.on(today() - days(n)).value for n in (0, 1, 900)] == ["9", "6", "6"]
    assert rule.now.value == "9"


def test_a_meeting_that_is_recorded_late_is_counted_by_the_quorum_of_its_day(saul: Actor) -> None:
    set_rule(saul, "6", source="Acta de antes (inventada)")
    key = call(saul, begins=timedelta(days=-3))
    set_rule(saul, "9", begins=today() - days(1))
    held(saul, key, TEN[:7])
    decide(saul, key)

    found = the(key)
    assert (found.quorum, found.rule) == (6, ("6", "Acta de antes (inventada)"))
    late = call(saul, "Otro plenario", begins=timedelta(hours=-1))
    held(saul, late, TEN[:7])
    assert (the(late).quorum, the(late).quorate) == (9, False)


def test_a_meeting_is_decided_in_by_the_way_of_deciding_of_its_day(saul: Actor) -> None:
    key = call(saul, begins=timedelta(days=-3))
    held(saul, key, TEN)
    set_rule(saul, "majority", "decision", begins=today() - days(1))

    decide(saul, key)

    assert the(key).decisions[0].adopted


def test_between_two_lines_nothing_is_known_and_all_members_must_be_present(saul: Actor) -> None:
    set_rule(saul, "6", until=today() - days(10))
    set_rule(saul, "7", begins=today() + days(10))

    assert api.rule("quorum", api.presidencies()).now.value == ""
    key = call(saul)
    held(saul, key, TEN[:7])
    assert (the(key).quorum, the(key).rule) == (10, None)
    assert (
        "quorum"
        in dict((each.code, each.about) for each in api.items(today(), api.presidencies()))[
            "rules_not_known"
        ]
    )


def test_a_line_is_corrected_in_its_place(saul: Actor) -> None:
    set_rule(saul, "6")
    set_rule(saul, "9", begins=today())
    set_rule(saul, "8", begins=today())
    assert [each[0] for each in lines()] == ["6", "8"]

    set_rule(saul, "5", begins=today() - days(30), until=today() - days(1), replaces="unknown")
    assert lines() == [("5", today() - days(30), today() - days(1)), ("8", today(), None)]
    with pytest.raises(api.LinesOverlap):
        set_rule(saul, "4", begins=today(), replaces=(today() - days(30)).isoformat())
    assert [each[0] for each in lines()] == ["5", "8"], "and takes the place of no other"


def test_two_values_of_one_rule_never_hold_on_one_day(saul: Actor) -> None:
    set_rule(saul, "6", until=today())
    before = Entry.objects.count()

    with pytest.raises(api.LinesOverlap):
        set_rule(saul, "7", begins=today())
    with pytest.raises(gazette.EndsBeforeItBegins):
        set_rule(saul, "7", begins=today() + days(9), until=today() + days(8))
    assert Entry.objects.count() == before
    assert lines() == [("6", None, today())]


def test_a_quorum_that_could_never_be_met_is_refused(saul: Actor) -> None:
    for value in ("11", "999"):
        with pytest.raises(api.MoreThanMembers):
            set_rule(saul, value)
    assert not Entry.objects.exists()
    set_rule(saul, "10")
    set_rule(saul, "45", "call_days")


@pytest.mark.parametrize(
    "changed",
    [
        {"earlier": [{**LINE, "value": "6", "from": "2024-01-01", "until": "2024-03-01"}]},
        {"earlier": [{**LINE, "value": "6", "from": "2024-05-01", "until": "2024-06-01"}]},
        {"earlier": [{**LINE, "value": "six", "from": "", "until": "2023-06-01"}]},
        {"from": "2024-02-30"},
        {"until": "2024-02-01"},
        {"since": "2024-02-01"},
    ],
)
def test_lines_that_contradict_each_other_come_in_and_nothing_of_them_stands(
    secretariat: Peer, changed: dict[str, Any]
) -> None:
    body = {**LINE, "value": "7", "after": "", "instead": "", "from": "2024-03-01"}

    comes(secretariat, RULE, "quorum", {**body, **changed})

    assert api.rule("quorum", api.presidencies()).stands.broken
    assert api.rule("quorum", api.presidencies()).now.value == ""


def test_lines_that_fit_together_come_in_and_stand(secretariat: Peer) -> None:
    first = {**LINE, "value": "6", "from": "", "until": "2024-02-29"}
    body = {**LINE, "value": "7", "after": "", "instead": "", "from": "2024-03-01"}

    comes(secretariat, RULE, "quorum", {**body, "earlier": [first]})

    assert lines() == [("6", None, date(2024, 2, 29)), ("7", date(2024, 3, 1), None)]


def test_what_was_published_before_there_were_days_stands_as_it_did(secretariat: Peer) -> None:
    comes(secretariat, RULE, "quorum", {**LINE, "value": "7", "after": "", "instead": ""})

    assert lines() == [("7", None, None)]


def test_a_rule_without_days_is_published_as_nodes_of_the_version_before_read_it(
    saul: Actor,
) -> None:
    set_rule(saul, "7")

    (entry,) = gazette.current(kind=RULE)
    assert set(entry.said.body) == {"after", "instead", "value", "source", "mark"}


def test_the_page_shows_since_when_a_rule_holds_and_what_held_and_will_hold(
    saul: Actor, page: Callable[[str], str]
) -> None:
    set_rule(saul, "6", until=today() - days(31))
    set_rule(saul, "7", begins=today() - days(30))
    set_rule(saul, "8", begins=today() + days(5))

    told = page("/platform/")

    assert f"7, from {shown(today() - days(30))}, until {shown(today() + days(4))}" in told
    assert f"Earlier: 6, until {shown(today() - days(31))}, since when is not known" not in told
    assert f"Earlier: 6, since when is not known, until {shown(today() - days(31))}" in told
    assert f"Later: 8, from {shown(today() + days(5))}" in told
    assert "1, since when is not known" in told, "the length of a presidency"


def test_the_form_asks_whether_it_is_a_change_or_a_correction(
    saul: Actor, client: Client, page: Callable[[str], str]
) -> None:
    assert 'name="replaces"' not in page("/platform/rules/quorum"), "nothing was ever known"
    set_rule(saul, "6")
    sent = {**LINE, "value": "7", "after": "secretariat:1", "replaces": "new"}

    refused = client.post("/platform/rules/quorum", sent)
    day = today()
    when = {"begins_day": day.day, "begins_month": day.month, "begins_year": day.year}
    done = client.post("/platform/rules/quorum", {**sent, **when})

    assert refused.status_code == 422
    assert "Write the day." in refused.content.decode()
    assert done.status_code == 302
    assert lines() == [("6", None, day - days(1)), ("7", day, None)]
    assert client.post("/platform/rules/quorum", {**sent, "value": "11"}).status_code == 422
    taken = client.post("/platform/rules/quorum", {**sent, "after": "secretariat:2", **when})
    assert "A value is recorded from this day already." in taken.content.decode()
    again = {**sent, "value": "8", "after": "secretariat:2", "replaces": day.isoformat(), **when}
    assert client.post("/platform/rules/quorum", again).status_code == 302
    assert lines() == [("6", None, day - days(1)), ("8", day, None)]


SHORT = "This meeting was called at shorter notice"


def test_a_call_that_is_shorter_than_the_rule_asks_says_so_on_its_page(
    saul: Actor, page: Callable[[str], str]
) -> None:
    key = call(saul, begins=timedelta(days=10))
    assert SHORT not in page(f"/platform/meetings/{key}"), "no rule is known"

    set_rule(saul, "15", "call_days")
    told = page(f"/platform/meetings/{key}")

    assert f"{SHORT} than the rule of the plenary asks for (Acta inventada)" in told
    assert "Days asked for: 15. Days from the call to the meeting: 10." in told
    set_rule(saul, "10", "call_days")
    assert SHORT not in page(f"/platform/meetings/{key}"), "ten days are ten days"
    set_rule(saul, "20", "call_days", begins=today() + days(1))
    assert SHORT not in page(f"/platform/meetings/{key}"), "the rule of the day of the call"


SHORT_IN_MINUTES = {
    "en": "Days asked for: 15. Days from the call to the meeting: 10.",
    "es": "Días que pide: 15. Días entre la convocatoria y la reunión: 10.",
    "pt-br": "Dias que pede: 15. Dias entre a convocação e a reunião: 10.",
}


@pytest.mark.parametrize("language", SHORT_IN_MINUTES)
def test_the_minutes_say_that_the_call_was_shorter(
    saul: Actor, client: Client, language: str
) -> None:
    enter(client, members.user(saul.id))
    key = call(saul, begins=timedelta(days=10))
    minutes = f"/platform/meetings/{key}/minutes/{language}"
    before = client.get(minutes).content

    set_rule(saul, "15", "call_days")
    after = client.get(minutes).content

    assert after != before, "no rule was known"
    told = " ".join(text_of(after).split())
    assert f"(Acta inventada). {SHORT_IN_MINUTES[language]}" in told


def test_a_meeting_that_is_moved_is_called_anew(saul: Actor) -> None:
    set_rule(saul, "15", "call_days")
    key = call(saul, begins=timedelta(days=40))
    assert api.short_notice(the(key), api.presidencies()) is None
    found = the(key)

    with time_machine.travel(clock.now() + days(20)):
        api.move_meeting(
            by=saul, key=key, at=found.at - days(17), place="Lima", reason="Sala (inventado)",
            after=found.stands.ref,
        )  # fmt: skip
        set_rule(saul, "1", "call_days", begins=today() + days(1))
    with time_machine.travel(clock.now() + days(21)):
        short = api.short_notice(the(key), api.presidencies())
        assert short is not None
        assert (short.days, short.asks.value) == (3, "15"), "by the rule of the day of the move"
        api.cancel_meeting(
            by=saul, key=key, reason="Sin fondos (inventado)", after=the(key).stands.ref
        )
        assert api.short_notice(the(key), api.presidencies()) is None


def test_of_a_meeting_recorded_after_it_began_nobody_knows_when_it_was_called(
    saul: Actor,
) -> None:
    set_rule(saul, "15", "call_days")
    key = call(saul, begins=timedelta(days=-3))

    assert api.short_notice(the(key), api.presidencies()) is None


def test_the_end_of_a_presidency_is_shown_as_expected_and_never_as_known(
    page: Callable[[str], str],
) -> None:
    told = page("/platform/")

    assert f"Expected end, not confirmed: {shown(date(2025, 2, 19))}." in told
    assert told.count("Expected end") == 1, "the end of Argentina's is known"
    assert api.presidencies().on(date(2025, 2, 18)).term is None, "and nobody presides by it"


def test_the_expected_end_follows_the_rule_that_held_when_it_began(
    saul: Actor, page: Callable[[str], str]
) -> None:
    begins = today() - days(100)
    record(saul, a_term("pe", begins))
    set_rule(saul, "2", "term_years", begins=begins)
    set_rule(saul, "5", "term_years", begins=begins + days(1))

    told = page("/platform/")

    term = api.presidencies().terms[-1]
    assert shown(api.expected_end(term, 2) or today()) in told
    assert told.count("in years: 2.") == 1
    assert "in years: 5." not in told


def test_a_presidency_of_a_leap_day_is_expected_to_end_on_the_last_of_february() -> None:
    term = a_term("pe", date(2024, 2, 29))
    assert api.expected_end(term, 1) == date(2025, 2, 28)
    assert api.expected_end(term, 4) == date(2028, 2, 29)
    ended = a_term("pe", date(2024, 2, 29), end=api.End.DAY, until=date(2025, 2, 1))
    assert api.expected_end(ended, 1) is None


def test_a_presidency_writes_a_change_on_the_lines_that_stand(
    officer: Callable[[members.Role], Actor], secretariat: Peer
) -> None:
    terms_come(secretariat, a_term("ar", today() - days(30)))
    comes(secretariat, RULE, "quorum", {**LINE, "value": "6", "after": "", "instead": ""})
    pilar = officer(members.Role.PRESIDENCY_OFFICER)

    set_rule(pilar, "7", begins=today(), instead="No responde (inventado)")

    assert lines() == [("6", None, today() - days(1)), ("7", today(), None)]


def test_an_organ_or_an_observer_that_has_ended_is_not_shown_as_there() -> None:
    row = {**seed.organs()[0], "from": "2024-01-01", "until": "2024-06-30"}
    there = {day: seed.organs_on(day, [row]) for day in (date(2024, 6, 30), date(2024, 7, 1))}

    assert there == {date(2024, 6, 30): [row], date(2024, 7, 1): []}
    assert len(seed.organs_on(today(), seed.organs())) == 6
    for row in [*seed.organs(), *seed.rules().values(), *seed.parties().values()]:
        assert holds(*seed.days_of(row), today()), "of none do the sources know an end"
