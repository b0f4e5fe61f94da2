"""Pages of the observatory: dashboards of region, state and corridor, one figure compared over its
sources, and the files of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.lib import clock, nothing_secret
from ayni.lib.errors import Refused, Text
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.errors import NoParquet, TooFew
from ayni.statistics.htcds_views import ways as htcds_ways
from ayni.statistics.pages import comparison, dashboards, files
from ayni.statistics.pages.dashboards import Part
from ayni.statistics.pages.filters import ALL, Filters, Wrong, read_filters
from ayni.statistics.pages.panels import Panel, crimes_of, say


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One kind of dashboard: its parts, which of its filters are states, and of which kinds of
    sources it can be made. Records of this node are of one state, so only there. `of`: the
    indicator that a source must count; `compares`: whether it shows one indicator over all
    sources, and not several of one."""

    title: Text
    parts: Callable[[Actor, Filters], Iterator[Part]]
    states: tuple[tuple[str, Text], ...]
    sources: tuple[str, ...]
    of: str = ""
    compares: bool = False

    def kept_here(self, by: Actor, sources: list[str]) -> list[str]:
        """Those sources of which an institution may be chosen: what this page is made of, or
        everything that it compares."""
        return dashboards.sources_for(by, ["own"]) if self.compares else sources

    def read(
        self, request: HttpRequest, sources: list[str], institutions: dict[str, list[str]]
    ) -> tuple[Filters | None, list[Wrong]]:
        """The filters of an address, or what is wrong with them."""
        indicators = list(statistics.indicators()) if self.compares else []
        return read_filters(
            request.GET, sources=sources, states=_usual(self), indicators=indicators,
            institutions=institutions,
        )  # fmt: skip


DASHBOARDS: Mapping[str, Dashboard] = {
    "region": Dashboard(
        gettext_lazy("Figures of the region"), dashboards.region, (), ("published", "clocks")
    ),
    "state": Dashboard(
        gettext_lazy("Figures of a state"),
        dashboards.state,
        (("state", gettext_lazy("State")),),
        ("published", "own", "clocks"),
    ),
    "corridor": Dashboard(
        gettext_lazy("Figures of a corridor"),
        dashboards.corridor,
        (("citizens-of", gettext_lazy("Citizens of")), ("and", gettext_lazy("and of"))),
        ("published", "own"),
        of="flows",
    ),
    "smuggling": Dashboard(
        gettext_lazy("Smuggling of migrants"),
        dashboards.smuggling,
        (("state", gettext_lazy("State")),),
        ("own",),
        of="smuggled",
    ),
    "compared": Dashboard(
        gettext_lazy("Figures compared"),
        comparison.compared,
        (("state", gettext_lazy("State")),),
        (),
        compares=True,
    ),
}


def _usual(board: Dashboard) -> dict[str, str]:
    """The states that are meant where none is chosen: this node's own, and then the next one; all
    of them where sources are compared."""
    if board.compares:
        return {name: ALL for name, _label in board.states}
    codes = sorted(members.states())
    own = members.this_node()
    first = own if own in codes else codes[0]
    others = [code for code in codes if code != first]
    return dict(zip((name for name, _label in board.states), (first, others[0]), strict=False))


def _refused(request: HttpRequest, refusal: Refused, _kwargs: Any) -> HttpResponse | None:
    """What is about the whole page stands above it, and no number below."""
    if not isinstance(refusal, TooFew | NoParquet):
        return None
    error = Wrong(str(refusal), "#filters")
    return render(request, "statistics/refused.html", {"errors": [error]}, status=409)


officer = members.officer_page(_refused)


def _own_pages(by: Actor) -> list[dict[str, object]]:
    """What was loaded; and pages of figures with rows of their own, for who may see them."""
    found: list[dict[str, object]] = [
        {"href": reverse("statistics:editions"), "text": _("Loaded files"), "current": False},
    ]
    if members.may(by, members.Permission.RELEASE_REVIEW):
        releases = reverse("statistics:releases")
        found.append({"href": releases, "text": _("Figures for everybody"), "current": False})
    if not members.may(by, members.Permission.FIGURES_READ):
        return found
    try:
        address = reverse("statistics:linea145")
    except NoReverseMatch:  # a node without the hotline
        return found
    return [*found, {"href": address, "text": _("Línea 145"), "current": False}]


@require_GET
@officer
def figures(request: HttpRequest, by: Actor, board: str = "region") -> HttpResponse:
    """A dashboard within the filters of its address; nothing is shown for filters that are none."""
    told = _board(board)
    sources = dashboards.sources_for(by, told.sources, of=told.of)
    institutions = dashboards.institutions_for(by, told.kept_here(by, sources))
    filters, wrong = told.read(request, sources, institutions)
    panels = [] if filters is None else [part.told() for part in told.parts(by, filters)]
    context = {
        "board": board,
        "title": told.title,
        "boards": [
            {"href": _address(code), "text": each.title, "current": code == board}
            for code, each in DASHBOARDS.items()
            if each.compares or dashboards.sources_for(by, each.sources, of=each.of)
        ]
        + _own_pages(by)
        + htcds_ways(by),
        "errors": wrong,
        "filters": _fields(request, told, filters, sources)
        | {"institutions": _institutions(institutions, request.GET.get("institution", ""))},
        "panels": [_shown(panel, board, filters) for panel in panels],
        "crimes": crimes_of(panels),
        "no_parquet": not files.parquet_is_here(),
        "of": _named(told, filters, panels),
        "glance": comparison.glance(panels) if told.compares and panels else None,
    }
    page = render(request, "statistics/figures.html", context, status=400 if wrong else 200)
    if filters is not None and all(map(_is_published, panels)):
        nothing_secret.mark(page)
    return page


