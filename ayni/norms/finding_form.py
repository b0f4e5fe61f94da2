"""What a focal point has read of the own state's law. No personal data: there is no field for
any."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.lib.forms import DateInParts
from ayni.norms.finding_kind import LARGEST_REFERENCE, LARGEST_TEXT
from ayni.norms.findings import LawRead
from ayni.norms.standing_kind import LARGEST_SOURCE
from ayni.norms.wording import PROVIDES

_YES, _NO = "yes", "no"


class FindingForm(forms.Form):
    """What the law says, where and when it was read; and which version the author had before her
    eyes."""

    optional_unmarked = True  # the one that may be left out says itself when

    provides = forms.ChoiceField(
        label=_("Does the law of your state provide for it?"),
        choices=[(_YES, PROVIDES[True]), (_NO, PROVIDES[False])],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What does it say?"),
        help_text=_("In one or two sentences. Without names of persons."),
        max_length=LARGEST_TEXT,
        min_length=3,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    language = forms.ChoiceField(
        label=_("In which language did you write this?"),
        choices=[("es", "Español"), ("pt-br", "Português"), ("en", "English")],
    )
    reference = forms.CharField(
        label=_("Law and article"),
        help_text=_("As they are cited. Leave it empty if the law does not provide for it."),
        max_length=LARGEST_REFERENCE,
        required=False,
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
    version = forms.IntegerField(
        min_value=0, max_value=1_000_000, required=False, widget=forms.HiddenInput
    )

    def law(self) -> LawRead:
        """What the room takes."""
        told = self.cleaned_data
        return LawRead(
            provides=told["provides"] == _YES,
            text=told["text"],
            language=told["language"],
            reference=told["reference"],
            source=told["source"],
            read=told["read"],
        )


def initial(said: dict[str, object]) -> dict[str, object]:
    """A published statement as the form holds it."""
    return {**said, "provides": _YES if said["provides"] else _NO}
