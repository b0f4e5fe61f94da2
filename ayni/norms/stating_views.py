"""The page on which a focal point says something of the register to all members: how an instrument
stands for the own state, what its law says, what an article says. What differs between them is in
`statables.py`."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib.errors import NotAllowed, Refused
from ayni.members import api as members
from ayni.norms import api, article_stating, articles
from ayni.norms.article_form import WhichForm
from ayni.norms.statables import Article, Statable
from ayni.norms.stating_form import BackForm, SaidForm
from ayni.norms.wording import in_readers_language

_officer = members.officer_page()


def _opened(by: Actor, of: type[Statable], ident: str) -> Statable:
    """What is to be said something of. Raises `NotAllowed`, `NotFound`."""
    if not api.may_state(by=by):
        raise NotAllowed
    return of(ident)


@require_http_methods(["GET", "POST"])
@_officer
def say(request: HttpRequest, by: Actor, ident: str, of: type[Statable]) -> HttpResponse:
    """Say it, having seen what stands; a stale one is shown what stands now, with all that was
    typed."""
    found = _opened(by, of, ident)
    if not found.can_be_said(by):
        raise NotAllowed
    if request.method == "POST":
        form = found.form(request.POST)
        try:
            if members.attempt(
                form,
                lambda: found.publish(by, form.told(), form.cleaned_data["version"] or 0),
                through=(gazette.StaleEntry,),
            ):
                messages.success(request, _("Published to all member states."))
                return redirect(found.where)
        except gazette.StaleEntry as stale:
            found = _opened(by, of, ident)
            form = _again(found, request, stale)
    else:
        form = found.form(initial=found.initial())
    context = {
        "item": found,
        "stands": found.stands(),
        "state": members.state(members.this_node()).name,
        "back": reverse(f"{found.route}-back", args=[found.id]),
    }
    return members.form_page(request, form, "norms/stating.html", context)


def _again(found: Statable, request: HttpRequest, stale: gazette.StaleEntry) -> SaidForm:
    """The same form, on top of what its author sees now."""
    sent = request.POST.copy()
    sent["version"] = str(0 if stale.stands is None else stale.stands.said.version)
    form = found.form(sent)
    form.is_valid()
    form.add_error(None, str(stale.reason))
    return form


@require_POST
@_officer
def back(request: HttpRequest, by: Actor, ident: str, of: type[Statable]) -> HttpResponse:
    """Take it back, also what can no longer be said."""
    found = _opened(by, of, ident)
    form = BackForm(request.POST)
    if not form.is_valid():
        return redirect(found.route, found.id)
    try:
        found.take_back(by, form.cleaned_data["version"])
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
        return redirect(found.route, found.id)
    messages.success(request, _("Taken back. All member states are told."))
    return redirect(found.where)


@require_http_methods(["GET", "POST"])
@_officer
def which(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Which article: also one that the register does not name."""
    item = article_stating.item(ident)
    if not article_stating.can_state_article(by=by, found=item):
        raise NotAllowed
    of = item.instrument
    form = WhichForm(request.POST) if request.method == "POST" else WhichForm()
    if form.is_bound and form.is_valid():
        key = f"{of.id}.{form.cleaned_data['number']}"
        if not articles.is_read(key):
            return redirect(Article.route, key)
        form.add_error("number", str(api.ReadAlready.reason))
    context = {
        "title": _("Say what an article says"),
        "name": in_readers_language(of.names),
        "where": reverse("norms:instrument", args=[of.id]),
    }
    return members.form_page(request, form, "norms/article_which.html", context)
