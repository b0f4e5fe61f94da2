"""Pages of sums over states: what a state's statistician and the secretariat's officer see."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.masked import giving, kinds, masks, reading
from ayni.statistics.models import SumSeed, SumShare
from tests.agenda.stories import comes
from tests.cast import enter
from tests.statistics import sums_stories as stories
from tests.statistics.sums_stories import (
    LAYOUT,
    STATES,
    TABLE,
    World,
    a_row,
    announces_share,
    declared_by,
    found,
    gives,
    says,
)


@pytest.fixture(autouse=True)
def _counted(settings: Any) -> Iterator[None]:
    settings.AYNI_SUM_COUNTS = "tests.statistics.sums_stories.counted"
    before = list(stories.COUNTED)
    yield
    stories.now_counts(before)


@pytest.fixture
def argentina(db: None) -> Iterator[World]:
    """This node is Argentina's."""
    yield from found("ar")


@pytest.fixture
def office(db: None, settings: Any) -> Iterator[World]:
    """This node is the secretariat's."""
    settings.AYNI_NODE = members.SECRETARIAT
    yield from found(members.SECRETARIAT)


def browser_of(name: str) -> Client:
    """The browser of an officer of this node, in English."""
    client = Client(headers={"host": "ar.localhost"})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    enter(client, members.user_by_email(f"{name}@{members.this_node()}-desk.example"))
    return client


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    return page


def mark_in(page: str) -> str:
    found_ = re.search(r'name="mark" value="([0-9a-f]{32})"', page)
    assert found_, "no button to give"
    return found_[1]


def test_a_state_takes_part_looks_at_its_numbers_and_gives_them(argentina: World) -> None:
    digest, eva = declared_by(argentina.secretariat), browser_of("eva")
    to = f"/statistics/sums/of/{digest}"
    assert "Say until" in text(eva.get("/")), "the first page tells of it"
    assert "Your state is asked whether it takes part" in text(eva.get(to))
    asked = text(eva.get(f"{to}/take-part"))
    assert "What this cannot prevent:" in asked
    assert "Your state takes part." in text(eva.post(f"{to}/take-part", follow=True))
    assert "Give these numbers" not in text(eva.get(f"{to}/give")), "not all take part yet"
    says(argentina.bo, digest)
    says(argentina.cl, digest)
    assert "Give the part of your state until" in text(eva.get("/"))
    page = text(eva.get(f"{to}/give"))
    assert "These very numbers are given" in page
    given = text(eva.post(f"{to}/give", {"mark": mark_in(page)}, follow=True))
    assert "Given. Nobody can read your numbers from it." in given
    assert gazette.one(owner="ar", kind=kinds.SHARE, key=digest) is not None
    assert "confirmed that they know of it: Bolivia, Chile." in given
    again = eva.post(f"{to}/give", {"mark": mark_in(page)})
    assert again.status_code == 409
    assert "Your state has given its part of this sum already." in text(again)
    assert "Take our part back" in given
    ended = text(eva.post(f"{to}/withdraw", follow=True))
    assert "these states took their part back: Argentina" in ended


def test_numbers_that_changed_are_told_and_nothing_is_given(argentina: World) -> None:
    digest, eva = declared_by(argentina.secretariat), browser_of("eva")
    giving.take_part(by=argentina.officer, digest=digest)
    says(argentina.bo, digest)
    says(argentina.cl, digest)
    to = f"/statistics/sums/of/{digest}/give"
    mark = mark_in(text(eva.get(to)))
    stories.now_counts(a_row(female_adult=8, male_child=1))
    answer = eva.post(to, {"mark": mark})
    assert answer.status_code == 422
    assert "The counts have changed since you opened the page" in text(answer)
    assert gazette.one(owner="ar", kind=kinds.SHARE, key=digest) is None
    assert SumSeed.objects.count() == 2
    eva.post(to, {"mark": mark_in(text(answer))})
    assert gazette.one(owner="ar", kind=kinds.SHARE, key=digest) is not None


def test_declining_needs_a_reason_which_all_read(argentina: World) -> None:
    digest, eva = declared_by(argentina.secretariat), browser_of("eva")
    to = f"/statistics/sums/of/{digest}"
    assert eva.post(f"{to}/decline", {"reason": "because"}).status_code == 422
    page = text(eva.post(f"{to}/decline", {"reason": "no_mandate"}, follow=True))
    assert "An authority of our state has to agree first" in page
    assert "these states do not take part: Argentina" in page
    said = gazette.one(owner="ar", kind=kinds.ANSWER, key=digest)
    assert said is not None
    assert said.said.body == {"takes_part": False, "reason": "no_mandate"}


