"""Pages of clocks and of the register of transfers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.board import PAGE
from ayni.cooperation.pages import institution_name, moments, officer, state_name
from ayni.cooperation.scoreboard import Figure
from ayni.cooperation.wording import neighbour_notes
from ayni.lib import clock
from ayni.lib.asked import row_after
from ayni.lib.errors import NotAllowed
from ayni.members import api as members

YEAR = timedelta(days=365)
COLOURS = {"good": "green", "fair": "yellow", "poor": "red"}


def _after(request: HttpRequest) -> tuple[datetime, UUID] | None:
    """Where the page before ended: a time and a random id. Raises Http404 for anything else."""
    text = request.GET.get("after", "")
    if not text:
        return None
    try:
        return row_after(text)
    except ValueError:
        raise Http404 from None


@require_GET
@officer
def clocks(request: HttpRequest, by: Actor) -> HttpResponse:
    """Who owes which answer by when, overdue first; and how each state answers."""
    reads_rows = cooperation.may_read_rows(by=by)
    reads_figures = members.may(by, members.Permission.STATE_CLOCKS_READ)
    if not (reads_rows or reads_figures):
        raise NotAllowed
    state = request.GET.get("state", "")
    if state and state not in members.states():
        raise Http404
    apart = members.this_node() == members.SECRETARIAT
    silent = apart and bool(request.GET.get("silent"))
    after = _after(request)
    rows = (
        cooperation.owed_answers(by=by, state=state, after=after, silent=silent)
        if reads_rows
        else []
    )
    figures = cooperation.state_figures(by=by, since=clock.now() - YEAR) if reads_figures else []
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    told = moments(by)
    return render(
        request,
        "cooperation/clocks.html",
        {
            "notes": neighbour_notes(),
            "reads_rows": reads_rows,
            "reads_figures": reads_figures,
            "rows": [(row, told(row.due_at), told(row.paused_until)) for row in rows[:PAGE]],
            "state": state,
            "apart": apart,
            "silent": silent,
            "states": members.states().values(),
            "next": "" if last is None else f"{last.due_at.isoformat()}/{last.id}",
            "figure_labels": [*_labels(), _("Together, from -5 to 5")],
            "figures": [_figures(row) for row in figures],
        },
    )


def _figures(row: cooperation.Figures) -> dict[str, Any]:
    per_cent = _("%(number)s per cent")
    return {
        "name": state_name(row.state),
        "cells": [
            {"label": label, **_cell(figure, words)}
            for label, figure, words in zip(
                _labels(),
                (row.accepted, row.days, row.on_date, row.late, row.weak),
                (per_cent, _("%(number)s days"), per_cent, per_cent, per_cent),
                strict=True,
            )
        ],
        "overall_label": _("Together, from -5 to 5"),
        "overall": _("Not all five") if row.overall is None else f"{row.overall:+d}",
    }


def _labels() -> list[str]:
    return [
        _("Referrals accepted within 7 days"),
        _("Days to answer a request"),
        _("Requests answered by the due date"),
        _("Answers rated as bad: in time"),
        _("Answers rated as bad: effort"),
    ]


def _cell(figure: Figure, words: str) -> dict[str, str]:
    if figure.value is None or figure.grade is None:
        return {"text": _("Fewer than 10"), "colour": "grey"}
    number = number_format(figure.value, decimal_pos=0)
    return {"text": words % {"number": number}, "colour": COLOURS[figure.grade.value]}


@require_GET
@officer
def transfers(request: HttpRequest, by: Actor) -> HttpResponse:
    """What left this node, to whom, on what basis, when: names of fields, never a value."""
    rows = cooperation.transfers(by=by, after=_after(request))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    told = moments(by)
    return render(
        request,
        "cooperation/transfers.html",
        {
            "rows": [_transfer(row, told) for row in rows[:PAGE]],
            "head": [
                _("When"), _("From"), _("To"), _("State"), _("Data"), _("Basis"), _("Way"),
            ],
            "next": "" if last is None else f"{last.at.isoformat()}/{last.id}",
        },
    )  # fmt: skip


def _transfer(row: cooperation.Transfer, told: Callable[[datetime], str]) -> list[str]:
    named = [str(cases.NAMEABLE[n]) for n in row.fields if n in cases.NAMEABLE]
    ways = {"node": _("Platform"), "local": _("Inside the state"), "letter": _("Letter")}
    basis, _colon, ident = row.basis.partition(":")
    return [
        told(row.at),
        institution_name(row.institution_code),
        institution_name(row.recipient_institution),
        state_name(row.recipient_state),
        ", ".join(named),
        _("Consent %(id)s") % {"id": ident} if basis == "consent" else row.basis,
        ways[row.channel],
    ]
