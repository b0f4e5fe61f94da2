"""Pages of referrals and requests. No address holds anything about a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import asking, attachment_views, ground, inquiry_views, moving
from ayni.cooperation.earlier_views import linked
from ayni.cooperation.forms import (
    DraftForm,
    LetterForm,
    RequestForm,
    with_day,
)
from ayni.cooperation.pages import (
    attempt,
    form_page,
    institution_name,
    moment,
    officer,
    state_name,
)
from ayni.cooperation.states import Move, Side
from ayni.cooperation.wording import (
    delivery_text,
    event_text,
    neighbour_notes,
    pause_text,
    reading_text,
    unanswered_text,
)
from ayni.lib import clock
from ayni.lib.asked import page_number
from ayni.lib.paper import PaperNotMade
from ayni.members import api as members

_EDIT = require_http_methods(["GET", "POST"])
FIRST = 20  # of each list in the inbox; the whole list has its own page
LIST_TITLES = {
    "referrals-in": gettext_lazy("Referrals to us"),
    "requests-in": gettext_lazy("Requests to us"),
    "referrals-out": gettext_lazy("Our referrals"),
    "requests-out": gettext_lazy("Our requests"),
}


@require_GET
@officer
def inbox(request: HttpRequest, by: Actor) -> HttpResponse:
    """Referrals and requests of my institution that are not over, the nearest time first."""
    _looked_at_list(by, "inbox")
    tables = []
    for code, title in LIST_TITLES.items():
        page = cooperation.listed(by=by, code=code, page=1, size=FIRST)
        more = page.paginator.count if page.has_next() else 0
        tables.append((code, title, _lines(page, by), more))
    context = {"tables": tables, "head": _head(), "notes": neighbour_notes()}
    return render(request, "cooperation/inbox.html", context)


@require_GET
@officer
def listed(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """One of the lists of the inbox, page by page."""
    try:
        number = page_number(request.GET.get("page", "1"))
    except ValueError:
        raise Http404 from None
    page = cooperation.listed(by=by, code=code, page=number)
    _looked_at_list(by, code)
    context = {
        "title": LIST_TITLES[code],
        "head": _head(),
        "rows": _lines(page, by),
        "page": page,
    }
    return render(request, "cooperation/list.html", context)


def _looked_at_list(by: Actor, name: str) -> None:
    audit.read(by=by, verb="cooperation.open_list", subject=by.institution, list=name)


def _head() -> list[str]:
    return [_("Institution"), _("State"), _("Where it stands"), _("Due by")]


def _lines(page: Iterable[Any], by: Actor) -> list[list[Any]]:
    rows = list(page)
    asked = cooperation.asked_of_us(rows)
    return [_line(row, by, asked=row.id in asked) for row in rows]


def _line(row: Any, by: Actor, *, asked: bool) -> list[Any]:
    name = "referral" if isinstance(row, cooperation.Referral) else "request"
    due, stands = moment(row.deadline, by), row.state_words
    if title := cooperation.title_of(row):
        stands = f"{title}: {stands}"
    if row.still_until is not None:
        due = _("%(due)s, stands still until %(until)s") % {
            "due": due, "until": moment(row.still_until, by),
        }  # fmt: skip
    return [
        {
            "text": institution_name(row.counterpart_institution),
            "href": reverse(f"cooperation:{name}", args=[row.id]),
        },
        state_name(row.counterpart_state),
        _("%(state)s. A pause is asked for") % {"state": stands} if asked else stands,
        _("%(due)s, overdue") % {"due": due} if row.late else due or "–",
    ]


@_EDIT
@officer
def draft(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """A new referral of a case, under one of its consents."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    case = cases.open_form(by=by, case_id=case_id, form="referral")
    now = clock.now()
    consents = [
        c
        for c in cases.consent_views(case)
        if c.purpose == "refer" and c.withdrawn_at is None and now < c.valid_until
    ]
    if not consents:
        raise cases.ConsentMissing
    form = DraftForm(request.POST or None, consents=consents)
    drafted: list[cooperation.Referral] = []
    if request.method == "POST" and attempt(
        form,
        lambda: drafted.append(cooperation.draft_referral(by=by, case_id=case_id, **form.told())),
    ):
        return redirect("cooperation:preview", drafted[0].id)
    return form_page(
        request, form, title=_("Refer to another institution"), button=_("Preview"),
        intro=_("Nothing leaves yet. You will see exactly what would leave."),
        back=f"/cases/{case_id}",
    )  # fmt: skip


