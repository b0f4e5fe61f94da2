"""What every form of a statement has, and what a focal point says of an instrument for the own
state. No personal data: there is no field for any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.lib.forms import DateInParts
from ayni.norms.model import Force, Mark
from ayni.norms.standing_kind import LARGEST_SOURCE
from ayni.norms.stating import Statement
from ayni.norms.wording import FORCES

ENTRY, SEEN = "entry", "seen"
_MARKS = {
    Mark.VERIFIED: _("I have read it in this source"),
    Mark.SECONDARY: _("I know it only from somebody who refers to it: it is shown to be checked"),
}


class SaidForm(forms.Form):
    """What every statement has: which version the author had before her eyes. What the room takes
    of it each form says itself (`told`)."""

    optional_unmarked = True  # the one that may be left out says itself when
    told: Callable[[], Any]

    version = forms.IntegerField(
        min_value=0, max_value=1_000_000, required=False, widget=forms.HiddenInput
    )


class ReadForm(SaidForm):
    """What everything has that was read in a text: the language of what is written here, where and
    when it was read."""

    language = forms.ChoiceField(
        label=_("In which language did you write this?"),
        choices=[("es", "Español"), ("pt-br", "Português"), ("en", "English")],
    )
    source = forms.CharField(
        label=_("Where did you read it?"),
        help_text=_(
            "The address of an official page, or the number and day of a document. Without names "
            "of persons."
        ),
        max_length=LARGEST_SOURCE,
        min_length=3,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    read = DateInParts(label=_("On which day did you read it there?"))


class StandingForm(SaidForm):
    """Status, day, source, how it is known."""

    field_order = ("force", "on", "day_is", "source", "mark", "version")

    force = forms.ChoiceField(
        label=_("How does it stand for your state?"),
        choices=[(each.value, words) for each, words in FORCES.items()],
        widget=forms.RadioSelect,
    )
    on = DateInParts(
        label=_("From which day?"),
        help_text=_("If you only know a day on which it was seen applied, write that day."),
    )
    day_is = forms.ChoiceField(
        label=_("What day is this?"),
        help_text=_("Only if it is in force."),
        choices=[
            (ENTRY, _("The day of its entry into force for your state")),
            (SEEN, _("A day on which it was seen applied; the day of entry is not known")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    source = forms.CharField(
        label=_("Where is it written?"),
        help_text=_(
            "The address of an official page, or the number and day of a document. Without names "
            "of persons."
        ),
        max_length=LARGEST_SOURCE,
        min_length=3,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    mark = forms.ChoiceField(
        label=_("How do you know it?"),
        choices=[(each.value, words) for each, words in _MARKS.items()],
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        """What the day is has to be said of an instrument that is in force."""
        found = super().clean() or {}
        if found.get("force") == Force.IN_FORCE.value and not found.get("day_is"):
            self.add_error("day_is", _("Choose what day this is."))
        return found

    def told(self) -> Statement:
        """What the room takes."""
        told = self.cleaned_data
        return Statement(
            force=Force(told["force"]),
            on=told["on"],
            seen_in_force=told["day_is"] == SEEN,
            source=told["source"],
            mark=Mark(told["mark"]),
        )


class BackForm(forms.Form):
    """Which version is taken back."""

    version = forms.IntegerField(min_value=1, max_value=1_000_000, widget=forms.HiddenInput)
