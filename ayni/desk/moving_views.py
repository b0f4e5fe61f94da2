"""Many open cases to what the state has adopted since: which can move, which cannot and why, and
what became of those that were chosen. Each moves by itself, as on its own page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
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
from ayni.desk.shown import language
from ayni.desk.version_views import refusal_words
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.protocol import api as protocol

PAGE = 25  # cases that one page shows and moves
_MOST_PAGES = 20  # of the list of cases that are looked through for them
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
            raise forms.ValidationError(_("Choose fewer cases at once."))
        for each in value:
            self.one.clean(each)


class ChosenForm(forms.Form):
    """`case`: those still to be moved, with the number that the officer saw; `told`: what became of
    the others that were chosen with them."""

    case = _Codes(_CHOSEN)
    told = _Codes(_TOLD)


@require_http_methods(["GET", "POST"])
@officer
def move_many(request: HttpRequest, by: Actor) -> HttpResponse:
    """Choose among the open cases those that are to follow what the state has adopted."""
    members.check_may(by, members.Permission.CASE_WRITE)
    looked_at_list(by, "moves")
    form = ChosenForm(request.POST if request.method == "POST" else None)
    valid = form.is_bound and form.is_valid()
    if valid and (form.cleaned_data["case"] or form.cleaned_data["told"]):
        return _moved(request, by, form.cleaned_data["case"], form.cleaned_data["told"])
    rows, more = _rows(by)
    held = protocol.adopted()
    there = protocol.definition(held.key, held.version)
    context = {
        "title": f"{there.title.in_language(language())}, {there.version}",
        "act": held.act,
        "can": [each for each in rows if not each.why],
        "cannot": [each for each in rows if each.why],
        "more": more,
        "nothing_chosen": form.is_bound,
    }
    return render(
        request, "desk/move_many.html", context, status=422 if form.is_bound else 200
    )  # fmt: skip


def _rows(by: Actor) -> tuple[list[Row], bool]:
    """The first cases that follow something else, newest first, and whether there may be more."""
    found: list[Row] = []
    query = cases.CaseQuery()
    for _page in range(_MOST_PAGES):
        listed = cases.case_list(by=by, query=query)
        shown = listed[: cases.PAGE]
        opened = cases.cases_of(by=by, ids=[each.id for each in shown])
        for each in shown:
            row = _row(each, each.id in opened)
            if row is not None:
                if len(found) == PAGE:
                    return found, True
                found.append(row)
        if len(listed) <= cases.PAGE:
            return found, False
        query = cases.CaseQuery(after=(shown[-1].opened_at, shown[-1].id))
    return found, True


def _row(case: cases.Case, is_open: bool) -> Row | None:
    """None for a case that follows already what the state has adopted, or is not there for her.
    Facts are asked only of a case that she may open."""
    try:
        if protocol.followed(case.id).latest:
            return None
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