@_EDIT
@officer
def preview(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """Exactly what would leave; sending it is one button."""
    if request.method == "POST":
        cooperation.send_referral(by=by, referral_id=referral_id)
        messages.success(request, _("The referral was sent."))
        return redirect("cooperation:referral", referral_id)
    found = cooperation.preview_referral(by=by, referral_id=referral_id)
    row = found.referral
    return render(
        request,
        "cooperation/preview.html",
        {
            "preview": found,
            "rows": [[label, cases.in_words(n, value)] for n, label, value in found.values],
            "head": [_("Data"), _("Value")],
            "to": institution_name(row.counterpart_institution),
            "to_state": state_name(row.counterpart_state),
            "never": ", ".join(state_name(code) for code in found.never),
            "due": moment(found.due_at, by),
            "legal": ground.legal_ground(found.provisions),
            "bases": ground.in_words(found.legal_basis),
            "handling": inquiry_views.handling_of(row, by),
            "given": moment(found.consent.given_at, by),
            "until": moment(found.consent.valid_until, by),
        },
    )


def _page(request: HttpRequest, by: Actor, found: Any, name: str, verbs: Any) -> HttpResponse:
    """One referral or request: what it holds, its history, what can be done now."""
    row = found.row
    words, by_hand = cooperation.vocabulary.MOVE_WORDS, cooperation.vocabulary.BY_HAND_WORDS
    return render(
        request,
        "cooperation/referral.html",
        {
            "found": found,
            "row": row,
            "outgoing": row.direction == "out",
            "is_referral": name == "referral",
            "institution": institution_name(row.counterpart_institution),
            "state": state_name(row.counterpart_state),
            "due": moment(row.due_at, by),
            "agreed": moment(row.agreed_at, by),
            "never": ", ".join(state_name(code) for code in found.never),
            "bases": ground.in_words(getattr(row, "legal_basis", [])),
            "rows": [
                [label, cases.in_words(field, value)]
                for field, label, value in found.content
            ],
            "head": [_("Data"), _("Value")],
            "steps": [
                {"title": event.words, "text": event_text(event, by), "state": "done",
                 "status": "", "colour": ""}
                for event in found.history
            ],
            "actions": [
                (words[move], reverse(f"cooperation:{name}-move", args=[row.id, move.value]))
                for move in found.moves
                if move in verbs and not (found.inquiry and move is Move.OUTCOME)
            ],
            "by_hand": [
                (by_hand[move], reverse("cooperation:letter-record", args=[row.id, move.value]))
                for move in (cooperation.recordable(row) if found.letter else ())
            ],
            "delivery": delivery_text(row, found.sent),
            "late": _late(found, name),
            "earlier": _earlier(row, by) if name == "referral" else None,
            "turn": "" if found.letter else _turn(found),
            "unsent": Move.SEND in found.moves,
            "asked": None if name == "referral" or found.inquiry else asking.of(row),
            "inquiry": inquiry_views.shown(found, by),
            "handling": inquiry_views.handling_of(row, by) if name == "referral" else [],
            "will": _will(found),
            "pauses": [pause_text(pause, by) for pause in cooperation.pauses_of(row)],
            "readings": [reading_text(reading, by=by) for reading in found.readings],
            "still": moment(row.still_until, by),
            "pause_ways": _pause_ways(row, name),
            "files": attachment_views.lines(row, by),
            "attach": attachment_views.attach_href(row, by),
        },
    )  # fmt: skip


def _pause_ways(row: Any, name: str) -> list[tuple[str, str]]:
    """Answering what the other side asks; else ending what was agreed on, and asking, once."""
    asked = cooperation.asked_of_us([row]).get(row.id)
    if asked is not None:
        href = reverse(f"cooperation:{name}-pause-answer", args=[row.id, asked.id])
        return [(_("The other side asks for a pause: answer"), href)]
    ways = [
        (_("End the pause"), reverse(f"cooperation:{name}-pause-end", args=[row.id, pause.id]))
        for pause in cooperation.to_be_ended(row)
    ]
    if cooperation.can_pause(row) and not cooperation.waits_for_them(row):
        ways.append((_("Ask for a pause"), reverse(f"cooperation:{name}-pause", args=[row.id])))
    return ways


def _will(found: Any) -> dict[str, Any] | None:
    """Whether her safety and will stand written down for the step that we ask under (2.3)."""
    row = found.row
    if isinstance(row, cooperation.Referral) or row.direction == "in" or row.case is None:
        return None
    if found.inquiry:
        return None
    if row.case.side != "nationality":
        return None
    told = cooperation.will_stands(row.case)
    href = reverse("desk:step", args=[row.case_id, row.step])
    return {"recorded": found.will_recorded or told, "href": href}


def _earlier(row: cooperation.Referral, by: Actor) -> dict[str, Any] | None:
    """What the search before accepting gave; None before it."""
    if row.searched_at is None:
        return None
    return {
        "at": moment(row.searched_at, by),
        "result": row.get_search_result_display(),
        "links": linked(by, row),
    }


def _late(found: Any, name: str) -> str:
    """What to do about an answer that does not come; empty while it is in time or our turn."""
    if not found.overdue or found.ours or found.row.direction != "out":
        return ""
    return unanswered_text(letter=found.letter is not None, is_referral=name == "referral")


def _turn(found: Any) -> str:
    if found.turn is None:
        return _("Nobody has to do anything more.")
    if found.ours:
        return _("It is your turn.")
    return _("The other side must act.") if found.turn is not Side.NODE else ""


@require_GET
@officer
def referral(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """One referral."""
    found = cooperation.open_referral(by=by, referral_id=referral_id)
    return _page(request, by, found, "referral", moving.REFERRAL_VERBS)


@require_GET
@officer
def one_request(request: HttpRequest, by: Actor, request_id: UUID) -> HttpResponse:
    """One request."""
    found = cooperation.open_request(by=by, request_id=request_id)
    return _page(request, by, found, "request", moving.REQUEST_VERBS)


def _move(
    request: HttpRequest, by: Actor, name: str, row: Any, move: str, verbs: Any
) -> HttpResponse:
    """Do one move with its form."""
    if move not in {known.value for known in verbs}:
        raise Http404
    chosen = Move(move)
    form = moving.form_for(chosen, request.POST if request.method == "POST" else None, row)
    about: dict[str, UUID] = {f"{name}_id": row.id}
    done: list[Any] = []
    if request.method == "POST" and attempt(
        form, lambda: done.append(moving.run(verbs[chosen], form, by=by, **about)), row, by
    ):
        return _moved(request, by, name, done[0], chosen)
    title = cooperation.vocabulary.MOVE_WORDS[chosen]
    back = reverse(f"cooperation:{name}", args=[row.id])
    return form_page(request, form, title=title, button=title, back=back)


def _moved(request: HttpRequest, by: Actor, name: str, row: Any, move: Move) -> HttpResponse:
    """Back to where it goes on: after accepting a referral, to the case that has begun."""
    if move is Move.ACCEPT and name == "referral" and members.may(by, members.Permission.CASE_READ):
        messages.success(request, _("Accepted, and told to the other side. Your own case began."))
        return redirect("desk:case", row.case_id)
    messages.success(request, _("Recorded, and told to the other side."))
    return redirect(f"cooperation:{name}", row.id)


@_EDIT
@officer
def referral_move(request: HttpRequest, by: Actor, referral_id: UUID, move: str) -> HttpResponse:
    """Do one move with a referral."""
    row = cooperation.open_referral(by=by, referral_id=referral_id).row
    if move == Move.ACCEPT and request.method == "GET" and row.searched_at is None:
        return redirect("cooperation:earlier", referral_id)
    return _move(request, by, "referral", row, move, moving.REFERRAL_VERBS)


@_EDIT
@officer
def request_move(request: HttpRequest, by: Actor, request_id: UUID, move: str) -> HttpResponse:
    """Do one move with a request."""
    row = cooperation.open_request(by=by, request_id=request_id).row
    return _move(request, by, "request", row, move, moving.REQUEST_VERBS)


@_EDIT
@officer
def request_new(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Ask an institution that shares the referral to act (protocol step 2.3)."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    case = cases.open_form(by=by, case_id=case_id, form="request")
    own_step, step = cooperation.asks_another_side(case, "2.3"), "2.3"
    shared = cooperation.who_may_be_asked(case)
    if not shared:
        raise cooperation.OtherStateOnly if own_step else cooperation.NotReferredHere
    matter = cooperation.vocabulary.Matter.PROSECUTOR_INTERVENES
    form = RequestForm(request.POST or None, referrals=shared, own_step=own_step)
    sent: list[cooperation.Request] = []
    if request.method == "POST" and attempt(
        form,
        lambda: sent.append(
            cooperation.send_request(by=by, case_id=case_id, step=step, **form.told())
        ),
    ):
        messages.success(request, _("The request was sent."))
        return redirect("cooperation:request", sent[0].id)
    return form_page(
        request, form, title=_("Send a request"), button=_("Send"), back=f"/cases/{case_id}",
        intro=_("It names the referral that both sides know, and nothing about the person."),
        asked=asking.asked(step=step, matter=matter, case_id=case_id),
        due=moment(
            asking.due(case_id=case_id, step=step, situation=case.situation, now=clock.now()), by
        ),
    )  # fmt: skip


@_EDIT
@officer
def letter(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """Refer by printed letter."""
    back = reverse("cooperation:referral", args=[referral_id])
    if cooperation.open_referral(by=by, referral_id=referral_id).letter is not None:
        return redirect(back)
    form = LetterForm(request.POST or None)
    if request.method == "POST" and attempt(
        form,
        lambda: cooperation.send_letter(by=by, referral_id=referral_id, **form.cleaned_data),
    ):
        return redirect(back)
    return form_page(request, form, title=_("Letter"), button=_("Write the letter"), back=back)


@_EDIT
@officer
def letter_record(request: HttpRequest, by: Actor, referral_id: UUID, move: str) -> HttpResponse:
    """Record by hand what the other side did about a letter."""
    found = cooperation.open_referral(by=by, referral_id=referral_id)
    known = {one.value: one for one in cooperation.recordable(found.row)} if found.letter else {}
    if move not in known:
        raise Http404
    chosen, data = known[move], request.POST if request.method == "POST" else None
    form = with_day(moving.form_for(chosen, data, found.row))
    if request.method == "POST" and attempt(
        form,
        lambda: cooperation.record_letter(
            by=by, referral_id=referral_id, move=chosen, on=form.cleaned_data["on"],
            **moving.told_by(form),
        ),
        found.row, by,
    ):  # fmt: skip
        messages.success(request, _("Recorded."))
        return redirect("cooperation:referral", referral_id)
    title = cooperation.vocabulary.BY_HAND_WORDS[chosen]
    back = reverse("cooperation:referral", args=[referral_id])
    return form_page(request, form, title=title, button=_("Record"), back=back)


@require_POST
@officer
def letter_print(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """The letter as PDF."""
    try:
        pdf = cooperation.print_again(by=by, referral_id=referral_id)
    except PaperNotMade as refusal:
        messages.error(request, str(refusal.reason))
        return redirect("cooperation:referral", referral_id)
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="letter.pdf"'},
    )
