"""Pages that write: ask, change, offer, accept, close, propose; and buttons of one word.

What the officer saw is named by hidden numbers that each page writes anew: after a refusal the form
stands below what is there now, with what was written kept, and can be sent again on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib.errors import Refused, Text, WrongState
from ayni.members import api as members
from ayni.support import api as support
from ayni.support.forms import CloseForm, NeedForm, OfferForm, ProposeForm
from ayni.support.pages import address, officer, what_is_asked, words

Act = support.Act
_EDIT = require_http_methods(["GET", "POST"])


def _why(refusal: Refused) -> Text:
    if isinstance(refusal, support.LooksPersonal):
        return refusal.in_words()
    return refusal.reason


def _number(request: HttpRequest, name: str) -> int:
    """A hidden number of a form. Raises `NotWhole` for anything else: no page of ours sends it."""
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise support.NotWhole
    return int(text)


def _done(request: HttpRequest, need: support.Need, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(address(need))


def _page(
    request: HttpRequest,
    form: forms.Form,
    *,
    need: support.Need | None = None,
    hidden: Mapping[str, Any],
    **context: Any,
) -> HttpResponse:
    told = {
        "back": reverse("support:list") if need is None else address(need),
        "asked": [] if need is None else what_is_asked(need),
        "caption": "" if need is None else words.title(need.body),
        "hidden": hidden,
        **context,
    }
    return members.form_page(request, form, "support/form.html", told)


@_EDIT
@officer
def ask(request: HttpRequest, by: Actor) -> HttpResponse:
    """Ask the other states for something."""
    members.check_may(by, members.Permission.SUPPORT_WRITE)
    if not support.may_ask(by=by):
        raise support.NotThisNode
    form = NeedForm(request.POST if request.method == "POST" else None)
    key = request.POST.get("key", "")
    if not support.is_key(key):
        key = support.new_key()
    sent_before = False

    def send() -> None:
        nonlocal sent_before
        try:
            support.ask(by=by, key=key, asked=form.asked())
        except gazette.StaleEntry:
            sent_before = True  # the same form twice: it was asked once

    if request.method == "POST" and members.attempt(form, send, words=_why):
        messages.success(
            request,
            _("This was sent already, and is asked once.")
            if sent_before
            else _("Asked. All states and the secretariat see it."),
        )
        return redirect("support:need", members.this_node(), key)
    return _page(
        request, form, hidden={"key": key}, title=_("Ask the other states for support"),
        button=_("Ask"),
        intro=_(
            "For people, places, money and knowledge. What is about one person belongs in a case."
        ),
    )  # fmt: skip


def _to(request: HttpRequest, owner: str, key: str, by: Actor, act: support.Act) -> support.Need:
    """A need with which this officer can do that now. A form that was sent comes back with the
    reason if that changed meanwhile: what was written is not lost. Raises `NotFound`,
    `NotThisNode`, `WrongState`."""
    need = support.need(owner, key)
    here = members.this_node()
    secretariat = act in (Act.PROPOSE, Act.REMIND)
    asking = act in (Act.CHANGE, Act.ACCEPT, Act.CLOSE, Act.CONFIRM)
    if secretariat != (here == members.SECRETARIAT) or asking != (owner == here):
        raise support.NotThisNode
    if request.method == "GET" and act not in support.acts(need, by=by):
        raise WrongState
    return need


def _sent(request: HttpRequest, form: forms.Form, verb: Callable[[], Any]) -> bool:
    return request.method == "POST" and members.attempt(form, verb, words=_why)


@_EDIT
@officer
def change(request: HttpRequest, by: Actor, owner: str, key: str) -> HttpResponse:
    """Change what is asked for."""
    need = _to(request, owner, key, by, Act.CHANGE)
    form = NeedForm(request.POST if request.method == "POST" else None, before=need.body)
    if _sent(request, form, lambda: support.change_need(
        by=by, key=key, asked=form.asked(), seen=_number(request, "seen")
    )):  # fmt: skip
        return _done(request, need, _("Changed. Offers made before must be made anew."))
    need = support.need(owner, key)
    return _page(
        request, form, need=need, hidden={"seen": need.version},
        title=_("Change what is asked for"), button=_("Change"),
        intro=_("Offers that were made for it must be made anew."),
    )  # fmt: skip


@_EDIT
@officer
def offer(request: HttpRequest, by: Actor, owner: str, key: str) -> HttpResponse:
    """Offer something, or change what was offered."""
    need = _to(request, owner, key, by, Act.OFFER)
    own = need.offer_of(members.this_node())
    before = None if own is None or own.taken_back else own.body
    form = OfferForm(request.POST if request.method == "POST" else None, before=before)
    if _sent(request, form, lambda: support.offer(
        by=by, owner=owner, key=key, seen=_number(request, "seen"),
        need_terms=_number(request, "need_terms"), **form.cleaned_data,
    )):  # fmt: skip
        return _done(request, need, _("Offered. The state that asks decides now."))
    hidden = {"seen": own.version if own else 0, "need_terms": need.body["terms"]}
    intro = _("Your state is bound only once its offer is accepted.")
    if need.accepted == members.this_node():
        intro = _("Your offer is accepted. If you change it, it must be accepted again.")
    return _page(
        request, form, need=need, hidden=hidden, title=_("Offer support"), button=_("Offer"),
        intro=intro,
    )  # fmt: skip


@_EDIT
@officer
def close(request: HttpRequest, by: Actor, owner: str, key: str) -> HttpResponse:
    """Close a need that was not met."""
    need = _to(request, owner, key, by, Act.CLOSE)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if _sent(request, form, lambda: support.close(
        by=by, key=key, seen=_number(request, "seen"), **form.cleaned_data
    )):  # fmt: skip
        return _done(request, need, _("Closed. All states see it."))
    return _page(
        request, form, need=need, hidden={"seen": need.version}, title=_("Close the need"),
        button=_("Close the need"), intro=_("It is over then. If it is needed later, ask anew."),
    )  # fmt: skip


@_EDIT
@officer
def propose(request: HttpRequest, by: Actor, owner: str, key: str) -> HttpResponse:
    """Propose a state that could help."""
    need = _to(request, owner, key, by, Act.PROPOSE)
    form = ProposeForm(request.POST if request.method == "POST" else None, need=need)
    if _sent(request, form, lambda: support.propose(
        by=by, owner=owner, key=key, seen=_number(request, "seen"), **form.cleaned_data
    )):  # fmt: skip
        return _done(request, need, _("Proposed. Its focal point sees it on the first page."))
    return _page(
        request, form, need=need, hidden={"seen": need.brokered},
        title=_("Propose a state that could help"), button=_("Propose"),
        intro=_("It is a proposal: that state decides whether it offers."),
    )  # fmt: skip


@require_POST
@officer
def accept(request: HttpRequest, by: Actor, owner: str, key: str, state: str) -> HttpResponse:
    """Accept the offer of a state."""
    need = _to(request, owner, key, by, Act.ACCEPT)
    support.accept(
        by=by, key=key, state=state, terms=_number(request, "terms"), seen=_number(request, "seen")
    )
    return _done(request, need, _("Accepted. That state delivers now."))


_ONE_WORD = {Act.TAKE_BACK, Act.DELIVER, Act.CONFIRM, Act.REMIND}


@require_POST
@officer
def act(request: HttpRequest, by: Actor, owner: str, key: str, act: str) -> HttpResponse:
    """A button of one word: take back, delivered, confirm, remind."""
    try:
        which = Act(act)
    except ValueError:
        raise Http404 from None
    if which not in _ONE_WORD:
        raise Http404
    need = _to(request, owner, key, by, which)
    seen = _number(request, "seen")
    if which is Act.CONFIRM:
        support.confirm(by=by, key=key, seen=seen)
        return _done(request, need, _("Confirmed. It is over."))
    if which is Act.TAKE_BACK:
        support.take_back_offer(by=by, owner=owner, key=key, seen=seen)
        return _done(request, need, _("Your offer is taken back."))
    if which is Act.DELIVER:
        support.deliver(by=by, owner=owner, key=key, seen=seen)
        return _done(request, need, _("Told. The state that asked confirms now."))
    support.remind(by=by, owner=owner, key=key, seen=seen)
    return _done(request, need, _("Reminded. Its focal point sees it on the first page."))
