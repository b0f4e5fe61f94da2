"""Of an institution she is told later only on a recorded ground, until a day, by two officers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from ayni.audit.models import Entry
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.lib.errors import Misconfigured, NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.own import api as own
from ayni.own import delays
from ayni.own.forms import GROUND_WORDS
from ayni.own.models import Delay
from tests.cases.stories import a_consent
from tests.cast import Cast, an_institution, enter
from tests.cooperation.stories import FIELDS, a_draft
from tests.own.conftest import Device, Story

DAY = timedelta(days=1)
T0 = datetime(2026, 11, 28, 12, tzinfo=UTC)
_spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))


@pytest.fixture
def shared(story: Story) -> Story:
    """Her data were given to the shelter, which shows on her page."""
    a_consent(
        story.ana, story.case, recipient_state="ar", recipient_institution="ar-shelter",
        fields=FIELDS,
    )  # fmt: skip
    cooperation.send_referral(by=story.ana, referral_id=a_draft(story.ana, story.case).id)
    assert "ar-shelter" in _page(story)
    return story


def _page(story: Story, part: str = "opened") -> str:
    return Device("en").write(story.given.opens).show(part).text()


def _delay(story: Story, **changed: Any) -> Delay:
    usual = {"whom": "ar-shelter", "ground": "court_order", "order": "Invented court, 1/2026",
             "until": clock.now() + 30 * DAY}  # fmt: skip
    return own.delay(by=story.ana, case_id=story.case.id, **{**usual, **changed})


def test_she_is_told_later_and_always_that_she_may_ask(shared: Story, cast: Cast) -> None:
    row = _delay(shared)
    own.review_delay(by=members.actor_of(cast.dora), delay_id=row.id, keep=True)
    text = _page(shared)

    assert "ar-shelter" not in text
    assert "ar-programme" in text
    assert "You may always ask whether there is such an order." in text
    with time_machine.travel(row.until + timedelta(minutes=1)):
        fresh = own.give_code(
            by=shared.ana, case_id=shared.case.id,
            new=own.NewCode(given_to="person", agreed=True, safe=True),
        )  # fmt: skip
        later = Device("en").write(fresh.opens).show("opened").text()
    assert "ar-shelter" in later, "what was put off is told afterwards"


def test_what_she_asks_does_not_give_it_away(shared: Story) -> None:
    cooperation.ask_right(by=shared.ana, case_id=shared.case.id, right="access")
    assert "ar-shelter" in _page(shared, "rights")
    _delay(shared)

    assert "ar-shelter" not in _page(shared, "rights")


def test_without_a_review_it_ends_after_a_week(shared: Story) -> None:
    _delay(shared)
    assert "ar-shelter" not in _page(shared)
    with time_machine.travel(clock.now() + 7 * DAY + timedelta(minutes=1)):
        assert "ar-shelter" in _page(shared)


def test_the_data_protection_officer_ends_it(shared: Story, cast: Cast) -> None:
    row, dora = _delay(shared), members.actor_of(cast.dora)
    own.review_delay(by=dora, delay_id=row.id, keep=False)

    assert "ar-shelter" in _page(shared)
    assert own.delays_now(by=dora) == []
    with pytest.raises(WrongState):
        own.review_delay(by=dora, delay_id=row.id, keep=True)


@pytest.mark.parametrize("again", ["ar-shelter", "node:ar"])
def test_one_week_without_a_review_is_not_followed_by_another(
    shared: Story, cast: Cast, again: str
) -> None:
    _delay(shared)
    with time_machine.travel(clock.now() + 8 * DAY):
        second = _delay(shared, whom=again)
        assert "ar-shelter" in _page(shared)
        own.review_delay(by=members.actor_of(cast.dora), delay_id=second.id, keep=True)
        assert "ar-shelter" not in _page(shared)


def test_what_the_data_protection_officer_ended_is_not_put_off_by_writing_it_again(
    shared: Story, cast: Cast
) -> None:
    ended = _delay(shared, whom="node:ar")
    own.review_delay(by=members.actor_of(cast.dora), delay_id=ended.id, keep=False)
    _delay(shared)

    assert "ar-shelter" in _page(shared)
    page = _browser(cast.ana).get(reverse("own:delays-of-case", args=[shared.case.id]))
    assert "Waits for the data protection officer" in page.content.decode()


def test_of_two_institutions_each_is_put_off_by_itself(shared: Story) -> None:
    an_institution("ar-clinic", kind="service")
    _delay(shared, whom="ar-clinic")
    _delay(shared)

    assert "ar-shelter" not in _page(shared)


def test_it_is_recorded_and_the_order_sealed(shared: Story) -> None:
    row = _delay(shared)
    entry = Entry.objects.get(verb="own.delay")
    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(d)::text from own_delay d")
        kept = str(cursor.fetchall()) + str(entry.detail)

    assert (entry.subject, entry.detail["delay"]) == (str(shared.case.id), str(row.id))
    assert "Invented court" not in kept
    (opened,) = own.delays_of(by=shared.ana, case_id=shared.case.id)
    assert (opened.order, opened.holds) == ("Invented court, 1/2026", True)


def test_what_the_own_institution_did_is_never_put_off(story: Story) -> None:
    for whom in ("ar-programme", "node:xx", "node:"):
        with pytest.raises(own.NotADelay):
            _delay(story, whom=whom)
    with pytest.raises(NotFound):
        _delay(story, whom="nobody-here")


def test_no_delay_without_order_ground_or_end(story: Story) -> None:
    with pytest.raises(own.OrderMissing):
        _delay(story, whom="node:bo", order="  ")
    with pytest.raises(KeyError):
        _delay(story, whom="node:bo", ground="because")
    for until in (clock.now() - DAY, clock.now() + 91 * DAY):
        with pytest.raises(own.NotADelay):
            _delay(story, whom="node:bo", until=until)
    assert not Delay.objects.exists()


def test_nobody_else_records_or_reviews(shared: Story, cast: Cast) -> None:
    row, sol = _delay(shared), members.actor_of(cast.sol)
    with pytest.raises(NotAllowed):
        own.review_delay(by=shared.ana, delay_id=row.id, keep=True)
    with members.acting(sol.institution):
        assert not Delay.objects.exists(), "the database hides it"
        with pytest.raises(NotFound):
            own.delays_of(by=sol, case_id=shared.case.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delay.objects.filter(id=row.id).update(reviewed_at=clock.now(), reviewed_by=row.recorded_by)


def _browser(user: members.User) -> Client:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, user)
    client.post(reverse("set_language"), {"language": "en"})
    return client


def test_the_pages_from_the_order_to_its_end(shared: Story, cast: Cast) -> None:
    ana, dora = _browser(cast.ana), _browser(cast.dora)
    address = reverse("own:delays-of-case", args=[shared.case.id])
    until = (clock.now() + 20 * DAY).date()
    day = {f"until_{part}": getattr(until, part) for part in ("day", "month", "year")}
    told = {"whom": "ar-shelter", "ground": "prosecution_order", "order": "", **day}
    assert address in ana.get(reverse("own:code", args=[shared.case.id])).content.decode()
    assert ana.post(address, told).status_code == 422
    assert ana.post(address, {**told, "whom": "ar-programme", "order": "x"}).status_code == 422
    assert ana.post(address, {**told, "order": "Invented order"}).status_code == 302
    assert "Holds for a week; not confirmed yet" in ana.get(address).content.decode()

    listed = dora.get(reverse("own:delays")).content.decode()
    row = Delay.objects.get()
    assert "Invented order" in listed
    assert shared.case.reference in listed
    review = reverse("own:delay-review", args=[row.id])
    assert dora.get(review).status_code == 405
    assert dora.post(review, {"decision": "keep"}).status_code == 302
    assert "Holds; confirmed" in ana.get(address).content.decode()
    assert dora.post(review, {"decision": "end"}).status_code == 302
    assert "ar-shelter" in _page(shared)


def test_every_ground_has_words_and_its_source() -> None:
    assert set(GROUND_WORDS) == set(delays.grounds())
    for ground in delays.grounds().values():
        assert ground.source
    assert delays.for_state("ar").keys() <= delays.grounds().keys()
    assert (Path(delays.__file__).parent / "data" / "delay_grounds.yaml").exists()


@pytest.mark.parametrize(
    "changed",
    [{"status": "norm", "mark": "M", "state": "ar"}, {"status": "norm", "mark": "V", "state": ""},
     {"status": "law"}, {"longest_days": 0}, {"longest_days": 366}],
)  # fmt: skip
def test_a_ground_that_nobody_read_is_no_norm(changed: dict[str, Any]) -> None:
    usual = {"code": "x", "state": "", "status": "parameter", "mark": "D", "longest_days": 9,
             "source": "Invented"}  # fmt: skip
    delays.check_grounds([delays.Ground(**usual)])
    with pytest.raises(Misconfigured):
        delays.check_grounds([delays.Ground(**{**usual, **changed})])
    with pytest.raises(Misconfigured):
        delays.check_grounds([delays.Ground(**usual)] * 2)


@given(_spans, _spans, st.none() | _spans, st.none() | _spans, st.booleans())
def test_a_delay_ends_whatever_happens(
    lasts: timedelta, later: timedelta, reviewed: timedelta | None, ended: timedelta | None,
    again: bool,
) -> None:  # fmt: skip
    told: dict[str, Any] = {
        "again": again,
        "recorded": T0,
        "until": T0 + lasts,
        "reviewed": None if reviewed is None else T0 + reviewed,
        "ended": None if ended is None else T0 + ended,
    }
    held = delays.holds(**told, now=T0 + later)

    assert not held or (later < lasts and ended is None)
    assert not held or reviewed is not None or (later < delays.UNREVIEWED and not again)
    assert not delays.holds(**told, now=T0 + lasts)
