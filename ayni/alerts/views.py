"""Pages of alerts: the lists, writing one, one of ours with who confirmed, taking it back, and one
that was received. No address holds anything about a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.alerts import api as alerts
from ayni.alerts.answer_views import free_text, taken_back, told_rows
from ayni.alerts.forms import AlertForm, RecallForm
from ayni.alerts.pages import conversation_of, officer, who_is
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.lib.asked import page_number
from ayni.members import api as members
from ayni.norms import api as norms

words = alerts.vocabulary
_EDIT = require_http_methods(["GET", "POST"])


def _content(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """What an alert says, in words, in one order."""
    rows = []
    for name in alerts.rules.MINIMUM:
        if not content.get(name):
            continue
        value = content[name]
        if name in cases.DISCLOSABLE:
            label, said = cases.DISCLOSABLE[name][1], cases.in_words(name, value)
        else:
            label, said = words.FIELDS[name], _of_search(name, value)
        rows.append({"key": str(label), "value": said})
    return rows


def _of_search(name: str, value: str) -> str:
    if name == "last_country":
        return cases.in_words("host_country", value)
    return date_format(date.fromisoformat(value), "DATE_FORMAT") if name == "last_on" else value


@require_GET
@officer
def listed(request: HttpRequest, by: Actor) -> HttpResponse:
    """Alerts that we received and alerts of ours."""
    try:
        number = page_number(request.GET.get("page", "1"))
    except ValueError:
        raise Http404 from None
    page = alerts.answers_sent(by=by, page=number)
    received, ours = alerts.alerts_received(by=by), alerts.alerts_sent(by=by)
    missing = alerts.copies_unconfirmed(by=by, alerts=ours)
    said = alerts.outcomes(by=by, alerts=ours)
    audit.read(by=by, verb="alerts.open_list", subject=by.institution)
    now, untold = clock.now(), alerts.removals_untold(by=by)
    there = [
        [
            {
                "text": members.institution_name(row.sender_institution),
                **({} if row.over(now) else {"href": reverse("alerts:received", args=[row.id])}),
            },
            members.state_name(row.sender_state),
            members.moment_here(row.received_at),
            _over(row, untold) if row.over(now) else members.moment_here(row.until),
        ]
        for row in received
    ]
    own = [
        [
            {"text": row.case.reference, "href": reverse("alerts:alert", args=[row.id])},
            members.moment_here(row.issued_at) or _("Not yet"),
            row.state_words(now),
            members.moment_here(row.until),
            words.OUTCOMES[said[row.id]] if row.id in said else "–",
            str(missing[row.id]) if row.id in missing else "–",
        ]
        for row in ours
    ]
    context = {
        "answers": [_answer(each) for each in page],
        "answers_page": page,
        "answers_head": [
            _("To"), _("State"), _("Answer"), _("Sent"), _("How it stands"),
        ],
        "received": there,
        "received_head": [_("From"), _("State"), _("Received"), _("Ends")],
        "own": own,
        "own_head": [
            _("Case"), _("Issued"), _("How it stands"), _("Ends"), _("Answer"),
            _("Have not confirmed"),
        ],
    }  # fmt: skip
    return render(request, "alerts/list.html", context)


def _answer(each: alerts.AnswerSent) -> list[Any]:
    """One line of what we answered; one that never left cannot be opened any more, and says so."""
    row, name = each.row, members.institution_name(each.received.sender_institution)
    if row.withdrawn_at:
        stands = taken_back(row)
    elif each.opens:
        stands = _("Not taken back")
    else:
        stands = _("It did not leave: the alert was over before it could be delivered.")
    return [
        {"text": name, "href": reverse("alerts:answer", args=[row.id])} if each.opens else name,
        members.state_name(each.received.sender_state),
        _outcome(row, over=each.over) or "–",
        members.moment_here(row.sent_at),
        stands,
    ]


def _outcome(row: alerts.AlertAnswer, *, over: bool) -> Any:
    """Which of the two we answered; empty once it was taken back, or the alert is over."""
    return "" if over or not row.outcome else words.OUTCOMES[alerts.Outcome(row.outcome)]


def _over(row: alerts.ReceivedAlert, untold: frozenset[UUID]) -> str:
    if row.removed_at is None:
        return _numbered(_("Over"), row)
    said = _("Removed %(moment)s. %(why)s") % {
        "moment": members.moment_here(row.removed_at),
        "why": words.WhyRemoved(row.why_removed).label,
    }
    said = _numbered(said, row)
    if row.id not in untold:
        return said
    due = {"said": said, "due": members.moment_here(row.due_at)}
    if row.due_at is not None and row.due_at <= clock.now():
        return _("%(said)s. Its sender does not know it yet: due %(due)s – late") % due
    return _("%(said)s. Its sender does not know it yet: due %(due)s") % due


def _numbered(said: str, row: alerts.ReceivedAlert) -> str:
    """With the number of the conversation: an alert that is over has no page any more, and what
    both sides signed is asked for afterwards."""
    told = {"said": said, "number": conversation_of(row)}
    if not told["number"]:
        return said
    return _("%(said)s. Conversation number, for the administrator: %(number)s") % told


@_EDIT
@officer
def new(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Write an alert about the person of a case."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    cases.open_form(by=by, case_id=case_id, form="alert")
    to = alerts.whom_may_be_told(by=by, case_id=case_id)
    form = AlertForm(request.POST if request.method == "POST" else None, to=to)
    made: list[alerts.Alert] = []
    if request.method == "POST" and members.attempt(
        form, lambda: made.append(alerts.draft_alert(by=by, case_id=case_id, **form.told()))
    ):
        return redirect("alerts:alert", made[0].id)
    return _form(
        request, form, title=_("A person is missing: alert others"), button=_("Preview"),
        back=reverse("desk:case", args=[case_id]),
        intro=_(
            "Do not wait: no time has to pass before an alert. Nothing leaves yet, you will see "
            "exactly what would leave."
        ),
    )  # fmt: skip


def _form(request: HttpRequest, form: Any, **context: Any) -> HttpResponse:
    return members.form_page(request, form, "alerts/form.html", context)


@require_GET
@officer
def alert(request: HttpRequest, by: Actor, missing_id: UUID) -> HttpResponse:
    """One alert of ours: what leaves or left, to whom, and who confirmed its removal since when."""
    found = alerts.open_alert(by=by, alert_id=missing_id)
    row, now = found.alert, clock.now()
    told = [
        (_("How it stands"), row.state_words(now)),
        (_("Issued"), members.moment_here(row.issued_at)),
        (_("Ends"), members.moment_here(row.until)),
        (_("Taken back"), members.moment_here(row.recalled_at)),
        (_("Why, kept here only"), _recall_reason(row)),
        (_("Why the person was not asked"), words.WhyUnasked(row.why_unasked).label),
        (_("Ground"), _("Step 1.6 of the protocol: missing person, alert without waiting")),
        (_("Regulatory framework"), _instruments()),
    ]
    context = {
        "found": found,
        "row": row,
        "about": [{"key": key, "value": value} for key, value in told if value],
        "content": _content(found.content),
        "copies": [_copy(seen, row) for seen in found.copies],
        "head": [_("Institution"), _("State"), _("How it stands"), _("Since or when")],
        "late": sum(seen.late(now) for seen in found.copies),
        "unconfirmed": sum(
            seen.standing is alerts.rules.Standing.TO_CONFIRM for seen in found.copies
        ),
        "draft": row.state == alerts.rules.State.DRAFT,
        "heard": [_heard(each) for each in found.heard],
        "was_found": _was_found(found) and found.may_recall,
        "readings": [_reading(copy, each, by) for copy, each in found.readings],
        "conversations": _conversations(found.copies) if row.issued_at else [],
    }
    return render(request, "alerts/alert.html", context)


def _instruments() -> str:
    """Which instruments may serve for the search, or that the register names none."""
    return "; ".join(norms.names_serving(norms.Subject.MISSING_PERSON)) or _(
        "It holds no instrument for the search for a missing person. The alert rests on the "
        "protocol alone."
    )


def _conversations(copies: list[alerts.CopySeen]) -> list[tuple[str, str]]:
    """Of each recipient on another node the number under which evidence of it is exported."""
    own = members.this_node()
    return [
        (members.institution_name(copy.recipient_institution), copy.conversation)
        for copy in (seen.copy for seen in copies)
        if copy.recipient_state != own and not copy.stopped
    ]


def _reading(copy: alerts.AlertCopy, each: cooperation.FirstReading, by: Actor) -> str:
    """Which role there has read it, and when; a role of a later version by its code."""
    said = cooperation.reading_text(each, by=by)
    return f"{members.institution_name(copy.recipient_institution)}. {said}"


def _was_found(found: alerts.Opened) -> bool:
    return any(each.row.outcome == alerts.Outcome.FOUND for each in found.heard)


def _heard(each: alerts.Heard) -> dict[str, Any]:
    return {
        "who": who_is(each.state, each.institution),
        "at": members.moment_here(each.row.sent_at),
        "rows": told_rows(each.content),
        "free": free_text(each.content),
        "back": members.moment_here(each.row.withdrawn_at),
        "gone": members.moment_here(each.row.removed_at),
    }


def _recall_reason(row: alerts.Alert) -> Any:
    return words.RecallReason(row.recall_reason).label if row.recall_reason else ""


def _removed(gone: list[str], fields: list[str]) -> str:
    """What a recipient removed, in words."""
    if fields and set(gone) >= set(fields):
        return _("everything that it said")
    named = [str(_label(name)) for name in alerts.rules.MINIMUM if name in gone]
    return ", ".join(named) or _("it had nothing any more")


def _copy(seen: alerts.CopySeen, row: alerts.Alert) -> list[Any]:
    copy, standings, fields = seen.copy, alerts.rules.Standing, row.fields
    said, when = words.STANDINGS[seen.standing], ""
    if row.state == alerts.rules.State.DRAFT:
        said = _("Not told yet")
    if seen.standing is standings.REMOVED:
        what = _removed(copy.removed_fields, fields)
        at = members.moment_here(copy.removed_at)
        when = _("%(moment)s: %(what)s") % {"moment": at, "what": what}
    elif seen.standing is standings.TO_CONFIRM:
        told = {
            "moment": members.moment_here(seen.since), "due": members.moment_here(seen.due),
        }  # fmt: skip
        when = (_("asked since %(moment)s, due %(due)s – late") if seen.late(clock.now()) else
                _("asked since %(moment)s, due %(due)s")) % told  # fmt: skip
    return [
        members.institution_name(copy.recipient_institution),
        members.state_name(copy.recipient_state),
        said,
        when or "–",
    ]


def _label(name: str) -> Any:
    return cases.DISCLOSABLE[name][1] if name in cases.DISCLOSABLE else words.FIELDS[name]


@require_POST
@officer
def agree(request: HttpRequest, by: Actor, missing_id: UUID) -> HttpResponse:
    """Agree as the second officer."""
    alerts.agree_alert(by=by, alert_id=missing_id)
    messages.success(request, _("You agreed as the second officer. The alert can be issued now."))
    return redirect("alerts:alert", missing_id)


@require_POST
@officer
def issue(request: HttpRequest, by: Actor, missing_id: UUID) -> HttpResponse:
    """Send it to everybody whom it names."""
    alerts.issue_alert(by=by, alert_id=missing_id)
    messages.success(request, _("The alert was issued. Take it back as soon as it is not needed."))
    return redirect("alerts:alert", missing_id)


@_EDIT
@officer
def recall(request: HttpRequest, by: Actor, missing_id: UUID) -> HttpResponse:
    """Take it back."""
    found = alerts.open_alert(by=by, alert_id=missing_id)
    draft = found.alert.state == alerts.rules.State.DRAFT
    form = RecallForm(request.POST if request.method == "POST" else None)
    if draft:  # nobody has it, so nobody need be told why
        form.fields["reason"].widget = HiddenInput()
        form.fields["reason"].initial = words.RecallReason.MISTAKE
    elif _was_found(found):
        form.fields["reason"].initial = words.RecallReason.FOUND
    if request.method == "POST" and members.attempt(
        form, lambda: alerts.recall_alert(by=by, alert_id=missing_id, **form.cleaned_data)
    ):
        messages.success(
            request,
            _("Thrown away. Nothing had left.")
            if draft
            else _("Taken back. Here you see who has confirmed that nothing is left."),
        )
        return redirect("alerts:alert", missing_id)
    if found.over:
        raise alerts.AlertOver(_("This alert is over already. Nothing is left to take back."))
    if draft:
        return _form(
            request, form, title=_("Throw the draft away"), button=_("Throw it away"),
            back=reverse("alerts:alert", args=[missing_id]), intro=_("Nothing has left."),
        )  # fmt: skip
    return _form(
        request, form, title=_("Take the alert back"), button=_("Take it back"),
        back=reverse("alerts:alert", args=[missing_id]),
        intro=_(
            "Everybody who has it is told that it is over, removes it for good and confirms what "
            "was removed. Your reason stays here."
        ),
    )  # fmt: skip


@require_GET
@officer
def received(request: HttpRequest, by: Actor, received_id: UUID) -> HttpResponse:
    """One alert that we received."""
    found = alerts.open_received(by=by, alert_id=received_id)
    row = found.row
    context = {
        "row": row,
        "sender": members.institution_name(row.sender_institution),
        "sender_state": members.state_name(row.sender_state),
        "conversation": conversation_of(row),
        "received": members.moment_here(row.received_at),
        "until": members.moment_here(row.until),
        "content": _content(found.content),
        "child": _may_be_child(found.content),
        "ours": [
            {
                "id": answer.id,
                "outcome": _outcome(answer, over=False) or _("Answer"),
                "sent": members.moment_here(answer.sent_at),
                "back": members.moment_here(answer.withdrawn_at),
            }
            for answer in found.ours
        ],
        "may_answer": members.may(by, members.Permission.REFERRAL_SEND),
    }
    return render(request, "alerts/received.html", context)


def _may_be_child(content: Mapping[str, Any]) -> bool:
    return cases.age_of_birth(content.get("birth")).counts_as_child
