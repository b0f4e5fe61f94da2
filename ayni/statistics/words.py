"""Words of the pages for names of figures, codes of lists and reasons of the log."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.lib.errors import Text
from ayni.statistics.linea145 import Treatment, Why

FIGURES: Mapping[str, Text] = {
    "reports": _("Reports of trafficking in persons"),
    "emergency": _("Emergency"),
    "urgency": _("Urgency"),
    "orientation": _("Orientation and advice"),
    "without_situation": _("No class written"),
    "anonymous": _("Anonymous"),
    "anonymity_unknown": _("Not written whether anonymous"),
    "without_first_referral": _("Never referred: no referral is recorded"),
    "first_referrals": _("Referred at least once"),
    "without_referral_date": _("Referred, without a date"),
    "negative_intervals": _("The referral is dated before the report: left out below"),
    "known_intervals": _("Referred, and the days are known"),
    "referred_by_next_day": _("Referred by the next calendar day"),
    "referred_later": _("Referred later"),
    "second_referrals": _("Referred a second time"),
    "third_referrals": _("Referred a third time"),
    "reports_naming_direct_victims": _("Reports that name a direct victim"),
    "reports_naming_relatives": _("Reports that name a relative"),
    "reports_naming_accused": _("Reports that name an accused person"),
    "direct_victims": _("Direct victims named"),
    "direct_victims_without_nationality": _("Nationality not written"),
    "direct_victims_of_no_country": _("Nationality written, and names no country"),
    "relatives": _("Relatives named"),
    "relatives_without_nationality": _("Nationality not written"),
    "relatives_of_no_country": _("Nationality written, and names no country"),
    "accused": _("Accused persons named"),
    "accused_without_nationality": _("Nationality not written"),
    "accused_of_no_country": _("Nationality written, and names no country"),
    "other_subject": _("Reports of another subject: not counted here"),
}

TREATMENTS: Mapping[str, Text] = {
    Treatment.NORMALISED.value: _("Put right"),
    Treatment.KEPT.value: _("Kept only as written"),
    Treatment.REJECTED.value: _("Turned away"),
    Treatment.TOLD.value: _("Only told"),
}

WHY: Mapping[str, Text] = {
    Why.SPACES.value: _("Needless spaces were removed."),
    Why.SPELLING.value: _("Another spelling of the same value."),
    Why.HOLDER_LEFT_OUT.value: _("The office is kept; the name of its holder is left out."),
    Why.CUT.value: _("Too long; the end was cut."),
    Why.UNKNOWN_AGE.value: _("In this file 0 stands for an unknown age."),
    Why.NO_CODE.value: _("No code says exactly this, and none was guessed."),
    Why.NO_COUNTRY.value: _("Names no country."),
    Why.NOT_IN_LIST.value: _("Not in the list of known values; nothing was guessed."),
    Why.EMPTY.value: _("Empty; nothing was assumed."),
    Why.NO_HOUR.value: _("A date without an hour; the beginning of the day was taken."),
    Why.NO_BODY.value: _("A referral without the body it went to."),
    Why.NO_DATE.value: _("A referral without a date."),
    Why.NO_REFERRAL.value: _("Stands alone, without body and date; no referral was made of it."),
    Why.GAP.value: _("The referral before this one is missing."),
    Why.BEFORE_ENTRY.value: _("Dated before the report; left out of the intervals."),
    Why.BEFORE_PREVIOUS.value: _("Dated before the referral before it."),
    Why.NO_ROLE.value: _("It is not known as what this person is named; the row was not loaded."),
    Why.UNKNOWN_REPORT.value: _("There is no report with this number; the row was not loaded."),
    Why.DIFFERS.value: _("The file tells this otherwise now. What stands here was not changed."),
    Why.PERSONS_DIFFER.value: _(
        "The file tells the persons of this report otherwise now. Nothing was changed or added."
    ),
}

_words = cases.vocabulary
# The class alone, as the files write it; the desk's own words say what each class asks for.
SITUATIONS: Mapping[str, Text] = {
    code: FIGURES[code] for code in ("emergency", "urgency", "orientation")
}
# column -> words of its codes; other columns show the code itself (countries).
_CODES: Mapping[str, Mapping[str, Text]] = {
    "situacion": SITUATIONS,
    "tema": dict(_words.Track.choices),
    "via_ingreso": dict(_words.Channel.choices),
    "denunciante_tipo": dict(_words.Informant.choices),
    "referido_tipo": dict(_words.NamedAs.choices),
    "genero": dict(_words.Gender.choices),
    **dict.fromkeys(
        (
            "es_anonima", "derivacion_judicializa", "derivacion2_judicializa",
            "derivacion3_judicializa", "embarazada", "discapacidad",
        ),
        {"yes": _("Yes"), "no": _("No")},
    ),
}  # fmt: skip


def of_code(column: str, code: str) -> str:
    """What a code of this column says, in the reader's language; another value as it stands."""
    return str(_CODES.get(column, {}).get(code, code))
