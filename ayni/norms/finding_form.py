"""What a focal point has read of the own state's law. No personal data: there is no field for
any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.norms.finding_kind import LARGEST_REFERENCE, LARGEST_TEXT
from ayni.norms.findings import LawRead
from ayni.norms.stating_form import ReadForm
from ayni.norms.wording import PROVIDES

_YES, _NO = "yes", "no"


class FindingForm(ReadForm):
    """What the law says, where and when it was read."""

    field_order = ("provides", "text", "language", "reference", "source", "read", "version")

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
    reference = forms.CharField(
        label=_("Law and article"),
        help_text=_("As they are cited. Leave it empty if the law does not provide for it."),
        max_length=LARGEST_REFERENCE,
        required=False,
    )

    def told(self) -> LawRead:
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


def held(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was published, as the form holds it."""
    return {**said, "provides": _YES if said["provides"] else _NO}
