"""Words for the codes of an answer, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.statistics.indicators import register_words
from ayni.statistics.sources.citizenships import Kind

_YES_NO: Mapping[str, Text] = {"yes": _("Yes"), "no": _("No"), "unknown": _("Not written")}

DIMENSIONS: Mapping[str, Text] = {
    "age": _("Age group"),
    "anonymous": _("Whether anonymous"),
    "answered": _("Answer"),
    "citizenship": _("Citizenship"),
    "days": _("Days to the first referral"),
    "detected_in": _("Where detected"),
    "exploited_in": _("Where exploited"),
    "field": _("Field"),
    "form": _("Form of exploitation"),
    "means": _("Means for which there is no column"),
    "nationality": _("Nationality"),
    "owing": _("State that owes the answer"),
    "sex": _("Sex"),
    "side": _("Part of this state in the case"),
    "situation": _("Triage class"),
    "stage": _("Stage"),
    "wait": _("First referral"),
    "year": _("Year"),
}
_PLACES: Mapping[str, Text] = {
    Kind.ABROAD.value: _("Another country, not said which"),
    Kind.TOTAL.value: _("All citizenships together"),
    Kind.STATELESS.value: _("Stateless"),
    Kind.UNKNOWN.value: _("Not told"),
    Kind.OTHER.value: _("Several countries together, or one without a code"),
    Kind.UNCLEAR.value: _("Written, and names no country"),
    "": _("A territory without a code"),
    "elsewhere": _("A country that is none of the ten"),
}
_VALUES: Mapping[str, Mapping[str, Text]] = {
    "sex": {
        "female": _("Female"),
        "male": _("Male"),
        "other": _("Another sex"),
        "unknown": _("Sex not told"),
    },
    "age": {
        "child": _("Under 18"),
        "adult": _("18 or over"),
        "unknown": _("Age not told"),
    },
    "form": {
        "forced_labour": _("Forced labour"),
        "sexual": _("Sexual exploitation"),
        "other": _("Other forms of exploitation"),
        # HTCDS 2.0, `vic_TypeOfExploitation`
        "ForcedLabour": _("Forced labour"),
        "SexualExploitation": _("Sexual exploitation"),
        "ChildLabour": _("Child labour"),
        "ForcedMarriage": _("Forced marriage"),
        "Servitude": _("Servitude"),
        "ForcedMilitaryByNonStateActors": _("Forced military service by non-state actors"),
        "OrganRemoval": _("Organ removal"),
        "ForcedBegging": _("Forced begging"),
        "ForcedAdoption": _("Forced adoption"),
        "Surrogacy": _("Surrogacy"),
        "Other": _("Other forms of exploitation"),
    },
    "stage": {
        "prosecuted": _("Persons prosecuted"),
        "convicted": _("Persons convicted"),
    },
    "wait": {
        "next_day": _("Referred by the next calendar day"),
        "later": _("Referred later"),
        "before": _("The referral is dated before the report"),
        "undated": _("Referred, without a date"),
        "none": _("Never referred: no referral is recorded"),
    },
    "days": {
        "0-1": _("Referred by the next calendar day"),
        "2-7": _("Referred after 2 to 7 days"),
        "8-30": _("Referred after 8 to 30 days"),
        "31+": _("Referred after more than 30 days"),
        "before": _("Referred before the case was opened"),
        "none": _("Never referred: no referral is recorded"),
        "unknown": _("Days to the first referral not known"),
    },
    "situation": {
        "emergency": _("Emergency"),
        "urgency": _("Urgency"),
        "orientation": _("Orientation and advice"),
        "unknown": _("No class written"),
    },
    "answered": {"on_time": _("Answered on time"), "late": _("Late, or not answered")},
    "field": {
        "age": _("Age"),
        "anonymity": _("Whether anonymous"),
        "citizenship": _("Citizenship"),
        "exploited_in": _("Where exploited"),
        "first_referral": _("First referral"),
        "form": _("Form of exploitation"),
        "nationality": _("Nationality"),
        "sex": _("Sex"),
        "situation": _("Triage class"),
    },
    "form_told": _YES_NO,
    "anonymous": _YES_NO,
    "nationality": {
        "told": _("Nationality told"),
        "missing": _("Not written"),
        "unclear": _("Written, and names no country"),
    },
    "side": dict(cases.vocabulary.Side.choices),
}


def label(dimension: str, code: str) -> str:
    """What a code of this dimension says; the code itself where there are no words for it."""
    if dimension in register_words.COUNTRIES:
        return str(register_words.ELSEWHERE) if code == "ZZ" else country(code)
    words = _VALUES.get(dimension) or register_words.VALUES.get(dimension, {})
    return str(words.get(code, code))


def dimension(name: str) -> str:
    """What a dimension is called; its code where there is no word for it."""
    return str(DIMENSIONS.get(name) or register_words.COLUMNS.get(name, name))


def country(code: str) -> str:
    """The name of a country by its ISO 3166-1 alpha-2 code: short names for the ten states."""
    if code in _PLACES:
        return str(_PLACES[code])
    state = members.states().get(code.lower())
    if state is not None:
        return state.name
    locale = Locale.parse((get_language() or "es")[:5].replace("-", "_"))
    return str(locale.territories.get(code.upper(), code))
