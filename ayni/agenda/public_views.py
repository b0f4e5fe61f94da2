"""The public page of the work agenda. No session, no cookie; the language stands in the address."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ayni.agenda import api
from ayni.agenda.wording import COLOURS, STATUSES, day_text, state_text
from ayni.help import api as help_lines
from ayni.lib import clock

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
    return HttpResponseRedirect(reverse("agenda:public", kwargs={"language": language}))


@require_safe
def agenda(request: HttpRequest, language: str) -> HttpResponse:
    """What the plenary has marked as public, by state."""
    code, _lang, _name, leave = LANGUAGES[language]
    with translation.override(code):
        today = clock.now().date()
        found = sorted(api.public_commitments(today), key=lambda each: state_text(each.state))
        context = {
            "lang": language,
            "choices": _choices(),
            "leave": leave,
            "takes_notices": help_lines.takes_notices(),
            "today": day_text(today),
            "states": [
                {"state": state_text(state), "rows": [_row(each) for each in some]}
                for state, some in groupby(found, key=lambda each: each.state)
            ],
        }
        response = render(request, "agenda/public.html", context)
    response["Content-Language"] = code
    return response


def _row(each: api.Public) -> dict[str, object]:
    words = _("Last day: %(day)s.") % {"day": day_text(each.due)}
    status = _("Not clear yet") if each.status is api.Status.UNCLEAR else STATUSES[each.status]
    return {
        "title": each.title,
        "due": words,
        "status": str(status),
        "colour": COLOURS[each.status],
    }


def _choices() -> list[dict[str, str]]:
    return [
        {
            "code": code, "lang": lang, "name": name,
            "href": reverse("agenda:public", kwargs={"language": code}),
        }
        for code, (_code, lang, name, _leave) in LANGUAGES.items()
    ]  # fmt: skip
