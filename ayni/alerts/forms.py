"""Forms of this room's pages. They parse; `api` decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from ayni.alerts import api as alerts
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.forms import DateInParts
from ayni.members import api as members

words = alerts.vocabulary
_DAYS = 7  # until which an alert lasts unless somebody says otherwise; a proposal, no source


def countries() -> list[tuple[str, str]]:
    """The ten states by name, and one for any other."""
    codes = [code.upper() for code in sorted(members.states())]
    return [(code, cases.in_words("host_country", code)) for code in (*codes, "ZZ")]


class AlertForm(forms.Form):
    """Where she was last seen, for how long, and who shall look for her."""

    why_unasked = forms.ChoiceField(
        label=_("Why can the person not be asked?"),
        help_text=_("Whoever can be asked is asked first: refer with a consent instead."),
        choices=words.WhyUnasked.choices,
        widget=forms.RadioSelect,
    )
    last_country = forms.ChoiceField(
        label=_("In which country was she or he last seen?"), choices=(), widget=forms.Select
    )
    last_place = forms.CharField(
        label=_("In which town?"),
        help_text=_("Only the town. No street, no house, no telephone."),
        required=False,
        max_length=alerts.rules.LONGEST_PLACE,
    )
    last_on = DateInParts(label=_("On which day?"), required=False)
    days = forms.IntegerField(
        label=_("For how many days?"),
        help_text=_("From 1 to 30. Then everybody removes it by themselves."),
        min_value=1,
        max_value=30,
        initial=_DAYS,
        widget=forms.TextInput({"inputmode": "numeric", "class": "govuk-input--width-2"}),
    )
    to = forms.MultipleChoiceField(
        label=_("Who shall look for her or him?"),
        help_text=_("Choose only those who can meet her or him. Each one gets its own copy."),
        choices=(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, to: Iterable[members.Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked, country = self.fields["to"], self.fields["last_country"]
        assert isinstance(asked, forms.MultipleChoiceField)
        assert isinstance(country, forms.ChoiceField)
        asked.choices = [(each.code, f"{each.name} ({each.state.upper()})") for each in to]
        country.choices = [("", _("Choose a country")), *countries()]

    def clean_last_on(self) -> date | None:
        """Nobody was seen tomorrow."""
        day: date | None = self.cleaned_data["last_on"]
        if day is not None and day > localdate():
            raise forms.ValidationError(_("That day has not come yet."))
        return day

    def told(self) -> dict[str, Any]:
        """Arguments of `draft_alert`."""
        told = self.cleaned_data
        day = told["last_on"]
        return {
            "to": told["to"],
            "why_unasked": told["why_unasked"],
            "until": clock.now() + timedelta(days=told["days"]),
            "search": {
                "last_country": told["last_country"],
                "last_place": told["last_place"],
                "last_on": "" if day is None else day.isoformat(),
            },
        }


class RecallForm(forms.Form):
    """Why an alert is taken back."""

    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=[
            (code, said)
            for code, said in words.RecallReason.choices
            if code != words.RecallReason.CLOSED  # closing the case recalls by itself
        ],
        widget=forms.RadioSelect,
    )
