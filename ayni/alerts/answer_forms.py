"""Forms of an answer to an alert. They parse; `api` decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.alerts import api as alerts
from ayni.alerts.forms import countries
from ayni.alerts.kinds import LONGEST_WORDS
from ayni.cooperation import api as cooperation
from ayni.lib.forms import DateInParts
from ayni.members import api as members

Ground = alerts.Ground
_GROUNDS = {
    Ground.NOT_MET: _("Nobody of us spoke with her or him"),
    Ground.AGREED: _("We asked alone. She or he agrees that those who look are told this"),
    Ground.AUTHORITY: _("She or he is or may be under 18, and we, the child authority, decided it"),
}


def _past(day: date) -> date:
    if day > localdate():
        raise forms.ValidationError(_("That day has not come yet."))
    return day


class _AnswerForm(forms.Form):
    """What both answers ask: on what it rests, and whether it may be a child."""

    grounds: tuple[Ground, ...] = ()

    ground = forms.ChoiceField(
        label=_("Does she or he know that you answer?"),
        help_text=_("An adult decides. If the answer is no, do not answer and tell nobody."),
        choices=(),
        widget=forms.RadioSelect,
    )
    young = forms.ChoiceField(
        label=_("May she or he be under 18?"),
        help_text=_("If you do not know, choose yes."),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, authority: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.fields["ground"]
        assert isinstance(asked, forms.ChoiceField)
        may = (*self.grounds, *((Ground.AUTHORITY,) if authority else ()))
        asked.choices = [(each.value, _GROUNDS[each]) for each in may]

    def _written(self, told: dict[str, Any]) -> dict[str, Any]:
        """Arguments of `write_answer`; `told`: what is told, by name."""
        return {
            "ground": self.cleaned_data["ground"],
            "may_be_child": self.cleaned_data["young"] == "yes",
            "told": told,
        }


class SeenForm(_AnswerForm):
    """Where and when somebody was seen."""

    grounds = (Ground.NOT_MET, Ground.AGREED)
    field_order = ("seen_country", "seen_place", "seen_on", "ground", "young")

    seen_country = forms.ChoiceField(
        label=_("In which country was she or he seen?"), choices=(), widget=forms.Select
    )
    seen_place = forms.CharField(
        label=_("In which town?"),
        help_text=_("Only the town. No street, no house, no telephone."),
        required=False,
        max_length=alerts.rules.LONGEST_PLACE,
    )
    seen_on = DateInParts(label=_("On which day?"))
    words = forms.CharField(
        label=_("What else helps to find her or him"),
        help_text=_(
            "It is not translated. Do not write addresses, telephones, names of others, or what "
            "you heard of her or his life."
        ),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea({"rows": 3}),
    )
    words_language = forms.ChoiceField(
        label=_("In which language is it written?"), choices=list(cooperation.LANGUAGES.items())
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["seen_country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [("", _("Choose a country")), *countries()]
        here = (get_language() or "es").partition("-")[0]
        self.initial.setdefault("words_language", here)

    def clean_seen_on(self) -> date:
        """Nobody was seen tomorrow."""
        return _past(self.cleaned_data["seen_on"])

    def told(self) -> dict[str, Any]:
        """Arguments of `write_answer`, with the names of `answers.OF_SEEN`."""
        given = self.cleaned_data
        text = given["words"].strip()
        return self._written(
            {
                "seen_country": given["seen_country"],
                "seen_place": given["seen_place"],
                "seen_on": given["seen_on"].isoformat(),
                "words": {"text": text, "language": given["words_language"]} if text else None,
            }
        )


class FoundForm(_AnswerForm):
    """Through whom somebody who was found can be spoken with."""

    grounds = (Ground.AGREED,)
    field_order = ("found_on", "contact", "ground", "young")

    found_on = DateInParts(label=_("On which day was she or he found?"))
    contact = forms.ChoiceField(
        label=_("Through which institution can she or he be spoken with, in safety?"),
        help_text=_("Where she or he is stays here: only this institution is named."),
        choices=(),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, contacts: Iterable[members.Institution], **kw: Any) -> None:
        super().__init__(*args, **kw)
        contact = self.fields["contact"]
        assert isinstance(contact, forms.ChoiceField)
        contact.choices = [(each.code, each.name) for each in contacts]

    def clean_found_on(self) -> date:
        """Nobody was found tomorrow."""
        return _past(self.cleaned_data["found_on"])

    def told(self) -> dict[str, Any]:
        """Arguments of `write_answer`, with the names of `answers.OF_FOUND`."""
        given = self.cleaned_data
        return self._written(
            {"found_on": given["found_on"].isoformat(), "contact": given["contact"]}
        )
