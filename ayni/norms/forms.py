"""Which two states, which crime, on which day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from ayni.members import api as members
from ayni.norms.wording import CRIMES

_FIRST, _LAST = date(1900, 1, 1), date(2200, 12, 31)


def day_asked() -> forms.DateField:
    """The day on which a question about what is in force is asked; none means today."""
    return forms.DateField(
        label=_("Day"),
        help_text=_("Leave it empty for today."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(_FIRST), MaxValueValidator(_LAST)],
    )


class PairForm(forms.Form):
    """The question to the resolver. Sent by GET: it holds no personal data."""

    optional_unmarked = True  # the day says so itself
    requesting = forms.ChoiceField(label=_("State that asks or sends"))
    requested = forms.ChoiceField(label=_("State that is asked or receives"))
    crime = forms.ChoiceField(
        label=_("Crime"), choices=[(str(code), name) for code, name in CRIMES.items()]
    )
    on = day_asked()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = sorted(((code, s.name) for code, s in members.states().items()),
                         key=lambda pair: pair[1])  # fmt: skip
        for name in ("requesting", "requested"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Refuse a state with itself."""
        found = super().clean() or {}
        if found.get("requesting") and found.get("requesting") == found.get("requested"):
            self.add_error("requested", _("Choose two different states."))
        return found
