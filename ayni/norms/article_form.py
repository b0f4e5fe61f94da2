"""What a focal point has read of an instrument. No personal data: there is no field for any."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.lib.forms import DateInParts
from ayni.norms.article_kind import (
    LARGEST_REFERENCE,
    LARGEST_TEXT,
    NUMBER,
    code_of,
    purposes_of,
)
from ayni.norms.article_stating import TextRead
from ayni.norms.model import Purposes
from ayni.norms.standing_kind import LARGEST_SOURCE
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


class ArticleForm(forms.Form):
    """What an article says or, without `purposes`, a whole text; where and when it was read; and
    which version the author had before her eyes."""

    optional_unmarked = True  # the one that may be left out says itself when

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
    language = forms.ChoiceField(
        label=_("In which language did you write this?"),
        choices=[("es", "Español"), ("pt-br", "Português"), ("en", "English")],
    )
    serves = forms.MultipleChoiceField(
        label=_("What does the article serve for?"),
        help_text=_("Choose what one state may ask of another because of it. Leave it empty if "
                    "it serves for none of these."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
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
