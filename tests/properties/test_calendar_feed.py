"""Whatever meetings and due days are called, a calendar program reads just them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from ayni.agenda.calendar_feed import Entry, feed, uid

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 60 * 24 * 9000).map(lambda minutes: FIRST + timedelta(minutes=minutes))
starts = st.one_of(moments, moments.map(datetime.date))
texts = st.text(max_size=80)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Entries about different things."""
    count = draw(st.integers(0, 4))
    return [
        Entry(
            f"about/{n}", draw(texts), draw(texts), draw(starts), draw(st.integers(0, 30)),
            draw(moments), draw(st.booleans()),
        )
        for n in range(count)
    ]  # fmt: skip


@unhurried
@given(entries(), texts)
def test_what_is_read_is_what_was_told_and_nothing_more(told: list[Entry], name: str) -> None:
    read = {str(each["UID"]): each for each in Calendar.from_ical(feed(told, name=name)).events}

    assert set(read) == {uid(each.about) for each in told}
    for each in told:
        event = read[uid(each.about)]
        assert event["DTSTART"].dt == each.starts
        assert event["LAST-MODIFIED"].dt == event["DTSTAMP"].dt == each.changed
        assert event["SEQUENCE"] == each.sequence
        assert event["STATUS"] == ("CANCELLED" if each.cancelled else "CONFIRMED")
        assert set(event) <= {
            "UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DTSTART", "LOCATION",
            "TRANSP", "STATUS",
        }  # fmt: skip


@unhurried
@given(entries())
def test_no_line_is_longer_than_programs_read_and_the_order_does_not_matter(
    told: list[Entry],
) -> None:
    content = feed(told, name="Plataforma")

    assert content == feed(list(reversed(told)), name="Plataforma")
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)  # octets (RFC 5545, 3.1)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
