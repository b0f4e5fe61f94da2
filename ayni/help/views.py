"""Public pages. They open no session, set no cookie and read no table; the notice goes by POST."""

from __future__ import annotations

import math
import time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from ayni.help import api, slowing
from ayni.help.forms import PublicNotice
from ayni.members import api as members

# Language in the address -> (Django's code, a harmless page to leave for; never asked by us)
LANGUAGES = {
    "es": ("es", "https://es.wikipedia.org/"),
    "pt": ("pt-br", "https://pt.wikipedia.org/"),
    "en": ("en", "https://en.wikipedia.org/"),
}
NAMES = (("es", "es", "Español"), ("pt", "pt-BR", "Português"), ("en", "en", "English"))


def _page(
    request: HttpRequest, template: str, language: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in the language of its address. Call inside `translation.override`."""
    here = request.resolver_match
    arguments = {} if here is None else here.kwargs
    name = "now" if here is None else here.url_name
    choices = [
        {
            "code": code,
            "lang": lang,
            "name": label,
            "href": reverse(f"help:{name}", kwargs={**arguments, "language": code}),
        }
        for code, lang, label in NAMES
    ]
    response = render(
        request,
        template,
        {
            "lang": language,
            "choices": choices,
            "leave": LANGUAGES[language][1],
            "takes_notices": api.takes_notices(),
            **context,
        },
        status=status,
    )
    response["Content-Language"] = translation.get_language() or language
    return response


def _lines(country: str) -> list[dict[str, Any]]:
    code = translation.get_language() or "es"
    return [_line(line, code[:2]) for line in api.lines_in(country)]


def _line(line: api.Line, language: str) -> dict[str, Any]:
    """A line in the reader's language. The numbers also as telephones dial them."""
    dial = [
        {"shown": number, "tel": "".join(c for c in number if c.isdigit() or c in "+*")}
        for number in line.numbers
    ]
    return {
        "kind": line.kind,
        "numbers": dial,
        "purpose": line.purpose[language],
        "hours": line.hours[language] if line.hours else "",
        "body": line.body or "",
        "source": line.source,
        "source_date": "/".join(reversed((line.source_date or "").split("-"))),
        "old": line.source_is_old,
        "verified_on": line.verified_on,
    }


def _countries() -> list[dict[str, str]]:
    states = sorted((state.name, code) for code, state in members.states().items())
    return [{"code": code, "name": name} for name, code in states]


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To the first page in the language of the browser."""
    code = (translation.get_language() or "es")[:2]
    language = code if code in LANGUAGES else "es"
    return HttpResponseRedirect(reverse("help:now", kwargs={"language": language}))


@require_safe
def now(request: HttpRequest, language: str) -> HttpResponse:
    """Whom to call now, in the state of this node; before any question (promise 8)."""
    here = members.this_node()
    code = "" if here == members.SECRETARIAT else here
    with translation.override(LANGUAGES[language][0]):
        return _page(request, "help/now.html", language, _numbers(code))


@require_safe
def country(request: HttpRequest, language: str, country: str) -> HttpResponse:
    """Whom to call now in another country."""
    if country not in members.states():
        raise Http404
    with translation.override(LANGUAGES[language][0]):
        return _page(request, "help/now.html", language, _numbers(country))


def _numbers(code: str) -> dict[str, Any]:
    language = (translation.get_language() or "es")[:2]
    lines = _lines(code) if code else []
    return {
        "country": code,
        "country_name": members.state(code).name if code else "",
        "emergency": [line for line in lines if line["kind"] == "emergency"],
        "lines": [line for line in lines if line["kind"] != "emergency"],
        "abroad": [_line(line, language) for line in api.lines_abroad()],
        "countries": _countries(),
    }


@require_safe
def what_happens(request: HttpRequest, language: str) -> HttpResponse:
    """What happens with what somebody tells, in plain words."""
    with translation.override(LANGUAGES[language][0]):
        return _page(request, "help/what_happens.html", language, {})


# No session and no cookie, so there is nothing that a forged request could abuse: whoever forges
# one sends a notice of his own, as he can by filling in the form.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, language: str) -> HttpResponse:
    """The form, and after it what to do meanwhile. Nothing told stands in an address."""
    if not api.takes_notices():
        raise Http404
    with translation.override(LANGUAGES[language][0]):
        code = members.this_node()
        if request.method != "POST":
            form = PublicNotice(initial={"country": code})
            asked = {"form": form, **_numbers(code)}
            return _page(request, "help/write.html", language, asked)
        form = PublicNotice(request.POST)
        if not form.is_valid():
            again = {"form": form, **_numbers(code)}
            return _page(request, "help/write.html", language, again, status=422)
        seconds = slowing.notices.wait(
            address=request.META.get("REMOTE_ADDR", ""),
            form_id=form.cleaned_data["form_id"],
            now=time.monotonic(),
        )
        if seconds:
            again = {"form": form, "wait": math.ceil(seconds), **_numbers(code)}
            slowed = _page(request, "help/write.html", language, again, status=429)
            slowed["Retry-After"] = str(math.ceil(seconds))
            return slowed
        reference = api.send_notice(form_id=form.cleaned_data["form_id"], told=form.told())
        told = {
            "reference": reference,
            "danger": form.cleaned_data["danger_now"] == "yes",
            "contact": form.cleaned_data["method"] not in {"", "none"},
            **_numbers(form.cleaned_data["country"] or code),
        }
        return _page(request, "help/sent.html", language, told)
