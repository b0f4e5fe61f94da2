"""What a focal point has read of an instrument. No personal data: there is no field for any."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.norms.article_kind import (
    LARGEST_REFERENCE,
    LARGEST_TEXT,
    NUMBER,
    code_of,
    purposes_of,
)
from ayni.norms.article_stating import TextRead
from ayni.norms.model import Purposes
from ayni.norms.stating_form import ReadForm
from ayni.norms.wording import purpose_text

# How numbers of articles are written: "art. 7", "7.º", "7º bis".
_WRITTEN = re.compile(r"^(art(ículo|igo|icle)?\b\.?)?\s*|[.°º]+(?=\s|$)", re.IGNORECASE)


class WhichForm(forms.Form):
    """The number of an article."""

    number = forms.CharField(
        label=_("Which article have you read?"),
        help_text=_("Its number, for example 7 or 7 bis. If it has no articles: of its clause."),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5"}),
    )

    def clean_number(self) -> str:
        """As it stands in the id of an article."""
        plain = _WRITTEN.sub("", self.cleaned_data["number"].strip()).strip().lower()
        number = "-".join(re.split(r"[\s-]+", plain))
        if not NUMBER.fullmatch(number):
            raise forms.ValidationError(
                gettext("Write the number of one article, such as 7 or 7 bis.")
            )
        return number


class ArticleForm(ReadForm):
    """What an article says or, with `whole`, a whole text; where and when it was read."""

    field_order = ("reference", "text", "language", "serves", "source", "read", "version")

    reference = forms.CharField(
        label=_("How is the article cited?"),
        help_text=_("For example: art. 7, or art. 7.2."),
        max_length=LARGEST_REFERENCE,
    )
    text = forms.CharField(
        label=_("What is written there?"),
        help_text=_("In one or two sentences. Without names of persons."),
        max_length=LARGEST_TEXT,
        min_length=3,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    serves = forms.MultipleChoiceField(
        label=_("What does the article serve for?"),
        help_text=_("Choose what one state may ask of another because of it. Leave it empty if "
                    "it serves for none of these."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, purposes: Purposes, whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if whole:
            del self.fields["reference"]
        if whole or not purposes:
            del self.fields["serves"]
        else:
            choices = [(code_of(each), purpose_text(each)) for each in sorted(purposes)]
            self.fields["serves"].choices = choices  # type: ignore[attr-defined]

    def told(self) -> TextRead:
        """What the room takes."""
        told = self.cleaned_data
        return TextRead(
            text=told["text"],
            language=told["language"],
            reference=told.get("reference", ""),
            serves=purposes_of(told.get("serves", [])),
            source=told["source"],
            read=told["read"],
        )
