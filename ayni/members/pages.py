"""What every page of an officer begins and ends with, in any room: who acts, refusals, one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ayni.audit.api import Actor
from ayni.lib.errors import NotAllowed, NotFound, Refused, Text
from ayni.vault.errors import Erased

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]
Page = Callable[..., HttpResponse]
# What a room answers to a refusal of its own, given what the address names; None: it goes on up.
Answer = Callable[[HttpRequest, Refused, Mapping[str, Any]], HttpResponse | None]


def officer_page(
    actor_of: Callable[[Any], Actor], answer: Answer | None = None
) -> Callable[[View[P]], Page]:
    """A decorator for pages of signed-in officers: the view gets the actor; what is not there or
    not theirs becomes 404 or 403, what was erased 410, and any other refusal what `answer` says."""

    def officer(view: View[P]) -> Page:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, actor_of(request.user), *args, **kwargs)
            except NotFound:
                raise Http404 from None
            except Erased:
                return render(request, "410.html", status=410)
            except Refused as refusal:
                answered = None if answer is None else answer(request, refusal, kwargs)
                if answered is not None:
                    return answered
                if isinstance(refusal, NotAllowed):
                    raise PermissionDenied(str(refusal)) from refusal
                raise

        return page

    return officer


def attempt(
    form: forms.Form,
    call: Callable[[], Any],
    *,
    through: tuple[type[Refused], ...] = (),
    words: Callable[[Refused], Text] = lambda refusal: refusal.reason,
) -> bool:
    """Run one verb for a valid form; a refusal becomes its error, in `words`. True if it was done.

    What is not there or not allowed is no error of the form and goes on up, as `through` does.
    """
    if not form.is_valid():
        return False
    try:
        call()
    except Refused as refusal:
        if isinstance(refusal, (NotFound, NotAllowed, *through)):
            raise
        form.add_error(None, str(words(refusal)))
        return False
    return True


def form_page(
    request: HttpRequest, form: forms.Form, template: str, context: Mapping[str, Any]
) -> HttpResponse:
    """One form on one page; 422 if it was sent with mistakes."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {**context, "form": form}, status=status)
