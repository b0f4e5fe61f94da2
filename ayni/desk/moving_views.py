"""Many open cases to what the state has adopted since: which can move; on a page of their own those
that cannot, and why; and what became of those that were chosen. Each moves by itself, as on its own
page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.desk.officer import looked_at_list, officer
from ayni.desk.paging import Place, as_text, place_in
from ayni.desk.shown import language
from ayni.desk.version_views import refusal_words
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.protocol import api as protocol

PAGE = 25  # cases that one page shows and moves
_MOST_PAGES = 20  # of the list of cases that one page looks through for them
_MOST_ASKED = 100  # cases of which one page asks whether they can move
SLICE = 1.0  # seconds after which the officer is told how far it is
_CHOSEN = r"\A[0-9a-f-]{36}:[0-9]{1,9}\Z"
_TOLD = r"\A[0-9a-f-]{36}:(moved|kept|changed|gone)\Z"
# What became of a case.
WORDS = {
    "moved": gettext_lazy("Moved. It follows the other version from now on."),
    "changed": gettext_lazy("Not moved: somebody else changed this case meanwhile. Look again."),
    "gone": gettext_lazy("Not moved: it is not open to you any more."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One open case that follows something else than what the state has adopted; `why` it cannot
    move, empty if it can."""

    case: cases.Case
    why: str


class _Codes(forms.MultipleChoiceField):
    """Texts of one form, as many as a page has at most."""

    def __init__(self, pattern: str) -> None:
        super().__init__(required=False, widget=forms.MultipleHiddenInput)
        self.one = forms.RegexField(pattern)

    def validate(self, value: list[str]) -> None:
        """Each by its pattern, which says enough: the verb asks whether it may be."""
        if len(value) > PAGE:
            words = _("No case was moved. Choose %(n)s at most at once.") % {"n": PAGE}
            raise forms.ValidationError(words)
        try:
            for each in value:
                self.one.clean(each)
        except forms.ValidationError:
            raise forms.ValidationError(
                _("No case was moved: what was sent could not be read. Choose them again here.")
            ) from None


class ChosenForm(forms.Form):
    """`case`: those still to be moved, with the number that the officer saw; `told`: what became of
    the others that were chosen with them."""

    case = _Codes(_CHOSEN)
    told = _Codes(_TOLD)

    def clean(self) -> dict[str, Any]:
        """Whoever sends nothing has chosen nothing."""
        if not self.errors and not any(self.cleaned_data.values()):
            self.add_error("case", _("No case was moved. Choose at least one."))
        return self.cleaned_data


@require_http_methods(["GET", "POST"])
@officer
def move_many(request: HttpRequest, by: Actor) -> HttpResponse:
    """Choose among the open cases those that are to follow what the state has adopted; with
    `?show=cannot`: read why the others cannot."""
    members.check_may(by, members.Permission.CASE_WRITE)
    looked_at_list(by, "moves")
    form = ChosenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _moved(request, by, form.cleaned_data["case"], form.cleaned_data["told"])
    cannot = request.GET.get("show") == "cannot"
    rows, older = _rows(by, place_in(request.GET.get("after", "")), cannot=cannot)
    held = protocol.adopted()
    there = protocol.definition(held.key, held.version)
    context = {
        "title": f"{there.title.in_language(language())}, {there.version}",
        "act": held.act,
        "rows": rows,
        "later": bool(request.GET.get("after")),
        "older": _address(older, cannot=cannot),
        "errors": [
            {"text": each, "href": "#case" if rows else ""}
            for told in form.errors.values()
            for each in told
        ],
    }
    page = "desk/cannot_move.html" if cannot else "desk/move_many.html"
    return render(request, page, context, status=422 if form.is_bound else 200)


def _address(older: Place | None, *, cannot: bool) -> str:
    """Where the next page begins; empty where there is none."""
    if older is None:
        return ""
    return urlencode({**({"show": "cannot"} if cannot else {}), "after": as_text(older)})


def _rows(by: Actor, after: Place | None, *, cannot: bool) -> tuple[list[Row], Place | None]:
    """The cases after a place that can move (or that cannot), newest first; and after which case
    the next page goes on, None at the end of the list. A page may be empty and not the last one:
    so many are looked at and no more."""
    found: list[Row] = []
    asked = 0
    for _page in range(_MOST_PAGES):
        listed = cases.case_list(by=by, query=cases.CaseQuery(after=after))
        shown = listed[: cases.PAGE]
        behind = protocol.behind([each.id for each in shown])
        opened = cases.cases_of(by=by, ids=[each.id for each in shown if each.id in behind])
        for each in shown:
            if each.id in behind:
                if len(found) == PAGE or asked == _MOST_ASKED:
                    return found, after
                asked += 1
                row = _row(each, each.id in opened)
                if row is not None and bool(row.why) == cannot:
                    found.append(row)
            after = each.opened_at, each.id
        if len(listed) <= cases.PAGE:
            return found, None
    return found, after


def _row(case: cases.Case, is_open: bool) -> Row | None:
    """None for a case that follows already what the state has adopted, or is not there for her.
    Facts are asked only of a case that she may open."""
    try:
        if not is_open or case.assigned_to_id is None:
            return Row(case, _("Nobody has taken it. Take it first."))
        protocol.check_movable(subject=case.id, facts=cases.protocol_facts(case))
    except (NotAllowed, NotFound, protocol.NothingToMoveTo):
        return None
    except Refused as refused:
        return Row(case, refusal_words(case, refused))
    return Row(case, "")


def _moved(request: HttpRequest, by: Actor, chosen: list[str], told: list[str]) -> HttpResponse:
    """Move for a second, then tell how far it is; the rest waits for one more click."""
    begun, waiting = time.monotonic(), list(chosen)
    while waiting and (waiting == chosen or time.monotonic() - begun < SLICE):
        ident, _colon, version = waiting.pop(0).partition(":")
        told = [*told, f"{ident}:{_move(by, ident, int(version))}"]
    ids = [_id(each) for each in told]
    known = cases.cases_of(by=by, ids=[each for each in ids if each is not None])
    context = {
        "told": [_became(each, known) for each in told],
        "codes": told,
        "waiting": waiting,
        "done": len(told),
        "all": len(told) + len(waiting),
    }
    return render(request, "desk/moved_many.html", context)


def _id(code: str) -> UUID | None:
    try:
        return UUID(code.partition(":")[0])
    except ValueError:
        return None


def _move(by: Actor, ident: str, version: int) -> str:
    """Move one case in a transaction of its own; what became of it."""
    case_id = _id(ident)
    if case_id is None:
        return "gone"
    try:
        cases.move_case(by=by, case_id=case_id, version=version)
    except (NotAllowed, NotFound):
        return "gone"
    except cases.Conflict:
        return "changed"
    except Refused:
        return "kept"
    return "moved"


def _became(code: str, known: dict[UUID, cases.Case]) -> dict[str, Any]:
    """What became of one case, in words; why one stayed is asked again, for it may be another
    reason by now."""
    ident, _colon, how = code.partition(":")
    case = known.get(_id(ident) or UUID(int=0))
    if case is None:
        return {"case": None, "words": WORDS["gone"], "moved": False}
    if how != "kept":
        return {"case": case, "words": WORDS[how], "moved": how == "moved"}
    row = _row(case, True)
    why = _("Nothing was changed.") if row is None else row.why
    return {"case": case, "words": _("Not moved. %(why)s") % {"why": why}, "moved": False}
