"""The page of the person concerned. No session, no cookie, one address, one title: neither history
nor address bar says what was looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from ayni.audit.api import Actor
from ayni.lib.errors import NotAllowed, NotFound, Text
from ayni.members import api as members
from ayni.own import api
from ayni.own.forms import NumberForm, RightForm

# Language in the address -> (Django's code, its name, a page of no meaning to leave for)
LANGUAGES = {
    "es": ("es", "Español", "https://es.wikipedia.org/"),
    "pt": ("pt-br", "Português", "https://pt.wikipedia.org/"),
    "en": ("en", "English", "https://en.wikipedia.org/"),
}
# Every answer to a form has a multiple of this length, whichever number was written.
_LENGTH = 16 * 1024


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To the page in the language of the browser."""
    code = (translation.get_language() or "es")[:2]
    language = code if code in LANGUAGES else "es"
    return HttpResponseRedirect(reverse("own:page", kwargs={"language": language}))


# No session and no cookie: a forged form would need a number or a ticket that nobody else knows.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, language: str) -> HttpResponse:
    """Ask for the number; then one part of the visit after another, each by POST."""
    with translation.override(LANGUAGES[language][0]):
        if request.method != "POST":
            return _ask(request, language)
        if "ticket" in request.POST:
            return _next(request, language)
        return _enter(request, language)


def _enter(request: HttpRequest, language: str) -> HttpResponse:
    form = NumberForm(request.POST)
    if not form.is_valid():
        said = form.errors.get("number") or [api.VisitOver.reason]
        return _again(request, language, str(said[0]), 422)
    try:
        visiting = api.enter(
            address=request.META.get("REMOTE_ADDR", ""),
            number=form.cleaned_data["number"],
            form=form.cleaned_data["form"],
        )
    except api.TooManyTries as refusal:
        return _again(request, language, refusal.reason, 429)
    except (api.UnknownNumber, api.VisitOver) as refusal:
        return _again(request, language, refusal.reason, 422)
    shown = "own/harmless.html" if visiting.harmless else "own/menu.html"
    return _page(request, shown, language, {"ticket": visiting.ticket})


def _next(request: HttpRequest, language: str) -> HttpResponse:
    part, ticket = request.POST.get("show", ""), request.POST["ticket"]
    if part == "leave":
        api.leave(ticket=ticket)
        return _ask(request, language)
    try:
        visiting = api.go_on(ticket=ticket, part=part)
    except ValueError:
        return _ask(request, language, status=422)
    except api.VisitOver as refusal:
        return _again(request, language, refusal.reason, 422)
    with members.acting(visiting.person.institution):
        try:
            template, context = _PARTS[part](request, visiting.person)
        except (NotFound, NotAllowed):
            template, context = "own/menu.html", {}
    status = 422 if "form" in context and context["form"].errors else 200
    return _page(request, template, language, {"ticket": visiting.ticket, **context}, status)


Shown = tuple[str, dict[str, Any]]


def _start(_request: HttpRequest, _person: Actor) -> Shown:
    return "own/menu.html", {}


def _written(_request: HttpRequest, person: Actor) -> Shown:
    return "own/written.html", {"written": _rows(api.written(by=person))}


def _journey(_request: HttpRequest, person: Actor) -> Shown:
    found = api.journey(by=person)
    told, lines = ("", []) if found is None else found
    return "own/journey.html", {
        "told": told,
        "lines": [{"key": label, "value": text} for label, text in lines],
        "contact": api.whom_to_ask(),
    }


def _consents(_request: HttpRequest, person: Actor) -> Shown:
    return "own/consents.html", {"consents": api.consents(by=person), "done": False}


def _asked(request: HttpRequest) -> UUID:
    """Which consent. Raises `NotFound` for what is no id."""
    try:
        return UUID(request.POST.get("consent", ""))
    except ValueError:
        raise NotFound from None


def _withdraw(request: HttpRequest, person: Actor) -> Shown:
    """Ask once more before it is done."""
    asked = _asked(request)
    found = next((c for c in api.consents(by=person) if c.id == asked and c.holds), None)
    if found is None:
        raise NotFound
    return "own/withdraw.html", {"consent": found}


def _withdrawn(request: HttpRequest, person: Actor) -> Shown:
    api.withdraw(by=person, consent_id=_asked(request))
    return "own/consents.html", {"consents": api.consents(by=person), "done": True}


def _opened(_request: HttpRequest, person: Actor) -> Shown:
    seen, given = api.opened(by=person)
    told = {"seen": seen, "given": given, "emergencies": api.emergencies(by=person)}
    return "own/opened.html", {**told, "contact": api.whom_to_ask()}


def _rights(person: Actor, *, done: bool) -> Shown:
    told = {"asked": api.asked(by=person), "done": done, "contact": api.whom_to_ask()}
    return "own/rights.html", told


def _ask_right(request: HttpRequest, person: Actor) -> Shown:
    """The form, and what it is sent with; what was written stays if something is wrong."""
    form = RightForm(request.POST if request.POST["show"] == "asked" else None)
    if form.is_bound and members.attempt(form, lambda: _asked_for(person, form)):
        return _rights(person, done=True)
    return "own/ask_right.html", {"form": form, "days": api.answer_days()}


def _asked_for(person: Actor, form: RightForm) -> None:
    told = form.cleaned_data
    api.ask(by=person, right=told["right"], fields=told["fields_wrong"], words=told["words"])


_PARTS: dict[str, Callable[[HttpRequest, Actor], Shown]] = {
    "start": _start,
    "written": _written,
    "journey": _journey,
    "consents": _consents,
    "withdraw": _withdraw,
    "withdrawn": _withdrawn,
    "opened": _opened,
    "rights": lambda _request, person: _rights(person, done=False),
    "ask": _ask_right,
    "asked": _ask_right,
}


def _rows(found: api.Written) -> dict[str, Any]:
    return {
        "about": found,
        "institution": found.institution.name,
        "values": [{"key": label, "value": text} for label, text in found.values],
    }


def _again(request: HttpRequest, language: str, reason: Text, status: int) -> HttpResponse:
    """The empty form again: what was written is not shown to whoever looks next."""
    form = NumberForm({"form": api.new_form()})
    form.errors.clear()
    form.add_error("number", str(reason))
    return _ask(request, language, form, status)


def _ask(
    request: HttpRequest, language: str, form: NumberForm | None = None, status: int = 200
) -> HttpResponse:
    asked = NumberForm(initial={"form": api.new_form()}) if form is None else form
    return _page(request, "own/ask.html", language, {"form": asked}, status)


def _page(
    request: HttpRequest, template: str, language: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in the language of its address. Call inside `translation.override`."""
    code, _name, leave = LANGUAGES[language]
    choices = [
        {
            "code": short,
            "lang": "pt-BR" if short == "pt" else short,
            "name": name,
            "href": reverse("own:page", kwargs={"language": short}),
        }
        for short, (_code, name, _leave) in LANGUAGES.items()
    ]
    given = {"lang": language, "choices": choices, "leave": leave, "ticket": "", **context}
    response = render(request, template, given, status=status)
    response["Content-Language"] = code
    if request.method == "POST":
        response.content += b" " * (-len(response.content) % _LENGTH)
    return response
