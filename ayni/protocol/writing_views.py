"""Pages that write: the secretariat publishes or takes back, a focal point adopts or takes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.protocol import published, publishing, versions, wording
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.forms import AdoptForm, BackForm, PublishForm
from ayni.protocol.model import Definition
from ayni.protocol.published import Adopted
from ayni.protocol.refusals import LeavesWithoutStep
from ayni.protocol.views import before, change_rows, day_words, officer, the_version

_EDIT = require_http_methods(["GET", "POST"])
MOST_MISTAKES = 40  # shown at once


@_EDIT
@officer
def publish(request: HttpRequest, by: Actor) -> HttpResponse:
    """Check a text and see what it changes; then publish it, for ever."""
    members.check_may(by, members.Permission.PROTOCOL_PUBLISH)
    form = PublishForm(request.POST if request.method == "POST" else None)
    form.initial["on"] = clock.now().date()
    context: dict[str, Any] = {"groups": None, "mistakes": [], "flaws": []}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        read = _tried(form, context, lambda: publishing.read_definition(text, _("text"))[1])
        if read is not None and "publish" in request.POST:
            done = _tried(
                form, context,
                lambda: publishing.publish_version(by=by, text=text, said=form.said()),
            )  # fmt: skip
            if done is not None:
                messages.success(request, _("Published. It travels to all member states."))
                return redirect("protocol:version", done.key, done.version)
        if read is not None:
            earlier = before(read)
            context["groups"] = [] if earlier is None else change_rows(earlier, read)
            context["against"] = "" if earlier is None else earlier.version
            context["number"] = read.version
    return _page(request, form, "protocol/publish.html", context)


def _tried(
    form: PublishForm, context: dict[str, Any], verb: Callable[[], Definition]
) -> Definition | None:
    """What a verb gives; a refusal becomes words of the form, and the text stays in it."""
    try:
        return verb()
    except DefinitionRefused as refused:
        told = [str(each) for each in refused.problems]
        context["mistakes"] = told[:MOST_MISTAKES]
        form.add_error("text", _("The text has mistakes. They are listed below with their lines."))
    except LeavesWithoutStep as refused:
        context["flaws"] = [wording.flaw_words(each) for each in refused.flaws]
        form.add_error("text", str(refused.reason))
    except NotAllowed:
        raise
    except Refused as refused:
        form.add_error(None, str(refused.reason))
    return None


def _page(
    request: HttpRequest, form: PublishForm, template: str, context: dict[str, Any]
) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {**context, "form": form}, status=status)


@require_POST
@officer
def version_back(request: HttpRequest, by: Actor, key: str, version: str) -> HttpResponse:
    """Take back a version that nobody has adopted."""
    try:
        publishing.take_back_version(by=by, key=key, version=version)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
    else:
        messages.success(request, _("Taken back. All member states are told."))
    return redirect("protocol:version", key, version)


@_EDIT
@officer
def adopt(request: HttpRequest, by: Actor, key: str, version: str) -> HttpResponse:
    """Adopt a version for the own state, or change an adoption whose day has not come."""
    if not publishing.may_adopt(by=by):
        raise NotAllowed
    found = the_version(key, version)
    if found.published is None or found.published.taken_back:
        raise NotFound(version=version)
    stands = _standing(request, key, version)
    form = AdoptForm(
        request.POST if request.method == "POST" else None,
        definition=found.definition,
        before=stands,
    )
    form.initial["seen"] = 0 if stands is None else stands.seen
    try:
        if request.method == "POST" and members.attempt(
            form,
            lambda: publishing.adopt_version(
                by=by, key=key, version=version, said=form.said(), seen=_seen(form),
            ),
            through=(gazette.StaleEntry,),
        ):  # fmt: skip
            messages.success(request, _("Adopted. All member states see it."))
            return redirect("protocol:version", key, version)
    except gazette.StaleEntry as stale:
        form.add_error(None, str(stale.reason))
        if stale.stands is not None:
            # Sent again on purpose, it follows what stands now.
            sent = request.POST.copy()
            sent["seen"] = str(stale.stands.said.version)
            form.data = sent
    earlier = before(found.definition)
    context = {
        "title": _("Adopt: %(name)s") % {"name": found.name},
        "key": key,
        "version": version,
        "before": earlier,
        "limits": bool(form.limits),
        "holds": _holds(versions.adopted()),
    }
    return members.form_page(request, form, "protocol/adopt.html", context)


def _seen(form: AdoptForm) -> int:
    """The number of what the author had before her eyes. After an adoption of that day was taken
    back nothing stands, and a new one follows."""
    there = published.own_adoption(form.cleaned_data["on"])
    if there is not None and there.said.withdrawn:
        return there.said.version
    return int(form.cleaned_data["seen"] or 0)


def _standing(request: HttpRequest, key: str, version: str) -> Adopted | None:
    """The adoption of the day that is asked for, to be changed."""
    day = request.GET.get("on", "")
    for each in versions.adoptions():
        if (each.state, each.key, each.version) == (members.this_node(), key, version) and (
            each.adopted_on is not None and each.adopted_on.isoformat() == day
        ):
            return each
    return None


def _holds(held: Adopted) -> str:
    if held.adopted_on is None:
        return _("Your state has adopted no version yet. Its cases follow the reference text.")
    words = {"version": held.version, "day": day_words(held.adopted_on)}
    return _("Your state follows version %(version)s, from %(day)s on.") % words


@require_POST
@officer
def adoption_back(request: HttpRequest, by: Actor, day: str) -> HttpResponse:
    """Take back an adoption whose day has not come."""
    form = BackForm(request.POST)
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if not form.is_valid():
        raise Http404
    try:
        publishing.take_back_adoption(by=by, on=on, seen=form.cleaned_data["seen"])
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
    else:
        messages.success(request, _("Taken back. All member states are told."))
    return redirect("protocol:registry")
