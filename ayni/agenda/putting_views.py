"""The page on which a proposal is put on the agenda of a meeting, in one step."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.agenda import api
from ayni.agenda.action_kinds import gap_text
from ayni.agenda.forms import PlatformForm
from ayni.agenda.wording import ACTION_STATUSES, state_text
from ayni.agenda.writing_views import closed_text, page, sent, write
from ayni.audit.api import Actor
from ayni.lib.errors import NotFound
from ayni.members import api as members

_officer = members.officer_page()


class PutForm(PlatformForm):
    """Nothing to fill in: which proposal, in the version that was read."""

    number = forms.RegexField(r"\A[a-z]{2,12}:[1-9][0-9]{0,6}\Z", widget=forms.HiddenInput)

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        owner, _colon, number = self.cleaned_data["number"].partition(":")
        return {"owner": owner, "number": int(number), **self.written()}


def beside(key: str, known: api.Presidencies) -> dict[str, list[dict[str, Any]]]:
    """Common actions on the page of a meeting: on its agenda, and waiting for one."""
    found = api.actions_beside(key, known)
    return {"on_agenda": [_row(each) for each in found.on], "wait": [_row(e) for e in found.wait]}


def _row(each: api.Action) -> dict[str, Any]:
    return {
        "key": each.gap.key,
        "title": each.title,
        "gap": gap_text(each.gap),
        "owner": state_text(each.owner),
        "status": ACTION_STATUSES[each.status],
    }


@require_http_methods(["GET", "POST"])
@_officer
def put(request: HttpRequest, by: Actor, key: str, action: str) -> HttpResponse:
    """Put the proposal that is followed for a gap on the agenda of this meeting."""
    known, gap = api.presidencies(), api.gap(action)
    try:
        found = api.meeting(key, known)
    except NotFound:
        return redirect("agenda:platform")
    try:
        return _put(request, by, found, gap, _followed(gap, known))
    except NotFound:  # the last proposal went while this page was open
        messages.info(request, _("No proposal for it stands any more. Nothing was changed."))
        return redirect("agenda:meeting", key)


def _followed(gap: api.Gap, known: api.Presidencies) -> api.Action:
    """The proposal that is followed for a gap. Raises `NotFound` if none is there."""
    rows = api.proposals_for(gap, known)
    if not rows:
        raise NotFound(gap=gap.key)
    return rows[0]


def _put(
    request: HttpRequest, by: Actor, found: api.Meeting, gap: api.Gap, first: api.Action
) -> HttpResponse:
    initial = {"after": first.stands.ref, "number": f"{first.owner}:{first.number}"}
    form, words = PutForm(sent(request), initial=initial), ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            latest = _followed(gap, api.presidencies())
            told = f"{ACTION_STATUSES[latest.status]}. {state_text(latest.owner)}: {latest.title}"
            return "after", latest.stands.ref, told

        done, words = write(
            request, form,
            lambda: api.put_on_agenda(by=by, key=found.key, gap=gap, **form.told()), now,
            _("It is on the agenda of the meeting. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:meeting", found.key)
        if words:  # it was changed meanwhile: the next answer is about what is shown now
            latest, seen = _followed(gap, api.presidencies()), request.POST.copy()
            seen["after"] = latest.stands.ref
            seen["number"] = f"{latest.owner}:{latest.number}"
            form.data = seen
    return page(
        request, form, title=_("Put on the agenda of this meeting"),
        button=_("Put on the agenda and publish"), stands=words, closed=closed_text(by),
        intro=_("%(meeting)s. It gets this item: %(title)s (%(gap)s).")
        % {"meeting": found.title, "title": first.title, "gap": gap_text(gap)},
        back=reverse("agenda:meeting", args=[found.key]), back_text=found.title,
    )  # fmt: skip
