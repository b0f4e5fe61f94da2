"""Words for the columns and codes of a register in the shape of CTDC's public data sets
(`privacy/domains/ctdc_shaped_1.json`). A code stays what it is in every file; a page says the word.

An empty value of a column that says "1" for yes is not a no: nobody wrote it down.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Text

COLUMNS: Mapping[str, Text] = {
    "yearOfRegistration": _("Year of registration"),
    "gender": _("Gender"),
    "ageBroad": _("Age group"),
    "citizenship": _("Citizenship"),
    "CountryOfExploitation": _("Where exploited"),
    "registeringState": _("State that registered"),
    "traffickingStatus": _("Whether a victim"),
    "isForcedLabour": _("Forced labour"),
    "isSexualExploit": _("Sexual exploitation"),
    "isForcedBegging": _("Forced begging"),
    "isForcedMarriage": _("Forced marriage"),
    "isOtherExploit": _("Other forms of exploitation"),
    "meansDebtBondage": _("Means: debt bondage"),
    "meansTakesEarnings": _("Means: earnings taken away"),
    "meansThreats": _("Means: threats"),
    "meansPsychologicalAbuse": _("Means: psychological abuse"),
    "meansPhysicalAbuse": _("Means: physical abuse"),
    "meansFalsePromises": _("Means: false promises"),
    "meansRestrictsMovement": _("Means: movement restricted"),
    "meansWithholdsDocuments": _("Means: documents withheld"),
    "meansSexualAbuse": _("Means: sexual abuse"),
    "meansExcessiveHours": _("Means: excessive working hours"),
    "recruiterRelation": _("Who recruited"),
    "typeOfLabour": _("Kind of work"),
}
YEARS = frozenset({"year", "yearOfRegistration"})
SEXES = frozenset({"sex", "gender"})
AGES = frozenset({"age", "ageBroad"})
# Columns of every source whose codes are countries.
COUNTRIES = frozenset(
    {"citizenship", "exploited_in", "detected_in", "owing", "CountryOfExploitation",
     "registeringState"}
)  # fmt: skip
# Columns in which "1" is yes, and nothing stands for no.
YES = frozenset(name for name in COLUMNS if name.startswith(("is", "means")))
ELSEWHERE: Text = _("Another country, or not told")

VALUES: Mapping[str, Mapping[str, Text]] = {
    "gender": {
        "Female": _("Female"),
        "Male": _("Male"),
        "TransgenderNonConforming": _("Transgender or non-conforming"),
        "Unknown": _("Sex not told"),
    },
    "ageBroad": {
        "": _("Age not told"),
        **{
            f"{first}-{last}": f"{first}–{last}"
            for first, last in (
                (0, 8), (9, 17), (18, 20), (21, 23), (24, 26), (27, 29), (30, 38), (39, 47),
            )
        },
        "48+": _("48 or over"),
    },
    "traffickingStatus": {
        "Possible": _("Possible victim"),
        "Actual": _("Victim"),
        "Not": _("Not a victim"),
        "Unknown": _("Not told"),
    },
    # Own cases and sums over states have a name for what is not told.
    **dict.fromkeys(
        sorted(YES), {"1": _("Yes"), "": _("Not written"), "not_told": _("Not written")}
    ),
    "recruiterRelation": {
        "": _("Not written"),
        "Friend": _("A friend"),
        "IntimatePartner": _("The partner"),
        "Family": _("The family"),
        "Other": _("Somebody else"),
        "Unknown": _("Not told"),
    },
    "typeOfLabour": {
        "": _("Not written"),
        "Agriculture": _("Agriculture"),
        "Construction": _("Construction"),
        "DomesticWork": _("Domestic work"),
        "Manufacturing": _("Manufacturing"),
        "Mining": _("Mining"),
        "Hospitality": _("Hotels and restaurants"),
        "Peddling": _("Street selling"),
        "Other": _("Another kind of work"),
    },
}  # fmt: skip
