"""What every page of this room needs: who acts, refusals, times in the post's zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation.errors import NotReferredHere
from ayni.cooperation.models import Event
from ayni.lib.errors import NotAllowed, NotFound, Refused, Text, WrongState
from ayni.members import api as members

Cell = str | dict[str, Any]
# Under the names that the pages of this room use.
institution_name, state_name = members.institution_name, members.state_name


def _refused(
    request: HttpRequest, refusal: Refused, about: Mapping[str, Any]
) -> HttpResponse | None:
    if isinstance(refusal, (NotAllowed, NotFound)):
        return None
    _record(refusal, members.actor_of(request.user), about)
    context = {"reason": refusal.reason, "ways": list(_ways_on(refusal, about))}
    return render(request, "cooperation/refused.html", context, status=409)


officer = members.officer_page(_refused)


def _record(refusal: Refused, by: Actor, about: Mapping[str, Any]) -> None:
    """Why something is not possible tells something of the case, and the refused verb left no
    entry."""
    named = filter(None, map(about.get, ("case_id", "referral_id", "request_id", "right_id")))
    subject = next(named, "")
    audit.read(by=by, verb="cooperation.refused", subject=subject, why=refusal.code)


def _ways_on(refusal: Refused, about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where to go on after a refusal: (words, address), first what would make it possible."""
    if "case_id" in about:
        case = about["case_id"]
        if isinstance(refusal, cases.ConsentMissing):
            yield _("Record a consent"), reverse("desk:consent-new", args=[case])
        if isinstance(refusal, NotReferredHere):
            yield _("Refer to another institution"), reverse("cooperation:draft", args=[case])
        yield _("Back to the case"), reverse("desk:case", args=[case])
    if "referral_id" in about:
        back = reverse("cooperation:referral", args=[about["referral_id"]])
        yield _("Back to the referral"), back
    if "request_id" in about:
        yield _("Back to the request"), reverse("cooperation:request", args=[about["request_id"]])


def last_done(row: Any, by: Actor) -> str:
    """Why a step is not possible now: what was done last, by whom and when."""
    last = Event.objects.filter(about=row.id).last()
    if last is None:
        return str(WrongState.reason)
    told = {"done": last.words, "moment": moment(last.at, by)}
    if last.by_kind != ActorKind.USER:
        return _("This step is not possible now. Last: %(done)s, %(moment)s.") % told
    names = {str(user.id): user.display_name for user in members.everybody(by.institution)}
    told["who"] = _("you") if last.by_id == by.id else names.get(last.by_id, _("a colleague"))
    return _("This step is not possible now. Last: %(done)s, by %(who)s, %(moment)s.") % told


def attempt(form: forms.Form, call: Callable[[], Any], row: Any = None, by: Any = None) -> bool:
    """Run one verb for a valid form; a refusal becomes its error. True if it was done.

    With `row` and the actor a step that is too late says what was done last, and by whom.
    """

    def words(refusal: Refused) -> Text:
        late = row is not None and isinstance(refusal, WrongState)
        return last_done(row, by) if late else refusal.reason

    return members.attempt(form, call, words=words)


def form_page(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """One form on one page. `context`: title, intro, notes, button, back, ways (words, address),
    asked and due (what a request asks, and by when)."""
    if not form.is_bound and isinstance(request.user, members.User):
        cases.put_back(author=request.user, page=request.path, form=form)
    usual: dict[str, Any] = {
        "intro": "", "notes": [], "ways": [], "asked": None, "due": "", "will": None,
    }  # fmt: skip
    return members.form_page(request, form, "cooperation/form.html", {**usual, **context})


def moments(by: Actor) -> Callable[[datetime | None], str]:
    """Tells times in the zone of the reader's post, the zone named."""
    return members.moments(by=by)


def moment(value: datetime | None, by: Actor) -> str:
    """A time in the zone of the reader's post, the zone named; empty for none."""
    return members.moment(value, by=by)
