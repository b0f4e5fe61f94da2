"""Readiness of a post (protocol phase 0): what is due, what was written down, and writing more."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.desk.officer import asked_form, attempt, done, form_page, keep_draft, officer
from ayni.desk.shown import Names, language, with_sources
from ayni.desk.step_form import AnswersForm, in_words
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.protocol import api as protocol

_EDIT = require_http_methods(["GET", "POST"])


@_EDIT
@officer
def post(request: HttpRequest, by: Actor) -> HttpResponse:
    """The four steps of phase 0 for the officer's own institution."""
    members.check_may(by, members.Permission.POST_WRITE)
    if request.method == "POST":
        protocol.begin_post(by=by)
        return redirect("desk:post")
    try:
        agenda = protocol.post_agenda(by=by)
    except NotFound:
        return render(request, "desk/post.html", {"steps": None, "entries": []})
    definition = protocol.definition_for(members.institution(by.institution).id)
    return render(
        request,
        "desk/post.html",
        {
            "steps": [with_sources(definition, entry) for entry in agenda.steps.values()],
            "entries": _entries(by, definition),
        },
    )


def _entries(by: Actor, definition: protocol.Definition, step: str = "") -> list[dict[str, Any]]:
    names = Names.of(by.institution)
    return [
        {
            "at": entry.recorded_at,
            "step": entry.step,
            "title": definition.steps[entry.step].title.in_language(language()),
            "who": names.name(audit.ActorKind.USER, entry.by_id),
            "answers": in_words(definition, entry.step, entry.answers, language()),
        }
        for entry in protocol.post_entries(by=by)
        if not step or entry.step == step
    ]


@_EDIT
@officer
def post_step(request: HttpRequest, by: Actor, step_id: str) -> HttpResponse:
    """Write down one step of phase 0; as often as there is something new."""
    agenda = protocol.post_agenda(by=by)
    entry = agenda.steps.get(step_id)
    if entry is None:
        raise Http404
    definition = protocol.definition_for(members.institution(by.institution).id)
    form = asked_form(request, AnswersForm, definition=definition, step=entry.step)
    if keep_draft(request):
        return redirect(request.path)
    if request.method == "POST" and attempt(
        form,
        lambda: protocol.record_post(
            by=by, step=step_id, answers=form.answers(), form_id=form.cleaned_data["form_id"]
        ),
    ):
        return done(request, "desk:post")
    shown = with_sources(definition, entry)
    return form_page(
        request, form, title=shown["title"], intro=shown["duty"], button=_("Save"), keeps=True,
        back="/post", step=shown, told=[], template="desk/step.html",
    )  # fmt: skip
