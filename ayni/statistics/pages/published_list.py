"""The list of what was published, a page at a time, by the filters of its address; whatever is none
is refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ayni.gazette.api import Published
from ayni.lib.asked import page_number
from ayni.members import api as members
from ayni.statistics.pages import published_words as words
from ayni.statistics.pages.filters import SHOWN, Wrong, check_names, is_year

PAGE = 20  # releases on one page
_FILTERS = ("state", "population", "year")


@dataclass(frozen=True, slots=True)
class Listed:
    """A release in the list: `entry` as it stands now, `said`: the version that tells of what it
    is (of one that was taken back the last one before)."""

    entry: Published
    said: Published

    @property
    def ended(self) -> bool:
        """Whether it was taken back."""
        return self.entry is not self.said


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for; empty where all are meant. `population` is its name in English, which
    each owner writes into its release, for the codes of another member are not known here."""

    state: str = ""
    population: str = ""
    year: str = ""
    page: int = 1

    def takes(self, one: Listed) -> bool:
        """Whether a release is asked for; a year where it lies within its period."""
        body = one.said.said.body
        return (
            self.state in ("", one.entry.said.owner)
            and self.population in ("", body["names"]["en"])
            and (not self.year or body["first"][:4] <= self.year <= body["last"][:4])
        )

    def query(self) -> dict[str, str]:
        """The filters alone, without the page."""
        return {name: told for name in _FILTERS if (told := getattr(self, name))}


def read(asked: QueryDict, listed: Iterable[Listed]) -> tuple[Asked | None, list[Wrong]]:
    """What an address asks for, or what is wrong with it, and never half of it."""
    wrong = [
        each if each.href != "#page" else Wrong(each.text, "#filters")  # no field of the form
        for each in check_names(asked, {*_FILTERS, "page"})
    ]
    told = {name: asked.get(name, "").strip() for name in (*_FILTERS, "page")}
    short = {name: text[:SHOWN] for name, text in told.items()}
    if told["state"] and told["state"] not in owners():
        problem = _("“%(code)s” is none of the ten states. Choose one of the list.")
        wrong.append(Wrong(problem % {"code": short["state"]}, "#state"))
    if told["population"] and told["population"] not in populations(listed):
        problem = _("Nothing was published of “%(name)s”. Choose one of the list.")
        wrong.append(Wrong(problem % {"name": short["population"]}, "#population"))
    if told["year"] and not is_year(told["year"]):
        problem = _("“%(text)s” is no year. Write it as 2020.")
        wrong.append(Wrong(problem % {"text": short["year"]}, "#year"))
    page = _page(told["page"])
    if page is None:
        problem = _("“%(text)s” is no page of this list. Pages are numbers from 1.")
        wrong.append(Wrong(problem % {"text": short["page"]}, "#filters"))
    found = Asked(told["state"], told["population"], told["year"], page or 1)
    return (None, wrong) if wrong else (found, [])


def _page(text: str) -> int | None:
    """The number of a page from 1, the first where none is told; None for what is no number."""
    try:
        return page_number(text or "1") or None
    except ValueError:
        return None


def owners() -> Mapping[str, str]:
    """Who publishes: the ten states by their names, and the secretariat. Code -> name."""
    states = sorted(members.states(), key=words.owner_name)
    return {code: words.owner_name(code) for code in (*states, members.SECRETARIAT)}


def populations(listed: Iterable[Listed]) -> Mapping[str, str]:
    """Whom the releases count. Name in English -> in the reader's language."""
    language = (get_language() or "en")[:2]
    names = [one.said.said.body["names"] for one in listed]
    found = {each["en"]: each.get(language, each["en"]) for each in names}
    return dict(sorted(found.items(), key=lambda pair: pair[1].casefold()))


def shown(listed: Sequence[Listed], asked: QueryDict) -> dict[str, Any]:
    """What the page of the list is made of: its filters, and what they take or what is wrong."""
    told, wrong = read(asked, listed)
    given = told or Asked()
    found = [] if told is None else [one for one in listed if told.takes(one)]
    page = Paginator(found, PAGE).get_page(given.page)
    query = given.query()
    return {
        "errors": wrong,
        "filters": {
            "owners": _options(owners(), given.state),
            "populations": _options(populations(listed), given.population),
            "year": given.year,
        },
        "filtered": bool(query),
        "page": page,
        "standing": [one for one in page.object_list if not one.ended],
        "taken_back": [one for one in page.object_list if one.ended],
        "further": f"&{urlencode(query)}" if query else "",
        "query": query | ({"page": page.number} if page.number > 1 else {}),
    }


def _options(known: Mapping[str, str], chosen: str) -> list[tuple[str, str, bool]]:
    return [("", _("All"), not chosen), *((c, n, c == chosen) for c, n in known.items())]
