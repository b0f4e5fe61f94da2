"""What has been published, for everybody. No session, no cookie; the address names the language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ayni.gazette.api import Published
from ayni.help import api as help_lines
from ayni.lib import nothing_secret
from ayni.statistics import api as statistics
from ayni.statistics import releases as released
from ayni.statistics.errors import FilesBusy, NoParquet, NotRegular
from ayni.statistics.pages import (
    files,
    kept_files,
    numbers,
    prepared_files,
    published_list,
    published_tables,
    release_tables,
)
from ayni.statistics.pages import published_words as words
from ayni.statistics.pages.prepared_files import CODES
from ayni.statistics.pages.published_list import Listed
from ayni.statistics.releases import Ended
from ayni.statistics.releasing import reasons
from ayni.statistics.releasing.errors import UnknownRelease
from ayni.statistics.releasing.kinds import title

Response = TypeVar("Response", bound=HttpResponseBase)
# Language in the address -> (Django's code, its name, a harmless page to leave for)
LANGUAGES = {
    "es": (CODES["es"], "es", "Español", "https://es.wikipedia.org/"),
    "pt": (CODES["pt"], "pt-BR", "Português", "https://pt.wikipedia.org/"),
    "en": (CODES["en"], "en", "English", "https://en.wikipedia.org/"),
}


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To the page in the language of the browser."""
    code = (translation.get_language() or "es")[:2]
    language = code if code in LANGUAGES else "es"
    return HttpResponseRedirect(reverse("statistics:published", kwargs={"language": language}))


@require_safe
def published(request: HttpRequest, language: str) -> HttpResponse:
    """The releases, and which were taken back; nothing else of what this node counts."""
    with translation.override(LANGUAGES[language][0]):
        listed = [
            *(Listed(each, each) for each in statistics.published_releases()),
            *(Listed(each.entry, each.last) for each in released.ended_releases() if each.last),
        ]
        shown = published_list.shown(listed, request.GET)
        told = {
            **shown,
            **_common(language, "published", {}, shown["query"]),
            "releases": [_listed(language, each) for each in shown["standing"]],
            "ended": [_listed(language, each) for each in shown["taken_back"]],
            "all": reverse("statistics:published", args=[language]),
            "any": bool(listed),
        }
        status = 400 if shown["errors"] else 200
        response = render(request, "statistics/published.html", told, status=status)
    return _in(response, language)


def _listed(language: str, one: Listed) -> dict[str, Any]:
    said = one.entry.said
    return {
        "title": title(one.said.said),
        "owner": words.owner_name(said.owner),
        "how": "" if one.ended else words.method(said.body),
        "corrects": bool(said.body.get("corrects")),
        "at": said.at,
        "href": reverse("statistics:published-release", args=[language, said.owner, said.key]),
    }


@require_safe
def published_release(request: HttpRequest, language: str, node: str, release: str) -> HttpResponse:
    """One release: whose figures, of whom, what was done to the numbers, its tables and its files;
    or one of its tables; or that it was taken back."""
    with translation.override(LANGUAGES[language][0]):
        try:
            entry, content = statistics.published_release(owner=node, key=release)
        except UnknownRelease:
            return _no_longer(request, language, node, release)
        asked = published_tables.asked(
            content, request.GET.get("table", ""), request.GET.get("part", "")
        )
        query = {} if asked is None else {"table": asked.table, "part": asked.part}
        told = {
            **_common(language, "published-release", {"node": node, "release": release}, query),
            "title": title(entry.said),
            "owner": words.owner_name(node),
            "entry": entry,
            "body": entry.said.body,
            "back": reverse("statistics:published-release", args=[language, node, release]),
            "facts": words.rows(words.facts(entry, content)),
            "method_words": release_tables.method_words(content, entry.said.body["method"]),
            "files": _files(language, node, release),
        }
        if asked is not None:
            told["table"] = published_tables.page(content, asked, words.facts(entry, content))
            told |= published_tables.not_told(content, asked)
            response = render(request, "statistics/published_table.html", told)
        else:
            told |= _release(content, entry)
            response = render(request, "statistics/published_release.html", told)
    return _in(response, language)


