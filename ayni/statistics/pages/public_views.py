"""What has been published, for everybody. No session, no cookie; the address names the language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from ayni.help import api as help_lines
from ayni.statistics import api as statistics

# Language in the address -> (Django's code, its name, a harmless page to leave for)
LANGUAGES = {
    "es": ("es", "es", "Español", "https://es.wikipedia.org/"),
    "pt": ("pt-br", "pt-BR", "Português", "https://pt.wikipedia.org/"),
    "en": ("en", "en", "English", "https://en.wikipedia.org/"),
}


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To the page in the language of the browser."""
    code = (translation.get_language() or "es")[:2]
    language = code if code in LANGUAGES else "es"
    return HttpResponseRedirect(reverse("statistics:published", kwargs={"language": language}))


@require_safe
def published(request: HttpRequest, language: str) -> HttpResponse:
    """The releases, and nothing else of what this node counts."""
    code, _lang, _name, leave = LANGUAGES[language]
    with translation.override(code):
        context = {
            "lang": language,
            "choices": [
                {"code": each, "lang": lang, "name": name,
                 "href": reverse("statistics:published", kwargs={"language": each})}
                for each, (_code, lang, name, _leave) in LANGUAGES.items()
            ],
            "leave": leave,
            "takes_notices": help_lines.takes_notices(),
            "releases": statistics.published_releases(),
        }  # fmt: skip
        response = render(request, "statistics/published.html", context)
    response["Content-Language"] = code
    return response
