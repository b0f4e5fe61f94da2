"""What every page of an officer begins and ends with: who acts, refusals as messages, drafts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]


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

    return page


def attempt(form: forms.Form, call: Callable[[], Any]) -> bool:
    """Run one verb for a valid form; a refusal becomes its error. True if it was done."""
    if not form.is_valid():
        return False
    try:
        call()
    except (NotFound, NotAllowed, cases.Conflict):
        raise
    except Refused as refusal:
        form.add_error(None, str(refusal.reason))
        return False
    return True


def asked_form(request: HttpRequest, kind: type[forms.Form], key: str, **given: Any) -> forms.Form:
    """The form as sent, or empty with what its author had typed less than 24 hours ago."""
    if request.method == "POST":
        return kind(request.POST, **given)
    draft = cases.draft_of(author=_author(request), form=key)
    form = kind(initial=draft, **given)
    form.from_draft = draft is not None  # type: ignore[attr-defined]
    return form


def keep_draft(request: HttpRequest, form: forms.Form, key: str) -> bool:
    """Save what was typed, if that was asked for (button or timer); True if so."""
    if request.method != "POST" or "keep_draft" not in request.POST:
        return False
    names = set(form.fields)
    answers: dict[str, Any] = {}
    for name in names:
        values = request.POST.getlist(name)
        if values:
            many = isinstance(form.fields[name], forms.MultipleChoiceField)
            answers[name] = values if many else values[0]
    cases.save_draft(author=_author(request), form=key, answers=answers)
    return True


def draft_done(request: HttpRequest, key: str) -> None:
    """The form was sent: its draft is no longer needed."""
    cases.drop_draft(author_id=_author(request).id, form=key)


def _author(request: HttpRequest) -> members.User:
    if not isinstance(request.user, members.User):
        raise NotAllowed
    return request.user


def form_page(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """One form on one page. `context`: title, intro, button, back, drafts."""
    status = 422 if form.is_bound and form.errors else 200
    usual = {"intro": "", "back": "/", "drafts": False, "warning_text": "", "rows": []}
    return render(request, "desk/form.html", {**usual, **context, "form": form}, status=status)