def _release(content: statistics.Content, entry: Published) -> dict[str, Any]:
    only = len(content.tables) == 1 and published_tables.asked(content, "1", "1")
    return {
        "tables": published_tables.contents(content),
        "table": published_tables.page(content, only, words.facts(entry, content))
        if only
        else None,
        "records": numbers.whole(len(content.records) - 1) if content.records else "",
        **published_tables.not_told(content),
        "parameters": words.parameters(content),
        "why": reasons.said_of(entry.said.body),
        "earlier": [each.said.at for each in released.earlier_versions(entry)],
    }


def _files(language: str, node: str, release: str) -> list[dict[str, str]]:
    return [
        {
            "text": name,
            "href": reverse("statistics:published-file", args=[language, node, release, kind]),
        }
        for kind, (name, _mime) in files.FORMATS.items()
        if kind != "parquet" or files.parquet_is_here()
    ]


@require_safe
def published_file(
    request: HttpRequest, language: str, node: str, release: str, kind: str
) -> HttpResponseBase:
    """One release as files with their metadata, made for the first who asks and kept."""
    with translation.override(LANGUAGES[language][0]):
        try:
            entry = released.announced(owner=node, key=release)
            packed = prepared_files.opened(entry, kind, language)
        except UnknownRelease:
            return _no_longer(request, language, node, release)
        except NoParquet:
            raise Http404 from None
        except NotRegular:
            return _unreadable(request, language, entry)
        except FilesBusy as busy:
            return _busy(request, language, entry, busy)
    name = f"ayni-{node}-{release[:8]}-{kind}.zip"
    response = FileResponse(packed, as_attachment=True, filename=name)
    response["Content-Type"] = "application/zip"
    return _in(response, language)


def _no_longer(request: HttpRequest, language: str, node: str, release: str) -> HttpResponse:
    """That a release was taken back, in the place of its figures; not found for any other."""
    try:
        ended = released.ended_release(owner=node, key=release)
    except UnknownRelease:
        raise Http404 from None
    kept_files.keep_only(released.shown_digests())
    told = {
        **_common(language, "published-release", {"node": node, "release": release}),
        "title": _ended_title(ended),
        "owner": words.owner_name(node),
        "entry": ended.entry,
        "last": ended.last,
        "why": ended.why,
    }
    return _in(render(request, "statistics/published_ended.html", told, status=410), language)


def _ended_title(ended: Ended) -> str:
    return _("Published figures") if ended.last is None else title(ended.last.said)


def _unreadable(request: HttpRequest, language: str, entry: Published) -> HttpResponse:
    told = _of_entry(language, entry)
    page = render(request, "statistics/published_unreadable.html", told, status=409)
    return _in(page, language)


def _busy(request: HttpRequest, language: str, entry: Published, busy: FilesBusy) -> HttpResponse:
    told = {**_of_entry(language, entry), "address": request.path}
    page = render(request, "statistics/published_busy.html", told, status=503)
    page["Retry-After"] = str(busy.seconds)
    return _in(page, language)


def _of_entry(language: str, entry: Published) -> dict[str, Any]:
    """What a page says of a release that shows none of it."""
    said = entry.said
    return {
        **_common(language, "published-release", {"node": said.owner, "release": said.key}),
        "title": title(said),
        "owner": words.owner_name(said.owner),
        "back": reverse("statistics:published-release", args=[language, said.owner, said.key]),
    }


def _common(
    language: str, page: str, more: dict[str, str], query: Mapping[str, str | int] | None = None
) -> dict[str, Any]:
    asked = f"?{urlencode(query)}" if query else ""
    return {
        "lang": language,
        "choices": [
            {"code": each, "lang": lang, "name": name,
             "href": reverse(f"statistics:{page}", kwargs={"language": each, **more}) + asked}
            for each, (_code, lang, name, _leave) in LANGUAGES.items()
        ],
        "leave": LANGUAGES[language][3],
        "takes_notices": help_lines.takes_notices(),
    }  # fmt: skip


def _in(response: Response, language: str) -> Response:
    response["Content-Language"] = LANGUAGES[language][0]
    nothing_secret.mark(response)  # all of it is published, or the reader's own filters
    return response
