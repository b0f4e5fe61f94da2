"""The pages on which a focal point says what an article of an instrument, or its text, says."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.norms import api, article_kind, article_stating, articles
from ayni.norms.article_form import ArticleForm, WhichForm
from ayni.norms.article_stating import Item
from ayni.norms.stating_form import BackForm
from ayni.norms.views import evidence_row
from ayni.norms.wording import in_readers_language

_officer = members.officer_page()


def _readable(by: Actor, ident: str) -> Item:
    """The article or text, if this officer may say something of it. Raises `NotAllowed`,
    `NotFound`."""
    found = article_stating.item(ident)
    if not article_stating.can_state_article(by=by, found=found):
        raise NotAllowed
    return found


def _where(found: Item) -> str:
    page = reverse("norms:instrument", args=[found.instrument.id])
    return f"{page}#{found.id}" if found.number else page


@require_http_methods(["GET", "POST"])
@_officer
def which(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Which article: also one that the register does not name."""
    of = _readable(by, ident).instrument
    form = WhichForm(request.POST) if request.method == "POST" else WhichForm()
    if form.is_bound and form.is_valid():
        key = f"{of.id}.{form.cleaned_data['number']}"
        if not articles.is_read(key):
            return redirect("norms:article", key)
        form.add_error("number", str(api.ReadAlready.reason))
    context = {
        "title": _("Say what an article says"),
        "name": in_readers_language(of.names),
        "where": reverse("norms:instrument", args=[of.id]),
    }
    return members.form_page(request, form, "norms/article_which.html", context)


@require_http_methods(["GET", "POST"])
@_officer
def article(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Say it, having seen what stands; a stale one is shown what stands now, with all that was
    typed. What the register has read itself has no such page, unless something is to be taken
    back."""
    found = _readable(by, ident)
    own = articles.own_article_said(found.id)
    if articles.is_read(found.id) and (own is None or own.said.withdrawn):
        raise NotFound(item=found.id)
    if request.method == "POST":
        form = _form(found, request.POST)
        try:
            if members.attempt(
                form,
                lambda: api.state_article(
                    by=by, ident=found.id, read=form.told(), seen=form.cleaned_data["version"] or 0
                ),
                through=(gazette.StaleEntry,),
            ):
                messages.success(request, _("Published to all member states."))
                return redirect(_where(found))
        except gazette.StaleEntry as stale:
            form = _again(found, request, stale)
    else:
        form = _form(found, initial=_initial(found, own))
    return _page(request, form, found)


def _form(found: Item, *args: Any, **kwargs: Any) -> ArticleForm:
    purposes = found.instrument.purposes
    return ArticleForm(*args, purposes=purposes, whole=not found.number, **kwargs)


def _again(found: Item, request: HttpRequest, stale: gazette.StaleEntry) -> ArticleForm:
    """The same form, on top of what its author sees now."""
    sent = request.POST.copy()
    sent["version"] = str(0 if stale.stands is None else stale.stands.said.version)
    form = _form(found, sent)
    form.is_valid()
    form.add_error(None, str(stale.reason))
    return form


def _initial(found: Item, own: gazette.Published | None) -> dict[str, Any]:
    """What stands, to be changed; nothing but its number if it was taken back or does not count."""
    fresh = {
        "language": api.title_language(),
        "read": clock.now().date(),
        "reference": f"art. {found.number.replace('-', ' ')}",
    }
    if own is None:
        return {**fresh, "version": 0}
    if own.said.withdrawn or not own.counts:
        return {**fresh, "version": own.said.version}
    return {**own.said.body, "read": own.said.valid_from, "version": own.said.version}


def _page(request: HttpRequest, form: ArticleForm, found: Item) -> HttpResponse:
    register = found.register
    own = articles.own_article_said(found.id)
    context = {
        "title": _("Say what an article says") if found.number else _("Say what its text says"),
        "name": article_kind.name_of(found.id),
        "where": _where(found),
        "whole": not found.number,
        "register": register and {
            "text": in_readers_language(register.text),
            **evidence_row(register.evidence),
        },
        "item": found,
        "stands": _stands(own),
        "state": members.state(members.this_node()).name,
    }  # fmt: skip
    return members.form_page(request, form, "norms/article.html", context)


def _stands(own: gazette.Published | None) -> dict[str, Any] | None:
    """What this state says of it now, and why it does not count, if it does not."""
    if own is None or (own.said.withdrawn and not own.line.contested):
        return None
    reason: Any = own.problem
    if own.line.contested:
        reason = _("The state published two statements under one number.")
    return {
        "words": "" if reason else article_kind.in_words(own.said),
        "at": own.said.at,
        "version": own.said.version,
        "reason": reason,
    }


@require_POST
@_officer
def back(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Take it back, also when the state is no longer bound."""
    found = article_stating.item(ident)
    if not api.may_state(by=by):
        raise NotAllowed
    form = BackForm(request.POST)
    if not form.is_valid():
        return redirect("norms:article", found.id)
    try:
        api.take_back_article(by=by, ident=found.id, seen=form.cleaned_data["version"])
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
        return redirect("norms:article", found.id)
    messages.success(request, _("Taken back. All member states are told."))
    return redirect(_where(found))
