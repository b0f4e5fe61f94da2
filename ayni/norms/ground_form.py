"""Which of the two crimes, on which day."""

from __future__ import annotations

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from ayni.norms.model import Crime
from ayni.norms.wording import CRIMES

_FIRST, _LAST = date(1900, 1, 1), date(2200, 12, 31)


class GroundForm(forms.Form):
    """The question about all pairs of states. Sent by GET: it holds no personal data."""

    optional_unmarked = True
    crime = forms.ChoiceField(
        label=_("Crime"),
        choices=[(str(code), name) for code, name in CRIMES.items()],
        widget=forms.RadioSelect,
        initial=Crime.TRAFFICKING.value,
    )
    on = forms.DateField(
        label=_("Day"),
        help_text=_("Leave it empty for today."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(_FIRST), MaxValueValidator(_LAST)],
    )
