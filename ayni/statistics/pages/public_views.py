"""What has been published, for everybody. No session, no cookie; the address names the language."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ayni.gazette.api import Published
from ayni.help import api as help_lines
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.errors import NoParquet
from ayni.statistics.pages import files, release_files, release_tables
from ayni.statistics.releasing.errors import UnknownRelease
from ayni.statistics.releasing.kinds import title

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
    with translation.override(LANGUAGES[language][0]):
        told = {
            **_common(language, "published", {}),
            "releases": [
                {
                    "title": title(each.said),
                    "owner": owner_name(each.said.owner),
                    "at": each.said.at,
                    "href": reverse(
                        "statistics:published-release",
                        args=[language, each.said.owner, each.said.key],
                    ),
                }
                for each in statistics.published_releases()
            ],
        }
        response = render(request, "statistics/published.html", told)
    return _in(response, language)


@require_safe
def published_release(request: HttpRequest, language: str, node: str, release: str) -> HttpResponse:
    """One release: its tables, what was done to the numbers, and its files."""
    with translation.override(LANGUAGES[language][0]):
        entry, content = _found(node, release)
        body = entry.said.body
        number = release_tables.chosen(content, request.GET.get("table", ""))
        told = {
            **_common(language, "published-release", {"node": node, "release": release}),
            "title": title(entry.said),
            "owner": owner_name(node),
            "entry": entry,
            "body": body,
            "shown": release_tables.shown(content, number),
            "records": max(0, len(content.records) - 1),
            "method_words": release_tables.method_words(content, body["method"]),
            "parameters": release_tables.parameters(content),
            "files": [
                {"text": label, "href": reverse("statistics:published-file",
                                                args=[language, node, release, kind])}
                for kind, (label, _mime) in files.FORMATS.items()
                if kind != "parquet" or files.parquet_is_here()
            ],
        }  # fmt: skip
        response = render(request, "statistics/published_release.html", told)
    return _in(response, language)


@require_safe
def published_file(
    request: HttpRequest, language: str, node: str, release: str, kind: str
) -> HttpResponse:
    """One release as files with their metadata."""
    with translation.override(LANGUAGES[language][0]):
        entry, content = _found(node, release)
        raw = statistics.published_bytes(entry)
        try:
            packed = release_files.packed(entry, content, raw, kind)
        except NoParquet:
            raise Http404 from None
    response = HttpResponse(packed, content_type="application/zip")
    name = f"ayni-{node}-{release[:8]}-{kind}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _in(response, language)


def owner_name(owner: str) -> str:
    """Who published: a state, or the secretariat."""
    if owner == members.SECRETARIAT:
        return _("Technical secretariat")
    return members.state_name(owner) if owner in members.states() else owner.upper()


def _found(owner: str, key: str) -> tuple[Published, statistics.Content]:
    try:
        return statistics.published_release(owner=owner, key=key)
    except UnknownRelease:
        raise Http404 from None


def _common(language: str, page: str, more: dict[str, str]) -> dict[str, Any]:
    return {
        "lang": language,
        "choices": [
            {"code": each, "lang": lang, "name": name,
             "href": reverse(f"statistics:{page}", kwargs={"language": each, **more})}
            for each, (_code, lang, name, _leave) in LANGUAGES.items()
        ],
        "leave": LANGUAGES[language][3],
        "takes_notices": help_lines.takes_notices(),
    }  # fmt: skip


def _in(response: HttpResponse, language: str) -> HttpResponse:
    response["Content-Language"] = LANGUAGES[language][0]
    return response
