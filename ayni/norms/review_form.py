"""What whoever is responsible says of an item that was looked at again. No personal data: there is
no field for any."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.lib.forms import DateInParts
from ayni.norms.reviewing import Outcome
from ayni.norms.standing_kind import LARGEST_SOURCE
from ayni.norms.wording import OUTCOMES


class ReviewForm(forms.Form):
    """Outcome, source, next day; and which version the author had before her eyes."""

    outcome = forms.ChoiceField(
        label=_("What came of it?"),
        choices=[(each.value, words) for each, words in OUTCOMES.items()],
        widget=forms.RadioSelect,
    )
    source = forms.CharField(
        label=_("Where did you look?"),
        help_text=_(
            "The address of an official page, or the number and day of a document. Without names "
            "of persons."
        ),
        max_length=LARGEST_SOURCE,
        min_length=3,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    next_on = DateInParts(
        label=_("By which day is it looked at again?"),
        help_text=_("A year is proposed. You may name another day, within five years."),
    )
    version = forms.IntegerField(
        min_value=0, max_value=1_000_000, required=False, widget=forms.HiddenInput
    )

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        told = self.cleaned_data
        return {
            "outcome": Outcome(told["outcome"]),
            "source": told["source"],
            "next_on": told["next_on"],
            "seen": told["version"] or 0,
        }
