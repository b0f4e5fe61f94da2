"""The second half of the journey: the consulate accepts, a service at home takes part, Bolivia asks
Argentina's prosecution to intervene, and the secretariat sees the clocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from ayni.lib import clock
from ayni.node.demo.officer import Officer, Unexpected

T = TypeVar("T")
Wait = Callable[[str, Callable[[], T | None]], T]
_DUE = re.compile(r"(\d\d/\d\d/\d{4} \d\d?:\d\d) \(([A-Za-z_/]+)\)")
_REFERRAL = "^/cooperation/referrals/[0-9a-f-]{36}$"
_REQUEST = "^/cooperation/requests/[0-9a-f-]{36}$"
_CASE = "^/cases/[0-9a-f-]{36}$"


def refer(officer: Officer, case: str, shown: str) -> str:
    """Draft a referral under the case's consent, check the preview, send it; its address.

    `shown` must stand in the preview: exactly what would leave is seen before it leaves.
    """
    officer.open(case).open(officer.link("^/cooperation/cases/.*/refer$"))
    form = next(f for f in officer.forms() if "fields_to_send" in f.names)
    officer.send(
        {
            "consent": form.choices["consent"][0],
            "fields_to_send": form.choices["fields_to_send"],
        }
    )
    if not officer.path.endswith("/preview"):
        raise Unexpected(f"no preview: {officer.errors()}")
    if shown not in officer.text:
        raise Unexpected("the preview does not show what would leave")
    officer.send({}, action="/preview$")
    return officer.path


def find_in_inbox(officer: Officer, pattern: str, wait: Wait[str], what: str) -> str:
    """The address of the first exchange of this kind in the inbox, once it has arrived."""

    def ask() -> str | None:
        officer.open("/cooperation/")
        return next((link for link in officer.links() if re.search(pattern, link)), None)

    return wait(what, ask)


def move(officer: Officer, address: str, name: str) -> None:
    """Do one move with an exchange: its form, empty as far as it may be."""
    officer.open(address).open(officer.link(f"/{name}$")).send({}, action=f"/{name}$")
    if officer.path != address:
        raise Unexpected(f"{name} was not possible: {officer.errors()}")


def accept(officer: Officer, address: str) -> str:
    """Read and accept a referral; the address of the case that begins on this side."""
    move(officer, address, "read")
    move(officer, address, "accept")
    return officer.open(address).link(_CASE)


def wait_for_state(officer: Officer, address: str, words: str, wait: Wait[bool]) -> None:
    """Look at an exchange until its page says so."""

    def ask() -> bool | None:
        return words in officer.open(address).text or None

    wait(f"«{words}» at {address.split('/')[2]}", ask)


def due_on(officer: Officer, address: str) -> datetime:
    """The due time as the page of an exchange shows it, to the minute."""
    found = _DUE.search(officer.open(address).text)
    if found is None:
        raise Unexpected(f"{address} shows no clock")
    local = datetime.strptime(found[1], "%d/%m/%Y %H:%M")  # noqa: DTZ007 - the zone follows
    return local.replace(tzinfo=ZoneInfo(found[2]))


def check_clocks(
    here: Officer, at_here: str, there: Officer, at_there: str, desk: Officer, wait: Wait[bool]
) -> None:
    """Both nodes show the same due time; the secretariat shows its full hour and the two states."""
    due = due_on(here, at_here)
    if due_on(there, at_there) != due:
        raise Unexpected("the two nodes show different clocks")
    hour = clock.hour_up(due.astimezone(UTC)).strftime("%d/%m/%Y %H:%M")

    def ask() -> bool | None:
        text = desk.open("/cooperation/clocks").text
        rows = re.findall(r"<tr[^>]*>(.*?)</tr>", text, re.S)
        return any("Bolivia" in r and "Argentina" in r and hour in r for r in rows) or None

    wait(f"clock of {hour} at the secretariat", ask)


def consent(officer: Officer, case: str, recipient: str, witness: str) -> None:
    """Her consent on this side: one recipient, named fields."""
    officer.open(f"{case}/consents/new")
    form = next(f for f in officer.forms() if "purpose" in f.names)
    officer.send(
        {
            "purpose": "refer",
            "recipient": recipient,
            "fields_named": form.choices["fields_named"],
            "given_by": "person",
            "language": "es",
            "questions": form.choices["questions"],
            "witness": witness,
            "days": "90",
        }
    )
    if recipient not in officer.open(case).text:
        raise Unexpected(f"the consent was not recorded: {officer.errors()}")


def ask_prosecution(officer: Officer, case: str) -> str:
    """Protocol step 2.3: ask the other side for the prosecution; the address of the request."""
    officer.open(case).open(officer.link("^/cooperation/cases/.*/request$"))
    form = next(f for f in officer.forms() if "matter" in f.names)
    officer.send({"recipient": form.choices["recipient"][0], "matter": form.choices["matter"][0]})
    if not re.search(_REQUEST, officer.path):
        raise Unexpected(f"the request was not sent: {officer.errors()}")
    return officer.path


REFERRAL, REQUEST = _REFERRAL, _REQUEST
