"""Looking for a provision: a list with the words in their context, and the same as files."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ayni.lib import clock
from ayni.members import api as members
from ayni.norms import api, latest_reviews, reviews, stating, statuses
from ayni.norms.model import Force, Framework, Text
from ayni.norms.passages import Kind, Passage
from ayni.norms.search_form import SearchForm
from ayni.norms.searching import Found, Question, Shown
from ayni.norms.views import evidence_row
from ayni.norms.wording import FORCE_COLOURS, FORCES, TOPICS

Row = dict[str, Any]
PAGE = 20
# A spreadsheet would run such a value as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _question(form: SearchForm) -> Question:
    language = (get_language() or "es")[:2]
    return form.question(
        today=clock.now().date(), language=language if language in ("es", "pt", "en") else "es"
    )


def _asked(request: HttpRequest) -> str:
    """The question as it stands in an address, without the page."""
    told: QueryDict = request.GET.copy()
    told.pop("page", None)
    return told.urlencode()


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Look for instruments and provisions."""
    form = SearchForm(request.GET or None)
    context: Row = {"form": form, "asked": False}
    if form.is_valid():
        question = _question(form)
        pages = Paginator(api.find(question), PAGE)
        page = pages.get_page(request.GET.get("page"))
        rows = api.shown(page.object_list, question)
        context |= {
            "asked": True,
            "count": pages.count,
            "day": question.on,
            "page": page,
            "rows": [_row(each, question) for each in rows],
            "query": _asked(request),
            "further": f"&{_asked(request)}",
        }
    return render(request, "norms/search.html", context)


def address(passage: Passage) -> str:
    """The page on which a passage stands, at its place."""
    if passage.kind is Kind.NATIONAL:
        return f"{reverse('norms:state', args=[passage.state])}#{passage.id}"
    of = reverse("norms:instrument", args=[passage.instrument])
    return of if passage.kind is Kind.INSTRUMENT else f"{of}#{passage.id}"


def _row(shown: Shown, question: Question) -> Row:
    passage, how = shown.found.passage, shown.found.standings
    return {
        "href": address(passage),
        "name": shown.name,
        "state": str(members.state(passage.state).name) if passage.state else "",
        "topic": ", ".join(str(TOPICS[each]) for each in sorted(passage.topics)),
        "reference": shown.reference,
        "content": shown.content,
        "lang": shown.lang,
        "force": FORCES[shown.found.force],
        "colour": FORCE_COLOURS[shown.found.force],
        "about": str(members.state(question.state).name) if question.state else "",
        "in_force": _names(how.of(Force.IN_FORCE)) if not passage.state else "",
        "not_known": _names(how.of(Force.NOT_KNOWN)) if not passage.state else "",
        **evidence_row(passage.evidence),
    }


def _names(codes: list[str]) -> str:
    return ", ".join(str(members.state(code).name) for code in codes)


@login_required
@require_safe
def search_file(request: HttpRequest, ending: str) -> HttpResponse:
    """The list that was asked for, all of it, as a file: `csv` or `json`. Codes and ids, so that it
    says the same in every language."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return HttpResponseBadRequest(_("Put right what the search page says, and save again."))
    question = _question(form)
    held, known = latest_reviews.last_reviews(), api.framework()
    found = api.find(question, known=known)
    rows = [_saved(each, question, held) for each in found]
    name = f"norms-{question.on.isoformat()}.{ending}"
    if ending == "csv":
        return _file(as_csv(rows), "text/csv; charset=utf-8", name)
    of_states = _of_states(found, question, known)
    for row, each in zip(rows, found, strict=True):
        row["states"] = of_states.get(each.passage.instrument) or [_of_its_law(each)]
    told = {"date": question.on.isoformat(), "words": question.words, "found": rows}
    return _file(json.dumps(told, ensure_ascii=False, indent=1), "application/json", name)


@login_required
@require_safe
def states_file(request: HttpRequest) -> HttpResponse:
    """How every instrument that was found, or of which something was found, stands for each of the
    ten states on the day asked for: `csv`, one line for each instrument and state."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return HttpResponseBadRequest(_("Put right what the search page says, and save again."))
    question, known = _question(form), api.framework()
    of_states = _of_states(api.find(question, known=known), question, known)
    lines = [
        statuses.line(known.instruments[ident], each, question.on)
        for ident, rows in of_states.items()
        for each in rows
    ]
    name = f"norms-states-{question.on.isoformat()}.csv"
    return _file(_table(statuses.COLUMNS, lines), "text/csv; charset=utf-8", name)


def _file(content: str, kind: str, name: str) -> HttpResponse:
    found = HttpResponse(content, content_type=kind)
    found["Content-Disposition"] = f'attachment; filename="{name}"'
    return found


def _of_states(found: list[Found], question: Question, known: Framework) -> dict[str, list[Row]]:
    """By id of each instrument of which something was found: each of the ten states."""
    said, codes = stating.all_statements(), sorted(members.states())
    idents = dict.fromkeys(each.passage.instrument for each in found if each.passage.instrument)
    return {
        ident: [
            statuses.status(known.instruments[ident], each, question.on, said) for each in codes
        ]
        for ident in idents
    }


def _of_its_law(found: Found) -> Row:
    """A state's own law: for that state alone, by what is known of the law."""
    passage = found.passage
    return statuses.of_law(passage.state, found.force, passage.evidence)


def _saved(found: Found, question: Question, held: latest_reviews.Held) -> Row:
    passage, how = found.passage, found.standings
    due = reviews.due_of(passage, held)
    return {
        "id": passage.id,
        "kind": passage.kind.value,
        "instrument": passage.instrument,
        "state": passage.state,
        "bloc": passage.reach.value,
        "topics": sorted(each.value for each in passage.topics),
        "name": _languages(passage.names),
        "reference": passage.reference,
        "text": _languages(passage.text),
        "force": found.force.value,
        "in_force_for": how.of(Force.IN_FORCE),
        "not_known_for": how.of(Force.NOT_KNOWN),
        "not_in_force_for": how.of(Force.NOT_IN_FORCE),
        "source": passage.evidence.source,
        "mark": passage.evidence.mark.value,
        "as_at": passage.evidence.as_at,
        "review_due": due.isoformat() if due else "",
        "review_by": sorted(reviews.responsible(passage)),
    }


def _languages(text: Text | None) -> dict[str, str]:
    return {each: text.in_language(each) if text else "" for each in ("es", "pt", "en")}


def as_csv(rows: list[Row]) -> str:
    """Rows as a table of a spreadsheet, one line each; no cell can be taken for a formula."""
    return _table(tuple(_flat({})), [_flat(row) for row in rows])


def _table(columns: tuple[str, ...], lines: list[dict[str, str]]) -> str:
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(columns)
    for each in lines:
        write.writerow(_safe(each[name]) for name in columns)
    return "\ufeff" + out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


_NAMES = (
    "id", "kind", "instrument", "state", "bloc", "topics", "name", "reference", "text", "force",
    "in_force_for", "not_known_for", "not_in_force_for", "source", "mark", "as_at", "review_due",
    "review_by",
)  # fmt: skip


def _flat(row: Row) -> dict[str, str]:
    """One line of a table: a list is written with spaces, a text has a column for each language."""
    found: dict[str, str] = {}
    for name in _NAMES:
        value = row.get(name, {} if name in ("name", "text") else "")
        if isinstance(value, dict):
            found |= {f"{name}_{each}": value.get(each, "") for each in ("es", "pt", "en")}
        else:
            found[name] = " ".join(value) if isinstance(value, list) else str(value)
    return found
