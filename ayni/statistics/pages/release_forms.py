"""Forms of the release workflow, one thing per page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.statistics import api as statistics
from ayni.statistics import release_words as words
from ayni.statistics.api import Choice
from ayni.statistics.disclosure.rounding import Margins
from ayni.statistics.disclosure.suppressing import Full, Zeros
from ayni.statistics.releasing.declared import OF_TABLES
from ayni.statistics.releasing.reasons import CORRECTED_WORDS, WITHDRAWN_WORDS


def choice_code(choice: Choice, holder: str = "") -> str:
    """A choice as it stands in an address."""
    return f"sum:{choice.digest}" if choice.digest else f"{choice.population.code}:{holder}"


def offered(choices: Sequence[Choice]) -> list[tuple[str, str]]:
    """What can be proposed on a page: tables of counts that are here; no page takes a file of
    records or draws noise."""
    found = []
    for each in choices:
        name = words.name(each.population.names)
        if each.digest:
            found.append((choice_code(each), f"{name} ({_('sum over states')})"))
        elif each.population.domain is None:
            several = len(each.holders) > 1
            found += [
                (choice_code(each, holder), f"{name} ({holder})" if several else name)
                for holder in each.holders
            ]
    return found


class WhatForm(forms.Form):
    """Of whom the figures are."""

    of = forms.ChoiceField(
        label=_("Whose figures are to be published?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whose figures are to be published.")},
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of"].choices = choices  # type: ignore[attr-defined]


class TablesForm(forms.Form):
    """Which tables, of which years."""

    table = forms.MultipleChoiceField(
        label=_("Which tables?"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Fewer tables leave more numbers to be seen: each one may give others away."),
        error_messages={"required": _("Choose at least one table.")},
    )
    first = forms.IntegerField(
        label=_("First year"), required=False, min_value=2000, max_value=2099,
        help_text=_("Leave both years empty for all that are counted."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-4"}),
    )  # fmt: skip
    last = forms.IntegerField(
        label=_("Last year"), required=False, min_value=2000, max_value=2099,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-4"}),
    )  # fmt: skip
    per_year = forms.BooleanField(label=_("Also each year on its own"), required=False)

    def __init__(self, *args: Any, choice: Choice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["table"].choices = [  # type: ignore[attr-defined]
            (",".join(table), " × ".join(statistics.dimension(name) for name in table))
            for table in choice.population.tables
        ]
        if not choice.population.year:
            for name in ("first", "last", "per_year"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Both years or neither, in their order."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if (first is None) != (last is None) and not {"first", "last"} & set(self.errors):
            self.add_error("last", _("Give the first year and the last one, or neither."))
        elif first is not None and last is not None and first > last:
            self.add_error("last", _("The first year must not be after the last one."))
        return data


class HowForm(forms.Form):
    """How what is small is kept from being seen."""

    method = forms.ChoiceField(
        label=_("How are small numbers protected?"),
        help_text=_(
            "All figures of the same persons keep the method of the first ones that this office "
            "has seen."
        ),
        widget=forms.RadioSelect,
        choices=[(each.value, words.METHODS[each]) for each in OF_TABLES],
        initial=statistics.Method.SUPPRESSION.value,
    )
    threshold = forms.IntegerField(
        label=_("Which number is the smallest that may be shown?"),
        help_text=_("Usually 10, never below 5. It is published with the figures."),
        min_value=5, max_value=1000, initial=10,
        error_messages={"min_value": _("The threshold may never be below 5.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-4"}),
    )  # fmt: skip
    zeros = forms.ChoiceField(
        label=_("If small numbers are hidden: what about zeros?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (Zeros.WHERE_NEEDED.value, _("Hide a zero where that protects others (usual)")),
            (Zeros.SHOWN.value, _("Always show zeros; then more of the other numbers are hidden")),
        ],
        initial=Zeros.WHERE_NEEDED.value,
    )
    full = forms.ChoiceField(
        label=_("If small numbers are hidden, or changed always in the same way: what about a "
                "number that holds everybody of its group?"),
        help_text=_("Whoever is known to be in the group is then known to be in the number."),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (Full.HIDDEN.value, _("Treat it like a small number (usual)")),
            (Full.SHOWN.value, _("Show it: what it tells is no secret")),
        ],
        initial=Full.HIDDEN.value,
    )  # fmt: skip
    base = forms.TypedChoiceField(
        label=_("If numbers are rounded: to multiples of what?"),
        widget=forms.RadioSelect,
        required=False,
        coerce=int,
        choices=[(5, "5"), (3, "3")],
        initial=5,
    )
    margins = forms.ChoiceField(
        label=_("If numbers are rounded: what about totals?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (Margins.INDEPENDENT.value, _("Round each on its own (usual)")),
            (Margins.CONTROLLED.value,
             _("Round so that they add up: one table of one or two columns, one period")),
        ],
        initial=Margins.INDEPENDENT.value,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """What was left as it is is as usual."""
        data = super().clean() or {}
        for name in ("zeros", "full", "base", "margins"):
            if not data.get(name):
                data[name] = self.fields[name].initial
        return data


class WithdrawForm(forms.Form):
    """Why figures are withdrawn."""

    reason = forms.ChoiceField(
        label=_("Why are they withdrawn?"),
        help_text=_("Everybody who looks for them reads this reason."),
        widget=forms.RadioSelect,
        choices=[(code.value, said) for code, said in WITHDRAWN_WORDS.items()],
        error_messages={"required": _("Choose why they are withdrawn.")},
    )


class CorrectForm(forms.Form):
    """Why figures are corrected."""

    why = forms.ChoiceField(
        label=_("Why are they corrected?"),
        help_text=_("The reason stands beside the new figures."),
        widget=forms.RadioSelect,
        choices=[(code.value, said) for code, said in CORRECTED_WORDS.items()],
        error_messages={"required": _("Choose why they are corrected.")},
    )


class ReviewForm(forms.Form):
    """What a second person decides, and why."""

    decision = forms.ChoiceField(
        label=_("What do you decide?"),
        widget=forms.RadioSelect,
        choices=[
            ("accept", _("Accept: it may be published")),
            ("send_back", _("Send back: it may not be published so")),
        ],
        error_messages={"required": _("Choose what you decide.")},
    )
    reasons = forms.CharField(
        label=_("Why?"),
        help_text=_("What you looked at and what you found. It stays in this office."),
        min_length=10, max_length=4000, strip=True,
        error_messages={"required": _("Write why: what you looked at and what you found.")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
