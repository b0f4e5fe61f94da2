"""The pair of pages of every registered kind of question: asking and answering; and the page on
which a second officer agrees. No address holds anything about a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import limits, registry, replying
from ayni.cooperation.inquiry_forms import AnswerForm, AskForm, words_of
from ayni.cooperation.inquiry_words import LANGUAGES, handling_text
from ayni.cooperation.pages import (
    attempt,
    form_page,
    institution_name,
    moment,
    officer,
    state_name,
)
from ayni.exchange.api import Handling
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members

_EDIT = require_http_methods(["GET", "POST"])


@_EDIT
@officer
def ask(request: HttpRequest, by: Actor, case_id: UUID, kind: str) -> HttpResponse:
    """Put a question of a registered kind about a case."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    known = registry.inquiry(kind)
    if known is None:
        raise Http404
    case = cases.open_form(by=by, case_id=case_id, form="inquiry")
    found = cooperation.recipients(case, known)
    if not found:
        raise cooperation.NotReferredHere
    form = AskForm(request.POST if request.method == "POST" else None, kind=known, recipients=found)
    done: list[cooperation.Request] = []
    if request.method == "POST" and attempt(
        form,
        lambda: done.append(
            cooperation.ask_inquiry(by=by, case_id=case_id, kind=kind, **form.told())
        ),
    ):
        messages.success(request, _sent(done[0]))
        return redirect("cooperation:request", done[0].id)
    due = limits.due(known.wait, "answer", case.situation, clock.now())
    notes = [_("An answer is due by %(due)s. This limit is a proposal, not yet a rule.")
             % {"due": moment(due, by)}]  # fmt: skip
    if not known.choose:
        asked = [_("You ask:"), *(f"– {words_of(q)}" for q in known.questions.values())]
        notes.append("\n".join(asked))
    return form_page(
        request, form, title=registry.in_language(known.title, get_language()), button=_("Send"),
        intro=_("The other side reads questions and answers in its own language."),
        notes=notes, back=f"/cases/{case_id}",
    )  # fmt: skip


def _sent(row: cooperation.Request) -> str:
    if row.state == "draft":
        return _("Written. Another officer must agree before it leaves.")
    return _("The questions were sent.")


@_EDIT
@officer
def answer(request: HttpRequest, by: Actor, request_id: UUID) -> HttpResponse:
    """Answer what was asked by a registered kind."""
    members.check_may(by, members.Permission.REFERRAL_ANSWER)
    found = cooperation.open_request(by=by, request_id=request_id)
    if found.inquiry is None or found.row.direction != "in":
        raise WrongState
    form = AnswerForm(
        request.POST if request.method == "POST" else None, questions=replying.choices_of(found.row)
    )
    done: list[cooperation.Request] = []
    if request.method == "POST" and attempt(
        form,
        lambda: done.append(
            cooperation.answer_inquiry(by=by, request_id=request_id, **form.told())
        ),
        found.row, by,
    ):  # fmt: skip
        waits = done[0].state == "accepted"
        messages.success(
            request,
            _("Written. Another officer must agree before it leaves.")
            if waits
            else _("The answer was sent."),
        )
        return redirect("cooperation:request", request_id)
    return form_page(
        request, form, title=_("Answer the questions"), button=_("Send"),
        intro=found.inquiry.title,
        notes=_free_notes(found.inquiry.asked_free),
        back=reverse("cooperation:request", args=[request_id]),
    )  # fmt: skip


def _free_notes(free: Any) -> list[str]:
    if free is None:
        return []
    words = '{} <span lang="{}">{}</span>'
    return [format_html(words, written_in(free.language), free.language, free.text)]


def written_in(language: str) -> str:
    """In which language a free text stands, and that it was not translated."""
    return _("Language: %(language)s. It was not translated.") % {
        "language": str(LANGUAGES.get(language, language))
    }


