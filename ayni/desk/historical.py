"""What the page of a historical notice shows: the record, its referrals, the persons by role."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ayni.audit.api import Actor
from ayni.cases import api as cases

words = cases.vocabulary
Rows = list[dict[str, str]]


def context(by: Actor, notice: cases.Notice, opened: dict[str, Any]) -> dict[str, Any]:
    """Variables of `desk/historical.html`. Opens the persons named, which is recorded."""
    named = cases.open_named(by=by, notice_id=notice.id)
    original = opened["original"] if isinstance(opened["original"], dict) else {}
    headings = {"victim": _("Direct victims"), "relative": _("Relatives"),
                "accused": _("Accused persons")}  # fmt: skip
    return {
        "notice": notice,
        "rows": _told(notice, opened),
        "chain": named.chain,
        "head": [
            pgettext("column", "Number"), _("Gender"), _("Apparent age"), _("Nationality"),
            _("Place"), _("Pregnant"), _("Disability"),
        ],
        "roles": [
            (headings[role], [_person(n, details) for n, details in enumerate(persons, 1)])
            for role, persons in named.persons.items()
        ],
        "original_head": [_("Column"), _("As found")],
        "original": [[key, value] for key, value in original.items() if value],
    }  # fmt: skip


def _told(notice: cases.Notice, opened: dict[str, Any]) -> Rows:
    # The class alone: the desk's own words say what each class asks for, and nobody asks any more.
    situations = {
        "emergency": _("Emergency"),
        "urgency": _("Urgency"),
        "orientation": _("Orientation and advice"),
    }
    anonymous = {True: _("Yes"), False: _("No"), None: ""}[notice.anonymous]
    return _rows(
        (_("Received"), _received(notice)),
        (_("Triage"), situations.get(notice.situation, "")),
        (_("How did the notice come?"), notice.channel_words),
        (_("Who gives the notice?"), notice.informant_words),
        (_("Anonymous"), anonymous),
        (_("Place"), str(opened["place"] or "")),
    )


def _received(notice: cases.Notice) -> str:
    """The day, and the hour if it was recorded: midnight stands for an hour that was not."""
    local = localtime(notice.received_at)
    if (local.hour, local.minute) == (0, 0):
        return date_format(local, "DATE_FORMAT")
    return date_format(local, "DATETIME_FORMAT")


def _person(number: int, details: dict[str, Any]) -> list[str]:
    original = details.get("original", {})
    gender, age = details.get("gender"), details.get("age")
    yes_no = {True: _("Yes"), False: _("No"), None: ""}
    told = [
        str(words.Gender(gender).label) if gender else original.get("genero", ""),
        "" if age is None else str(age),
        original.get("nacionalidad", "") or ", ".join(details.get("citizenships", [])),
        details.get("place", ""),
        yes_no[details.get("pregnant")],
        yes_no[details.get("disability")],
    ]
    return [str(number), *(value or _("Not written") for value in told)]


def _rows(*told: tuple[str, str]) -> Rows:
    return [{"key": key, "value": value or _("Not written")} for key, value in told]
