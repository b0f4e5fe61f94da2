"""What every page of this room needs: who acts, refusals, times in the post's zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation.errors import NotReferredHere
from ayni.cooperation.models import Event
from ayni.lib import zones
from ayni.lib.errors import NotAllowed, NotFound, Refused, WrongState
from ayni.members import api as members

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]
Cell = str | dict[str, Any]


def officer(view: View[P]) -> Callable[..., HttpResponse]:
    """A page for signed-in officers: the view gets the actor; refusals become 403 or 404."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, members.actor_of(request.user), *args, **kwargs)
        except NotFound:
            raise Http404 from None
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from None
        except Refused as refusal:
            _record(refusal, members.actor_of(request.user), kwargs)
            context = {"reason": refusal.reason, "ways": list(_ways_on(refusal, kwargs))}
            return render(request, "cooperation/refused.html", context, status=409)

    return page


def _record(refusal: Refused, by: Actor, about: Mapping[str, Any]) -> None:
    """Why something is not possible tells something of the case, and the refused verb left no
    entry."""
    named = filter(None, map(about.get, ("case_id", "referral_id", "request_id")))
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
    if not form.is_valid():
        return False
    try:
        call()
    except (NotFound, NotAllowed):
        raise
    except WrongState as refusal:
        form.add_error(None, str(refusal.reason) if row is None else last_done(row, by))
        return False
    except Refused as refusal:
        form.add_error(None, str(refusal.reason))
        return False
    return True


def form_page(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """One form on one page. `context`: title, intro, notes, button, back, ways (words, address),
    asked and due (what a request asks, and by when)."""
    if not form.is_bound and isinstance(request.user, members.User):
        cases.put_back(author=request.user, page=request.path, form=form)
    status = 422 if form.is_bound and form.errors else 200
    usual: dict[str, Any] = {
        "intro": "", "notes": [], "ways": [], "asked": None, "due": "", "will": None,
    }  # fmt: skip
    page = {**usual, **context, "form": form}
    return render(request, "cooperation/form.html", page, status=status)


def moment(value: datetime | None, by: Actor) -> str:
    """A time in the zone of the reader's post, the zone named; empty for none."""
    if value is None:
        return ""
    zone = members.institution(by.institution).time_zone if by.institution else "UTC"
    told = date_format(value.astimezone(ZoneInfo(zone)), "SHORT_DATETIME_FORMAT")
    if zone == "UTC":
        return f"{told} (UTC)"
    place = zones.city(zone, get_language() or "es")
    return _("%(moment)s (%(city)s time)") % {"moment": told, "city": place}


def institution_name(code: str) -> str:
    """The name of an institution in the reader's language; its code if it is not known here."""
    try:
        return members.institution_by_code(code).name
    except NotFound:
        return code


def state_name(code: str) -> str:
    """The name of a state in the reader's language."""
    return members.state(code).name
