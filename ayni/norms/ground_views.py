"""What the ten states share, for every pair: as a picture, as a table and as files."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ayni.lib import clock
from ayni.members import api as members
from ayni.norms import api
from ayni.norms.common_ground import Bridge, Ground, Pair
from ayni.norms.gaps import gap_rows
from ayni.norms.ground_form import GroundForm
from ayni.norms.model import Force
from ayni.norms.wording import CRIMES, FORCES, in_readers_language, state_name

Row = dict[str, Any]
SIGNS = {Force.IN_FORCE: "●", Force.NOT_IN_FORCE: "–", Force.NOT_KNOWN: "?"}


@login_required
@require_safe
def ground(request: HttpRequest) -> HttpResponse:
    """All pairs of states for one crime on one day: what about it binds both."""
    form = GroundForm(request.GET or {"crime": api.Crime.TRAFFICKING.value})
    context: Row = {"form": form, "asked": form.is_valid()}
    if form.is_valid():
        crime = api.Crime(form.cleaned_data["crime"])
        day = form.cleaned_data["on"] or clock.now().date()
        pairs = api.common_ground(on=day)
        context |= {
            "crime": CRIMES[crime],
            "day": day,
            "legend": [
                {"value": value.value, "sign": SIGNS[value], "words": words, "count": count}
                for value, words, count in _counts(pairs, crime)
            ],
            "codes": sorted(members.states()),
            "matrix": _matrix(pairs, crime, day),
            "waiting": sum(each.matters[crime].waits for each in pairs),
            "head": [_("States"), _("About this crime"), _("In force for both"),
                     _("Not known for one of them"), _("Not about this crime alone"),
                     _("Not about this crime alone, not known for one of them"),
                     _("In force for both, no ground for a request"),
                     _("In force for both, not applied to nationals of one of them")],
            "rows": [_row(each, crime, day) for each in pairs],
            "gaps": gap_rows(members.actor_of(request.user), pairs, crime),
            "bridges": [_bridge(each) for each in api.bridge_states(on=day)],
            "query": urlencode({"crime": crime.value, "on": day.isoformat()}),
        }  # fmt: skip
    return render(request, "norms/common_ground.html", context)


def _counts(pairs: tuple[Pair, ...], crime: api.Crime) -> list[tuple[Force, str, int]]:
    counted = Counter(each.matters[crime].of_this_crime for each in pairs)
    return [(value, str(words), counted[value]) for value, words in FORCES.items()]


def _matrix(pairs: tuple[Pair, ...], crime: api.Crime, day: date) -> list[Row]:
    """A row for every state, with a cell for every other; None with itself."""
    known = {frozenset({each.a, each.b}): each.matters[crime] for each in pairs}
    codes = sorted(members.states())
    return [
        {
            "code": one,
            "name": state_name(one),
            "cells": [
                None
                if one == other
                else _cell(known[frozenset({one, other})], one, other, crime, day)
                for other in codes
            ],
        }
        for one in codes
    ]


def _cell(found: Ground, one: str, other: str, crime: api.Crime, day: date) -> Row:
    value = found.of_this_crime
    return {
        "value": value.value,
        "sign": SIGNS[value],
        "words": f"{state_name(one)} – {state_name(other)}: {FORCES[value]}",
        "href": _between(one, other, crime, day),
    }


def _between(one: str, other: str, crime: api.Crime, day: date) -> str:
    """The page of the two, on the same day."""
    asked = urlencode({
        "requesting": one, "requested": other, "crime": crime.value, "on": day.isoformat(),
    })  # fmt: skip
    return f"{reverse('norms:pair')}?{asked}"


def _row(pair: Pair, crime: api.Crime, day: date) -> list[Any]:
    found = pair.matters[crime]
    return [
        {"text": _names(pair), "href": _between(pair.a, pair.b, crime, day)},
        FORCES[found.of_this_crime],
        _called(found.specific),
        _called(found.specific_not_known),
        _called(_general(found)),
        _called(_general_not_known(found)),
        _called(found.without_ground),
        _called(found.not_applied),
    ]


def _general(found: Ground) -> list[str]:
    """Those that serve for both crimes."""
    apart = {*found.specific, *found.without_ground}
    return [each for each in found.instruments if each not in apart]


def _general_not_known(found: Ground) -> list[str]:
    """Those that are not for this crime alone, of which it is not known for one of the two."""
    return [each for each in found.not_known if each not in found.specific_not_known]


def _names(pair: Pair) -> str:
    return f"{state_name(pair.a)} – {state_name(pair.b)}"


def _called(ids: tuple[str, ...] | list[str]) -> str:
    return "; ".join(_name(each) for each in ids) or "–"


def _name(ident: str) -> str:
    found = api.shipped().instruments[ident]
    return in_readers_language(found.short)


def _bridge(found: Bridge) -> str:
    named = [f"{bloc} ({_called(ids)})" for bloc, ids in found.blocs.items()]
    return f"{state_name(found.state)}: {'; '.join(named)}"


@login_required
@require_safe
def ground_file(request: HttpRequest, ending: str) -> HttpResponse:
    """The same as a file: `csv` for one crime, one line a pair; `json` with both crimes."""
    form = GroundForm(request.GET)
    if not form.is_valid():
        return HttpResponseBadRequest(_("Name the crime, and the day as YYYY-MM-DD."))
    day = form.cleaned_data["on"] or clock.now().date()
    crime = api.Crime(form.cleaned_data["crime"])
    if ending == "json":
        answer = api.common_ground_as_data(on=day)
        content, kind = json.dumps(answer, ensure_ascii=False, indent=1), "application/json"
    else:
        content, kind = _csv(day, crime), "text/csv; charset=utf-8"
    found = HttpResponse(content, content_type=kind)
    name = f"common-ground-{crime.value}-{day.isoformat()}.{ending}"
    found["Content-Disposition"] = f'attachment; filename="{name}"'
    return found


def _csv(day: date, crime: api.Crime) -> str:
    """Codes and ids, so that the file says the same in every language."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow([
        "date", "matter", "a", "b", "value", "instruments", "not_known", "general",
        "general_not_known", "without_ground", "not_applied", "gap",
    ])  # fmt: skip
    for pair in api.common_ground(on=day):
        found = pair.matters[crime]
        write.writerow([
            day.isoformat(), crime.value, pair.a.upper(), pair.b.upper(),
            found.of_this_crime.value, " ".join(found.specific),
            " ".join(found.specific_not_known), " ".join(_general(found)),
            " ".join(_general_not_known(found)), " ".join(found.without_ground),
            " ".join(found.not_applied),
            "yes" if found.is_gap else "no",
        ])  # fmt: skip
    return "\ufeff" + out.getvalue()
