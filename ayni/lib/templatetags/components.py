"""The shared components: `{% load components %}`. /gallery shows each with an example.

Values are plain dictionaries and lists; text is escaped unless it is marked safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ayni.lib import zones

register = template.Library()

Context = dict[str, Any]
Items = Sequence[Mapping[str, Any]]


@register.filter
def city(zone: str) -> str:
    """A time zone as the reader's language names it."""
    return zones.city(zone, get_language() or "es")


@register.inclusion_tag("_components/button.html")
def button(text: str, href: str = "", kind: str = "", name: str = "", value: str = "") -> Context:
    """A button, or with `href` a link that looks like one. `kind`: secondary or warning."""
    return {"text": text, "href": href, "kind": kind, "name": name, "value": value}


@register.inclusion_tag("_components/tag.html")
def tag(text: str, colour: str = "") -> Context:
    """A short state. `colour`: grey, green, teal, blue, purple, magenta, red, orange, yellow."""
    return {"text": text, "colour": colour}


@register.inclusion_tag("_components/summary_list.html")
def summary_list(rows: Items) -> Context:
    """Rows of {key, value, href, action}: what is known, and a link to change it."""
    return {"rows": rows, "actions": any(row.get("href") for row in rows)}


@register.inclusion_tag("_components/task_list.html")
def task_list(items: Items, name: str = "task") -> Context:
    """Tasks {title, href, hint, status, colour}; `name` sets apart two lists on one page."""
    return {"items": items, "name": name}


@register.inclusion_tag("_components/step_list.html")
def step_list(items: Items) -> Context:
    """Numbered steps {title, text, status, colour, state}; `state`: done, current or empty."""
    return {"items": items}


@register.inclusion_tag("_components/table.html")
def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], *, headed: bool = False
) -> Context:
    """A table. A cell is text or {text, href, number}; the first cell of a row is its header. The
    title of a column with numbers stands to the right, as they do. `headed`: the caption stands
    above the table as a heading already, and is kept for screen readers.

    On a telephone each row is a block; the titles of the columns stand before the values, but for
    a table of two columns, whose rows explain themselves.
    """
    labels = head if len(head) > 2 else [""] * len(head)
    cells = [
        [
            {"label": t, **(c if isinstance(c, Mapping) else {"text": c})}
            for t, c in zip(labels, row, strict=True)
        ]
        for row in rows
    ]
    titles = [
        {"text": title, "number": place > 0 and any(row[place].get("number") for row in cells)}
        for place, title in enumerate(head)
    ]
    return {"caption": caption, "head": titles, "rows": cells, "headed": headed}


@register.inclusion_tag("_components/pagination.html")
def pagination(page: Page[Any], query: str = "") -> Context:
    """Previous and next page. `query`: further public parameters, beginning with &."""
    return {"page": page, "query": query}


@register.inclusion_tag("_components/breadcrumbs.html")
def breadcrumbs(items: Items) -> Context:
    """The way here: {text, href}; the page itself is left out."""
    return {"items": items}


@register.inclusion_tag("_components/progress.html")
def progress(label: str, value: int, maximum: int = 100) -> Context:
    """How far something is, in words and as a bar."""
    return {"label": label, "value": value, "maximum": maximum}


@register.inclusion_tag("_components/warning.html")
def warning(text: str) -> Context:
    """One sentence that must not be overlooked."""
    return {"text": text}


@register.inclusion_tag("_components/error_summary.html")
def error_summary(errors: Iterable[Any]) -> Context:
    """Errors {text, href} that stand in no form, above the heading."""
    return {"errors": errors}


@register.inclusion_tag("_components/exit_page.html")
def exit_page(href: str) -> Context:
    """A way out that leaves this page at once; a plain link without JavaScript."""
    return {"href": href}


@register.simple_block_tag
def details(content: str, summary: str) -> SafeString:
    """`{% details "Summary" %} … {% enddetails %}`: text that few need, folded away."""
    return render_to_string("_components/details.html", {"content": content, "summary": summary})


@register.simple_block_tag
def notification(content: str, title: str, kind: str = "", ident: str = "notice") -> SafeString:
    """`{% notification "Title" %} … {% endnotification %}`. `kind`: success."""
    return render_to_string(
        "_components/notification.html",
        {"content": content, "title": title, "kind": kind, "ident": ident},
    )


@register.simple_block_tag
def inset(content: str) -> SafeString:
    """`{% inset %} … {% endinset %}`: text set apart from the rest."""
    return render_to_string("_components/inset.html", {"content": content})
