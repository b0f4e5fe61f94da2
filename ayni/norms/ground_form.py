"""Which of the two crimes, on which day."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.norms.forms import day_asked
from ayni.norms.model import Crime
from ayni.norms.wording import CRIMES


class GroundForm(forms.Form):
    """The question about all pairs of states. Sent by GET: it holds no personal data."""

    optional_unmarked = True
    crime = forms.ChoiceField(
        label=_("Crime"),
        choices=[(str(code), name) for code, name in CRIMES.items()],
        widget=forms.RadioSelect,
        initial=Crime.TRAFFICKING.value,
    )
    on = day_asked()