def test_a_round_that_ended_is_told_on_the_first_page_for_a_month(argentina: World) -> None:
    digest, eva = declared_by(argentina.secretariat), browser_of("eva")
    says(argentina.cl, digest, takes_part=False)
    assert "these states do not take part: Chile" in text(eva.get("/"))
    with time_machine.travel(clock.now() + timedelta(days=45)):
        assert statistics.sums_waiting(by=argentina.officer, now=clock.now()) == []


def test_what_a_second_sum_would_tell_is_refused_before_it_is_asked(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    giving.take_part(by=argentina.officer, digest=digest)
    for peer in (argentina.bo, argentina.cl):
        says(peer, digest)
        announces_share(peer, digest, masks.packed([1] * LAYOUT.cells))
    giving.give(by=argentina.officer, digest=digest, row=a_row(), seen=a_row())
    again = declared_by(argentina.secretariat, "round-2")
    page = text(browser_of("eva").get(f"/statistics/sums/of/{again}"))
    assert "These figures of this period have been added already" in page
    assert "take-part" not in page


def test_what_the_secretariat_tells_of_the_sum_is_seen_by_the_state(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    giving.take_part(by=argentina.officer, digest=digest)
    for peer in (argentina.bo, argentina.cl):
        says(peer, digest)
        announces_share(peer, digest, masks.packed([1] * LAYOUT.cells))
    giving.give(by=argentina.officer, digest=digest, row=a_row(), seen=a_row())
    eva = browser_of("eva")
    assert "Every state has given." in text(eva.get(f"/statistics/sums/of/{digest}"))
    body = {"outcome": "no_table", "states": []}
    comes(argentina.secretariat, kinds.OUTCOME, digest, body)
    assert "at least one was wrong" in text(eva.get(f"/statistics/sums/of/{digest}"))
    assert "The secretariat has told what came of it." in text(eva.get("/"))


def test_no_page_of_a_sum_that_nobody_declared(argentina: World) -> None:
    answer = browser_of("eva").get(f"/statistics/sums/of/{'a' * 64}")
    assert answer.status_code == 409
    assert "This sum is not known here" in text(answer)


# The secretariat's side


def days_from_now(name: str, days: int) -> dict[str, str]:
    """A date in three boxes."""
    day = (clock.now() + timedelta(days=days)).date()
    parts = {"day": day.day, "month": day.month, "year": day.year}
    return {f"{name}_{part}": str(number) for part, number in parts.items()}


DECLARE = "/statistics/sums/declare"


def answers(**changed: Any) -> dict[str, Any]:
    """What is answered of a sum of the year 2025, of three states."""
    return {
        "table": TABLE, "first": "2025", "last": "2025", "states": list(STATES),
        **days_from_now("answer_by", 10), **days_from_now("give_by", 20), **changed,
    }  # fmt: skip


def asks(answered: dict[str, Any]) -> str:
    """The address of the declaration with these answers."""
    return f"{DECLARE}?{urlencode(answered, doseq=True)}"


def declared(ines: Client, **changed: Any) -> Any:
    """The button under what was answered."""
    return ines.post(asks(answers(**changed)), follow=True)


def test_a_sum_is_declared_step_by_step_and_nothing_before_the_button(office: World) -> None:
    ines = browser_of("ines")
    page, told = ines.get(DECLARE), {}
    for n, (at, question, names) in enumerate(
        (
            ("what", "What is to be added?", ["table"]),
            ("years", "First year", ["first", "last"]),
            ("states", "Which states?", ["states"]),
            ("days", "Until which day do the states say", ["answer_by", "give_by"]),
        )
    ):
        assert f"Step {n + 1} of 4" in text(page)
        assert question in text(page)
        assert "govuk-error-summary" not in text(page)
        empty = ines.get(asks({**told, "at": at}))
        assert empty.status_code == 422
        assert "govuk-error-summary" in text(empty), "what is not answered is asked for"
        told |= {key: value for key, value in answers().items() if key.startswith(tuple(names))}
        page = ines.get(asks({**told, "at": at}))
    assert "Check the sum before you declare it" in text(page)
    assert "Argentina, Bolivia, Chile" in text(page)
    assert reading.known_rounds() == []
    changed = text(ines.get(asks({**answers(), "change": "years"})))
    assert re.search(r'name="first"[^>]*value="2025"', changed), "what was answered stands there"
    assert 'name="table" value="trafficking_sex_age"' in changed, "and the rest travels with it"


def test_the_secretariat_declares_adds_and_tells_and_its_statistician_opens_the_sum(
    office: World,
) -> None:
    ines, eva = browser_of("ines"), browser_of("eva")
    page = text(declared(ines))
    assert "Declared. Every state of it is asked now." in page
    (known,) = reading.known_rounds()
    to = f"/statistics/sums/of/{known.digest}"
    for peer in (office.ar, office.bo, office.cl):
        says(peer, known.digest)
    seeds = {frozenset(pair): masks.new_seed() for pair in itertools.combinations(STATES, 2)}
    gives(office.ar, known.digest, a_row(female_adult=7), seeds)
    gives(office.bo, known.digest, a_row(female_child=2), seeds)
    page = text(ines.get(to))
    assert "Not given yet" in page
    share = gives(office.cl, known.digest, a_row(male_adult=4), seeds, announces=False)
    assert "Arrived; its announcement has not" in text(ines.get(to))
    assert ines.post(f"{to}/add").status_code == 409, "not every part is announced"
    announces_share(office.cl, known.digest, share)
    assert "Look whether the parts were added" in text(ines.get("/"))
    assert "Added. The statistician" in text(ines.post(f"{to}/add", follow=True))
    told = text(ines.post(f"{to}/tell", follow=True))
    assert "Told. All members see what came of it" in told
    assert "The secretariat has added the parts." in told
    assert ines.get(f"{to}/table").status_code == 403, "who declares opens no sum"
    table = text(eva.get(f"{to}/table"))
    assert re.search(r">\s*13\s*<", table)
    assert not SumShare.objects.exists()
    propose = f"/statistics/releases/propose/tables?of=sum%3A{known.digest}"
    assert propose in table
    assert eva.get(propose).status_code == 200


def test_a_part_that_is_not_what_was_announced_is_seen_and_told(office: World) -> None:
    ines = browser_of("ines")
    declared(ines)
    (known,) = reading.known_rounds()
    for peer in (office.ar, office.bo, office.cl):
        says(peer, known.digest)
    seeds = {frozenset(pair): masks.new_seed() for pair in itertools.combinations(STATES, 2)}
    gives(office.ar, known.digest, a_row(female_adult=7), seeds)
    gives(office.bo, known.digest, a_row(female_child=2), seeds)
    announces_share(office.cl, known.digest, masks.packed([1] * LAYOUT.cells))
    gives(office.cl, known.digest, a_row(male_adult=4), seeds, announces=False)
    to = f"/statistics/sums/of/{known.digest}"
    assert "Refused: it is not what the state announced" in text(ines.get(to))
    told = text(ines.post(f"{to}/tell", follow=True))
    assert "is not the one that was announced: Chile" in told


def test_a_sum_that_ended_is_declared_anew_without_who_did_not_take_part(office: World) -> None:
    ines = browser_of("ines")
    declared(ines)
    (known,) = reading.known_rounds()
    says(office.cl, known.digest, takes_part=False)
    page = text(ines.get(f"/statistics/sums/of/{known.digest}"))
    assert "these states do not take part: Chile" in page
    again = text(ines.get(f"{DECLARE}?again={known.digest}", follow=True))
    checked = re.findall(r'name="states"[^>]*value="(\w+)"[^>]*checked', again)
    assert checked == ["ar", "bo"]


PAST = {"give_by_day": "1", "give_by_month": "1", "give_by_year": "2020"}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"states": ["ar", "bo"]}, "Choose at least three states: with two each learns"),
        ({"first": "2025", "last": "2024"}, "The last year lies before the first."),
        ({"last": "2999"}, "Write a year with four digits"),
        ({"last": "2100"}, "This year is not over yet. Write 20"),
        ({"table": "gold"}, "Choose what is to be added: one of these."),
        ({"states": ["ar", "bo", "xx"]}, "Choose states of this list"),
        ({"first": "x"}, "Write a year with four digits"),
        (PAST, "They answer first and then give."),
        (days_from_now("answer_by", -2), "This day has passed."),
        (days_from_now("give_by", 200), "This day is more than half a year away."),
        ({"give_by_day": "32"}, "Ensure this value is less than or equal to 31"),
    ],
)
def test_bad_input_is_given_back_at_its_question_with_what_to_do(
    office: World, wrong: dict[str, Any], why: str
) -> None:
    for send in (browser_of("ines").get, browser_of("ines").post):
        answer = send(asks(answers(**wrong)))
        assert answer.status_code == 422
        assert why in text(answer)
    assert reading.known_rounds() == []


def test_what_would_tell_of_one_state_is_refused_under_the_button(office: World) -> None:
    ines = browser_of("ines")
    declared(ines)
    (known,) = reading.known_rounds()
    for peer in (office.ar, office.bo, office.cl):
        says(peer, known.digest)
        announces_share(peer, known.digest, masks.packed([1] * LAYOUT.cells))
    answer = declared(ines)
    assert answer.status_code == 422
    assert "These figures of this period have been added already" in text(answer)
    assert len(reading.known_rounds()) == 1


def test_what_was_declared_is_taken_back(office: World) -> None:
    ines = browser_of("ines")
    declared(ines)
    (known,) = reading.known_rounds()
    page = text(ines.post(f"/statistics/sums/of/{known.digest}/take-back", follow=True))
    assert "It ended without a sum: the secretariat took it back." in page
