"""A node with tallies of the hotline and with two statisticians; everything is invented."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.test import Client

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Release
from ayni.statistics.privacy.domain import read_domain
from ayni.statistics.sources import tallies
from tests.cast import an_institution, an_officer, enter

VICTIMS = "linea145_victims"
REGISTER = "register_ctdc_shaped"
HOLDER = "ar-programme"
MACHINE = audit.job("statistics.check_release")
WHY = "I looked at each table and at what the machine found."


@dataclass
class Office:
    """Eva proposes, Mario reviews, Fede is the focal point."""

    eva: Actor
    mario: Actor
    fede: Actor


def an_office(code: str = HOLDER) -> Office:
    """The office of statistics of this node."""
    place = an_institution(code)
    role = members.Role
    return Office(
        eva=members.actor_of(an_officer("eva", place, role.STATISTICIAN)),
        mario=members.actor_of(an_officer("mario", place, role.STATISTICIAN)),
        fede=members.actor_of(an_officer("fede", place, role.NATIONAL_FOCAL_POINT)),
    )


# year -> (sex, age, nationality) -> persons
COUNTED = {
    2022: {("female", "adult", "told"): 61, ("female", "child", "told"): 24,
           ("male", "adult", "told"): 43, ("male", "child", "told"): 3,
           ("female", "adult", "missing"): 31, ("male", "adult", "missing"): 27},
    2023: {("female", "adult", "told"): 72, ("female", "child", "told"): 19,
           ("male", "adult", "told"): 38, ("male", "child", "told"): 14,
           ("female", "adult", "missing"): 22, ("male", "adult", "missing"): 16},
}  # fmt: skip


def tallied(counted: dict[int, dict[tuple[str, str, str], int]] | None = None) -> None:
    """Keep these counts of victims as the tallies of the programme."""
    named = {
        year: Counter(
            {
                ("trafficking", "victim", nationality, sex, age): number
                for (sex, age, nationality), number in cells.items()
            }
        )
        for year, cells in (counted or COUNTED).items()
    }
    for counts in named.values():  # others are named as well, and are no victims
        counts["trafficking", "accused", "told", "male", "adult"] = 4
    tallies.keep(HOLDER, "linea145", {"named": named}, clock.now())


def proposed(by: Actor, declared: Declared | None = None, **more: Any) -> Release:
    """A proposal about the victims, which the machine has looked at."""
    row = statistics.propose_release(
        by=by, source="linea145", population=VICTIMS, declared=declared, **more
    )
    return checked(row.id)


def checked(release: UUID) -> Release:
    """What the machine's job does."""
    return statistics.check_release(by=MACHINE, release_id=release)


def browser(by: Actor, language: str = "en") -> Client:
    """The browser of somebody of the office."""
    client = Client(headers={"host": "ar.localhost"})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    enter(client, members.user(UUID(by.id)))
    return client


def accepted(by: Actor, row: Release) -> Release:
    """A second person accepts it."""
    return statistics.review_release(
        by=by, release_id=row.id, decision="accept", reasons=WHY, sha256=row.sha256
    )


def published(office: Office, declared: Declared | None = None, **more: Any) -> Release:
    """From the proposal to the publication."""
    row = proposed(office.eva, declared, **more)
    accepted(office.mario, row)
    return statistics.publish_release(by=office.mario, release_id=row.id)


def a_register(folder: Path, records: int, *, years: tuple[str, ...] = ("2020", "2021")) -> Path:
    """A CSV with the columns of the declared domain; every value follows from the line's number."""
    domain = read_domain("ctdc_shaped_1")
    lines = [",".join(domain.names)]
    for number in range(records):
        values = []
        for place, column in enumerate(domain.columns):
            if column.name == domain.cohort:
                values.append(years[number % len(years)])
            else:
                kind = (number * (place + 3) // (2 + place % 5) + number % 7) % 11
                values.append(column.values[kind % len(column.values)])
        lines.append(",".join(values))
    file = folder / f"register-{records}-{'-'.join(years)}.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file