@_EDIT
@officer
def agree(request: HttpRequest, by: Actor, request_id: UUID) -> HttpResponse:
    """A second officer sees exactly what would leave, and agrees to it."""
    members.check_may(by, members.Permission.REFERRAL_SECOND)
    found = cooperation.open_request(by=by, request_id=request_id)
    if found.inquiry is None or not found.inquiry.waits:
        raise WrongState
    row, form = found.row, forms.Form(request.POST if request.method == "POST" else None)
    verb = cooperation.agree_to_inquiry if row.direction == "out" else cooperation.agree_to_answer
    if request.method == "POST" and attempt(
        form, lambda: verb(by=by, request_id=request_id), row, by
    ):
        messages.success(request, _("Agreed, and sent."))
        return redirect("cooperation:request", request_id)
    values: list[list[Any]] = []
    if row.direction == "out":
        told = cooperation.preview_inquiry(by=by, request_id=request_id)
        values = [[label, cases.in_words(name, value)] for name, label, value in told]
    return render(
        request,
        "cooperation/inquiry_agree.html",
        {
            "form": form,
            "inquiry": _leaving(found, by),
            "values": values,
            "head": [_("Data"), _("Value")],
            "to": institution_name(row.counterpart_institution),
            "to_state": state_name(row.counterpart_state),
            "back": reverse("cooperation:request", args=[request_id]),
        },
    )


@_EDIT
@officer
def take_over(request: HttpRequest, by: Actor, request_id: UUID) -> HttpResponse:
    """Take on what a colleague had taken on."""
    members.check_may(by, members.Permission.CASE_ALL)
    found = cooperation.open_request(by=by, request_id=request_id)
    if not _may_take_over(found, by):
        raise WrongState
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and attempt(
        form,
        lambda: cooperation.take_over_inquiry(by=by, request_id=request_id),
        found.row, by,
    ):  # fmt: skip
        messages.success(request, _("It is yours now."))
        return redirect("cooperation:request", request_id)
    return form_page(
        request, form, title=_("Take it over from a colleague"), button=_("Take it over"),
        intro=_("From now on you are the officer who handles it. Who had it before is recorded."),
        back=reverse("cooperation:request", args=[request_id]),
    )  # fmt: skip


def _may_take_over(found: Any, by: Actor) -> bool:
    row = found.row
    return (
        found.inquiry is not None
        and row.direction == "in"
        and row.state == "accepted"
        and row.taken_by != by.id
        and members.may(by, members.Permission.CASE_ALL)
    )


def _leaving(found: Any, by: Actor) -> dict[str, Any] | None:
    """What is ours to send of it: with an answer, not what the other side asked with."""
    told = shown(found, by)
    if told is not None and found.row.direction == "in":
        told |= {"asked_free": None, "asked_under": []}
    return told


def shown(found: Any, by: Actor) -> dict[str, Any] | None:
    """The question of a request as its pages show it; None for any other."""
    inquiry = found.inquiry
    if inquiry is None:
        return None

    def told(handling: Any) -> list[str]:
        return list(handling_text(handling, moment(handling.until, by)))

    def free(text: Any) -> dict[str, str] | None:
        if text is None:
            return None
        return {"words": written_in(text.language), "text": text.text, "language": text.language}

    return {
        "title": inquiry.title,
        "lines": inquiry.lines,
        "answered": any(answers for _question, answers in inquiry.lines),
        "asked_free": free(inquiry.asked_free),
        "told_free": free(inquiry.told_free),
        "asked_under": told(inquiry.asked_under),
        "told_under": told(inquiry.told_under),
        "hidden": inquiry.hidden,
        "waits": inquiry.waits,
        "draft": inquiry.draft,
        "ways": _ways(found, by),
    }


def handling_of(row: Any, by: Actor) -> list[str]:
    """What the codes under which a referral goes say beyond what always holds."""
    codes = Handling.from_json(row.handling) if row.handling else Handling()
    return list(handling_text(codes, moment(codes.until, by)))


def _ways(found: Any, by: Actor) -> list[tuple[str, str]]:
    """What can be done with it beside its moves."""
    row, inquiry = found.row, found.inquiry
    ways = []
    if row.direction == "in" and row.state == "accepted" and not inquiry.hidden:
        words = _("Write the answer anew") if inquiry.draft else _("Answer the questions")
        ways.append((words, reverse("cooperation:inquiry-answer", args=[row.id])))
    if _may_take_over(found, by):
        take = reverse("cooperation:inquiry-take-over", args=[row.id])
        ways.append((_("Take it over from a colleague"), take))
    writer = row.written_by if row.direction == "out" else row.answered_by
    if inquiry.waits and writer != by.id:
        words = _("See what would leave, and agree as second officer")
        ways.append((words, reverse("cooperation:inquiry-agree", args=[row.id])))
    return ways
