"""Forms of sums over states. They parse; `api` decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ayni.lib.forms import DateInParts
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.pages import sum_words as words

FIRST_YEAR = 2000


_YEAR = {"inputmode": "numeric", "class": "govuk-input--width-4"}
_YEARS = {
    "required": _("Write a year with four digits, for example 2025."),
    "invalid": _("Write a year with four digits, for example 2025."),
    "min_value": _("Write a year from 2000 on."),
    "max_value": _("Write a year with four digits, for example 2025."),
}


class WhatForm(forms.Form):
    """What is to be added."""

    table = forms.ChoiceField(
        label=_("What is to be added?"),
        widget=forms.RadioSelect,
        choices=(),
        error_messages={
            "required": _("Choose what is to be added."),
            "invalid_choice": _("Choose what is to be added: one of these."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table = self.fields["table"]
        assert isinstance(table, forms.ChoiceField)
        table.choices = [
            (code, statistics.table_title(each)) for code, each in statistics.sum_tables().items()
        ]


class YearsForm(forms.Form):
    """Of which years; whole ones that are over."""

    first = forms.IntegerField(
        label=_("First year"), min_value=FIRST_YEAR, max_value=2199, error_messages=_YEARS,
        widget=forms.TextInput(_YEAR),
    )  # fmt: skip
    last = forms.IntegerField(
        label=_("Last year"),
        help_text=_("A year that is over: the counts of a year that runs still change."),
        min_value=FIRST_YEAR, max_value=2199, error_messages=_YEARS, widget=forms.TextInput(_YEAR),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """In their order, and over."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        running = timezone.localdate().year
        if last is not None and last >= running:
            self.add_error(
                "last",
                _("This year is not over yet. Write %(year)s or an earlier one.")
                % {"year": running - 1},
            )
        elif first is not None and last is not None and last < first:
            self.add_error("last", _("The last year lies before the first. Write the later one."))
        return data


class StatesForm(forms.Form):
    """Which states are asked."""

    states = forms.MultipleChoiceField(
        label=_("Which states?"),
        help_text=_("At least three. Nobody is left out later: if one does not give, it ends."),
        widget=forms.CheckboxSelectMultiple,
        choices=(),
        error_messages={
            "required": _("Choose at least three states."),
            "invalid_choice": _("Choose states of this list: only they have a node now."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = self.fields["states"]
        assert isinstance(states, forms.MultipleChoiceField)
        by_name = sorted(statistics.may_be_asked(), key=members.state_name)
        states.choices = [(code, members.state_name(code)) for code in by_name]

    def clean_states(self) -> list[str]:
        """As many as a sum needs."""
        states: list[str] = self.cleaned_data["states"]
        if len(states) < statistics.LEAST_STATES:
            raise forms.ValidationError(
                _("Choose at least three states: with two each learns what the other has.")
            )
        return states


class DaysForm(forms.Form):
    """Until when the states answer and give."""

    answer_by = DateInParts(label=_("Until which day do the states say whether they take part?"))
    give_by = DateInParts(label=_("Until which day do they give their part?"))

    def clean(self) -> dict[str, Any]:
        """To come, in their order, and not too far away."""
        data = super().clean() or {}
        answer, give = data.get("answer_by"), data.get("give_by")
        today = timezone.localdate()
        if answer is not None and answer < today:
            self.add_error("answer_by", _("This day has passed. Write today or a later day."))
        if give is not None and give > today + statistics.LONGEST_SUM - timedelta(days=1):
            self.add_error(
                "give_by", _("This day is more than half a year away. Write an earlier one.")
            )
        elif give is not None and answer is not None and give < answer:
            self.add_error(
                "give_by",
                _("They answer first and then give. Write the same day or a later one."),
            )
        return data


def wanted(told: Mapping[str, Any]) -> statistics.SumWanted:
    """What was written on all of these forms."""
    first, last = statistics.period_of(told["first"], told["last"])
    return statistics.SumWanted(
        table=told["table"],
        first=first,
        last=last,
        states=told["states"],
        answer_due=_end_of(told["answer_by"]),
        share_due=_end_of(told["give_by"]),
    )


def _end_of(day: date) -> datetime:
    """The last minute of a day, where the officer works."""
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


class DeclineForm(forms.Form):
    """Why this state does not take part."""

    reason = forms.ChoiceField(
        label=_("Why does your state not take part?"),
        choices=[(str(each), text) for each, text in words.REASONS.items()],
        widget=forms.RadioSelect,
    )