def _is_published(panel: Panel) -> bool:
    """Whether everybody may see what a panel says; of a refusal only its own words stand there."""
    return panel.answer is None or panel.answer.standing is statistics.Standing.PUBLISHED


@require_GET
@officer
def file(request: HttpRequest, by: Actor, board: str, part: str, kind: str) -> HttpResponse:
    """The numbers of one part of a dashboard in one format, packed with its metadata."""
    told = _board(board)
    if kind not in files.FORMATS:
        raise Http404
    sources = dashboards.sources_for(by, told.sources, of=told.of)
    institutions = dashboards.institutions_for(by, told.kept_here(by, sources))
    filters, wrong = told.read(request, sources, institutions)
    if filters is None:
        return render(request, "statistics/refused.html", {"errors": wrong}, status=400)
    found = next((each for each in told.parts(by, filters) if each.ident == part), None)
    if found is None:
        raise Http404
    panel = found.told()
    if panel.answer is None:
        error = Wrong(panel.refused, "#filters")
        return render(request, "statistics/refused.html", {"errors": [error]}, status=409)
    content = files.packed(panel.answer, kind, now=clock.now(), node=settings.AYNI_NODE)
    answer = HttpResponse(content, content_type="application/zip")
    name = f"ayni-{panel.answer.indicator}-{panel.answer.origin.code}-{kind}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _board(code: str) -> Dashboard:
    try:
        return DASHBOARDS[code]
    except KeyError:
        raise Http404 from None


def _address(board: str) -> str:
    if board == "region":
        return reverse("statistics:figures")
    return reverse("statistics:figures-of", args=[board])


def _fields(
    request: HttpRequest, board: Dashboard, filters: Filters | None, sources: list[str]
) -> dict[str, Any]:
    """The form of the filters, filled with what was asked for, right or wrong."""
    usual = _usual(board)
    names = sorted(((c, each.name) for c, each in members.states().items()), key=lambda n: n[1])
    if ALL in usual.values():
        names.insert(0, (ALL, _all_states()))
    told = statistics.indicators() if board.compares else {}
    first = filters.indicator if filters else request.GET.get("indicator", "")
    chosen = filters.source if filters else request.GET.get("source", "")
    return {
        "indicators": [(code, say(each.title), code == first) for code, each in told.items()],
        "sources": [
            (code, say(statistics.sources()[code].title), code == chosen) for code in sources
        ],
        "states": [
            {
                "name": name,
                "label": label,
                "options": [
                    (code, text, code == (request.GET.get(name) or usual[name]))
                    for code, text in names
                ],
            }
            for name, label in board.states
        ],
        "first": request.GET.get("from", "")[:10],
        "last": request.GET.get("to", "")[:10],
    }


def _institutions(known: dict[str, list[str]], chosen: str) -> list[tuple[str, str, bool]]:
    """Those between which the reader chooses, by name; none where there is nothing to choose."""
    codes = sorted({code for some in known.values() for code in some}, key=members.institution_name)
    if not codes:
        return []
    none = ("", _("None chosen"), not chosen)
    return [none, *((code, members.institution_name(code), code == chosen) for code in codes)]


def _named(board: Dashboard, filters: Filters | None, panels: list[Panel]) -> str:
    """What the page is about, for its heading: the figure that is compared, the states, and the
    institution where everything that is shown was counted of its records alone, chosen or not."""
    if filters is None:
        return ""
    chosen = [filters.states[name] for name, _label in board.states]
    states = [_all_states() if code == ALL else members.state(code).name for code in chosen]
    holders = {panel.answer.area.holder for panel in panels if panel.answer is not None}
    if filters.institution and not board.compares:
        holders = {members.institution_name(filters.institution)}
    if len(holders) == 1:
        states += filter(None, holders)
    if board.compares:
        states.insert(0, say(statistics.indicators()[filters.indicator].title))
    return ", ".join(states)


def _all_states() -> str:
    return _("the ten states")


def _shown(panel: Panel, board: str, filters: Filters | None) -> dict[str, Any]:
    """A panel with the addresses of its files, for the template."""
    links: list[dict[str, str]] = []
    if panel.answer is not None and filters is not None:
        for kind, (label, _mime) in files.FORMATS.items():
            if kind == "parquet" and not files.parquet_is_here():
                continue
            path = reverse("statistics:figures-file", args=[board, panel.ident, kind])
            links.append({"href": f"{path}?{filters.query()}", "text": label})
    return {"panel": panel, "links": links, "table_words": _("The same numbers as a table")}
