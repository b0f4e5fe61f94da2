"""The officer's page: give a code on paper, or end it."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.members import api as members
from ayni.own import api
from ayni.own.forms import CodeForm
from ayni.own.views import LANGUAGES

_RULES = ("never", "method", "note", "hours", "listens", "who_listens")


@require_http_methods(["GET", "POST"])
@members.officer_page()
def code(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Give a code, after reading how she or he may be contacted safely; or end it."""
    case = cases.open_form(by=by, case_id=case_id, form="own_code")
    if request.method == "POST" and "end" in request.POST:
        api.end_code(by=by, case_id=case_id)
        messages.success(request, _("The code has ended. It opens nothing any more."))
        return redirect("own:code", case_id)
    form = CodeForm(request.POST if request.method == "POST" else None)
    given: list[api.Given] = []
    if request.method == "POST" and members.attempt(
        form, lambda: given.append(api.give_code(by=by, case_id=case_id, new=form.code()))
    ):
        return _paper(request, case, given[0], form.cleaned_data["language"])
    told = cases.disclose(by=by, case_id=case_id, fields=["contact"], reason="own_code")
    contact = told.get("contact")
    rules = {k: v for k, v in contact.items() if k in _RULES} if isinstance(contact, dict) else {}
    return members.form_page(
        request,
        form,
        "own/give.html",
        {
            "case": case,
            "now": api.code_of(by=by, case_id=case_id),
            "safe": [{"key": n, "value": v} for n, v in cases.contact_parts(rules)],
            "child": cases.age_status(case.person).counts_as_child,
        },
    )


def _address(request: HttpRequest, language: str) -> str:
    """Where her page is: at the public door, which may have a name of its own."""
    path = reverse("own:page", kwargs={"language": language})
    if settings.AYNI_HOST_PUBLIC == settings.AYNI_HOST:
        return request.build_absolute_uri(path)
    return f"https://{settings.AYNI_HOST_PUBLIC}{path}"


def _paper(request: HttpRequest, case: cases.Case, given: api.Given, language: str) -> HttpResponse:
    """The paper, in the language of who takes it; above it, for the officer only, which number is
    which. Their order on paper is drawn by lot, for the paper must not tell."""
    first = bool(secrets.randbits(1))
    numbers = [given.opens, given.harmless] if first else [given.harmless, given.opens]
    with translation.override(LANGUAGES[language][0]):
        paper = render_to_string(
            "own/paper.html",
            {
                "address": _address(request, language),
                "numbers": list(zip("AB", numbers, strict=True)),
                "valid_until": given.valid_until,
            },
        )
    context = {
        "case": case,
        "paper": paper,
        "paper_lang": LANGUAGES[language][0],
        "opens": "A" if first else "B",
        "harmless": "B" if first else "A",
    }
    return render(request, "own/given.html", context)
