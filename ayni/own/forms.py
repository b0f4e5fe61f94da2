"""Forms of this room. They parse; `own.api` decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.lib.errors import Text
from ayni.lib.forms import DateInParts
from ayni.own.asking import RIGHTS
from ayni.own.giving import NewCode

Choices = Sequence[tuple[str, Text]]
LANGUAGES = (("es", "Español"), ("pt", "Português"), ("en", "English"))


class NumberForm(forms.Form):
    """The number on the paper. Neutral words: the page may be seen by anybody."""

    optional_unmarked = True
    form = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)
    number = forms.CharField(
        label=_("Number on your paper"),
        help_text=_("Small or capital letters, spaces and hyphens make no difference."),
        max_length=40,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Write the number that is on your paper.")},
    )


# Which data she may tick: none whose bare name tells what happened to whoever looks at the page.
HARMLESS = (
    "name_as_written", "given_names", "first_surname", "second_surname", "other_names", "birth",
    "gender", "citizenships", "documents", "phones", "contact", "languages", "residence_country",
    "health", "needs",
)  # fmt: skip


class RightForm(forms.Form):
    """What she asks about her own data."""

    right = forms.ChoiceField(
        label=_("What do you want?"), choices=list(RIGHTS.items()), widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you want.")},
    )  # fmt: skip
    words = forms.CharField(
        label=_("In your own words, if you like"),
        help_text=_("For example, what is wrong and how it should be."),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )
    fields_wrong = forms.MultipleChoiceField(
        label=_("Which data do you mean?"),
        choices=[(name, cases.DISCLOSABLE[name][1]) for name in HARMLESS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


GROUND_WORDS = {
    "court_order": _("An order of a court"),
    "prosecution_order": _("An order of the prosecution"),
}


class DelayForm(forms.Form):
    """Of whom the person is told later, and why."""

    whom = forms.ChoiceField(label=_("Of whom is she or he told later?"), widget=forms.RadioSelect)
    ground = forms.ChoiceField(label=_("On which ground?"), widget=forms.RadioSelect)
    order = forms.CharField(
        label=_("Which order?"),
        help_text=_("Authority, day and number. The data protection officer reads it."),
        max_length=500,
    )
    until = DateInParts(label=_("Until which day?"))

    def __init__(self, *args: Any, whom: Choices, grounds: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("whom", whom), ("ground", grounds)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class CodeForm(forms.Form):
    """To whom a code is given, and that it is safe."""

    agreed = forms.BooleanField(label=_("She or he wants the code, after hearing what it opens"))
    safe = forms.BooleanField(
        label=_("The paper can be kept where nobody looks, and this agrees with the safe contact")
    )
    given_to = forms.ChoiceField(
        label=_("Who takes the paper?"),
        choices=[
            (value, label)
            for value, label in cases.vocabulary.ConsentBy.choices
            if value != cases.vocabulary.ConsentBy.GUARDIAN
        ],
        widget=forms.RadioSelect,
    )
    own_view = forms.CharField(
        label=_("What the child herself or himself says about it"),
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 3}),
    )
    language = forms.ChoiceField(
        label=_("Language of the paper"), choices=LANGUAGES, widget=forms.RadioSelect
    )
    days = forms.IntegerField(
        label=_("Valid for how many days?"), min_value=1, max_value=90, initial=30
    )

    def code(self) -> NewCode:
        """What the room takes."""
        told = self.cleaned_data
        return NewCode(
            given_to=told["given_to"],
            agreed=told["agreed"],
            safe=told["safe"],
            own_view=told["own_view"],
            valid_for=timedelta(days=told["days"]),
        )
