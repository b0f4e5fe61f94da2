"""The filters of a dashboard, as they stand in its address; whatever is none is refused by name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from ayni.members import api as members

_YEAR = re.compile(r"[0-9]{4}\Z", re.ASCII)
SHOWN = 40  # characters of a value that an error repeats
FIRST_YEAR, LAST_YEAR = 2000, 2100
ALL = "all"  # of a filter that is a state: the ten together, where the page knows them


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for: `source` (a code), `years` (both included; None: all that the source
    has), `states` by the name of their filter, as codes in small letters (or `ALL`). `indicator`
    is told by a page that compares sources, which then has no `source`; `institution`: whose
    records are read where several of this node have some, empty for none that was chosen."""

    source: str
    years: tuple[int, int] | None
    states: Mapping[str, str]
    indicator: str = ""
    institution: str = ""

    def query(self) -> str:
        """The same filters as a query, for an address."""
        told = {"indicator": self.indicator} if self.indicator else {"source": self.source}
        told |= self.states
        if self.institution:
            told["institution"] = self.institution
        if self.years is not None:
            told |= {"from": str(self.years[0]), "to": str(self.years[1])}
        return urlencode(told)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One filter that is none: an error with the field it belongs to."""

    text: str
    href: str


def read_filters(
    asked: QueryDict,
    *,
    sources: Collection[str],
    states: Mapping[str, str],
    indicators: Collection[str] = (),
    institutions: Mapping[str, Collection[str]] | None = None,
) -> tuple[Filters | None, list[Wrong]]:
    """The filters of an address, or what is wrong with them, and never half of them.

    `sources`: those there are, the usual one first. `states`: the names of the filters that are a
    state, each with the state that is meant where none is given; where that is `ALL`, it may be
    chosen. `indicators`: given by a page that compares sources; it is asked for in place of one.
    `institutions`: of each source those between which a reader chooses; where sources are compared
    one of any of them.
    """
    known = {"indicator" if indicators else "source", "from", "to", *states}
    if institutions:
        known.add("institution")
    wrong = check_names(asked, known)
    source = indicator = ""
    if indicators:
        indicator = _one_of(asked, "indicator", indicators, wrong)
    else:
        source = _one_of(asked, "source", sources, wrong)
    years = _years(asked, wrong)
    chosen = _states(asked, states, wrong)
    holder = _institution(asked, source, institutions or {}, wrong, of_any=bool(indicators))
    return (None, wrong) if wrong else (Filters(source, years, chosen, indicator, holder), [])


def check_names(asked: QueryDict, known: Collection[str]) -> list[Wrong]:
    """What is wrong with the names of the filters in an address: one that the page does not have,
    or one that is there twice."""
    wrong: list[Wrong] = []
    for name, values in asked.lists():
        if name not in known:
            wrong.append(
                Wrong(
                    _("This page has no filter “%(name)s”. Nothing is shown, so that no number is "
                      "read as another one. It has: %(known)s.")
                    % {"name": name[:SHOWN], "known": ", ".join(sorted(known))},
                    "#filters",
                )
            )  # fmt: skip
        elif len(values) > 1:
            wrong.append(
                Wrong(_("The filter “%(name)s” is there twice. Choose one.") % {"name": name},
                      f"#{name}")
            )  # fmt: skip
    return wrong


def is_year(text: str) -> bool:
    """Whether a text is a year of which there may be figures."""
    return bool(_YEAR.match(text)) and FIRST_YEAR <= int(text) <= LAST_YEAR


def _one_of(asked: QueryDict, name: str, known: Collection[str], wrong: list[Wrong]) -> str:
    chosen = asked.get(name) or next(iter(known), "")
    if chosen not in known:
        said = {
            "source": _("There is no source “%(source)s”. Choose one of the list."),
            "indicator": _("There is no figure “%(indicator)s”. Choose one of the list."),
        }[name]
        wrong.append(Wrong(said % {name: chosen[:SHOWN]}, f"#{name}"))
    return chosen


def _institution(
    asked: QueryDict,
    source: str,
    known: Mapping[str, Collection[str]],
    wrong: list[Wrong],
    *,
    of_any: bool,
) -> str:
    chosen = asked.get("institution", "") if known else ""
    if of_any and any(chosen in codes for codes in known.values()):
        return chosen
    if chosen and chosen not in known.get(source, ()):
        wrong.append(
            Wrong(
                _("“%(code)s” has no records of this source. Choose one of the list, or none where "
                  "the source is not kept by an institution of this node.")
                % {"code": chosen[:SHOWN]},
                "#institution",
            )
        )  # fmt: skip
    return chosen


def _years(asked: QueryDict, wrong: list[Wrong]) -> tuple[int, int] | None:
    told = {name: asked.get(name, "").strip() for name in ("from", "to")}
    if not any(told.values()):
        return None
    numbers = []
    for name, text in told.items():
        if not text:
            wrong.append(Wrong(_("Give the first year and the last one, or neither."), f"#{name}"))
        elif not is_year(text):
            wrong.append(
                Wrong(_("“%(text)s” is no year. Write it as 2020.") % {"text": text[:SHOWN]},
                      f"#{name}")
            )  # fmt: skip
        else:
            numbers.append(int(text))
    if len(numbers) < 2:
        return None
    if numbers[0] > numbers[1]:
        wrong.append(Wrong(_("The first year must not be after the last one."), "#from"))
        return None
    return numbers[0], numbers[1]


def _states(
    asked: QueryDict, states: Mapping[str, str], wrong: list[Wrong]
) -> dict[str, str]:  # fmt: skip
    chosen: dict[str, str] = {}
    for name, usual in states.items():
        code = asked.get(name) or usual
        if code not in members.states() and not code == usual == ALL:
            wrong.append(
                Wrong(_("“%(code)s” is none of the ten states. Choose one of the list.")
                      % {"code": code[:SHOWN]}, f"#{name}")
            )  # fmt: skip
        chosen[name] = code
    if len(chosen) == 2 and len(set(chosen.values())) == 1 and not wrong:
        wrong.append(
            Wrong(_("A corridor leads from one state to another: choose two."),
                  f"#{next(iter(states))}")
        )  # fmt: skip
    return chosen
