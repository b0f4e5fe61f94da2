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
from django.utils.translation import gettext as _

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]


def officer(view: View[P]) -> Callable[..., HttpResponse]:
    """A page for signed-in officers: the view gets the actor; refusals become 403, 404 or 409."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, members.actor_of(request.user), *args, **kwargs)
        except NotFound:
            raise Http404 from None
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from None
        except cases.ReadOnly as refusal:
            return render(request, "desk/read_only.html", {"reason": refusal.reason}, status=409)

    return page


def attempt(form: forms.Form, call: Callable[[], Any]) -> bool:
    """Run one verb for a valid form; a refusal becomes its error. True if it was done.

    Where somebody else was faster, the form keeps the conflict: `form_page` shows both values.
    """
    if not form.is_valid():
        return False
    try:
        call()
    except (NotFound, NotAllowed):
        raise
    except cases.Conflict as conflict:
        form.conflict = conflict  # type: ignore[attr-defined]
        return False
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
    """One form on one page. `context`: title, intro, button, back, drafts, version.

    `form.initial` is what stands in the row now: it is what a later editor sees beside his own.
    """
    usual = {"intro": "", "back": "/", "drafts": False, "warning_text": "", "rows": []}
    page = {**usual, **context, "form": form}
    conflict: cases.Conflict | None = getattr(form, "conflict", None)
    if conflict is not None:
        sent = request.POST.copy()
        sent["version"] = str(conflict.current_version)
        form.data = sent
        page |= {"pairs": _differences(form), "version": ""}
        return render(request, "desk/conflict.html", page, status=409)
    if not form.is_bound:
        read = cases.put_back(author=_author(request), page=request.path, form=form)
        page["version"] = read if read and "version" in context else context.get("version", "")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "desk/form.html", page, status=status)


def _differences(form: forms.Form) -> list[dict[str, Any]]:
    """Where two officers differ: what stands there now, and what was just written."""
    return [
        {"name": field.label, "theirs": _words(field, now), "mine": _words(field, mine)}
        for name, field in form.fields.items()
        if name in form.initial and name != "version"
        for now, mine in [(form.initial[name], form.cleaned_data.get(name))]
        if _words(field, now) != _words(field, mine)
    ]


def _words(field: forms.Field, value: Any) -> str:
    """A value as the page shows it: the words of a choice, not its code."""
    if value in (None, "", []):
        return ""
    if isinstance(field, forms.MultipleChoiceField | forms.ChoiceField):
        labels = {str(code): str(label) for code, label in field.widget.choices}
        several = value if isinstance(value, list | tuple) else [value]
        return ", ".join(labels.get(str(one), str(one)) for one in several)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)
