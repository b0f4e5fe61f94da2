"""Forms of sums over states. They parse; `api` decides."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ayni.lib import clock
from ayni.lib.forms import DateInParts
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.pages import sum_words as words

FIRST_YEAR = 2000


class DeclareForm(forms.Form):
    """What is to be added, over which states, and until when."""

    table = forms.ChoiceField(label=_("What is to be added?"), widget=forms.RadioSelect, choices=())
    first = forms.IntegerField(
        label=_("First year"), min_value=FIRST_YEAR, max_value=2199,
        widget=forms.TextInput({"inputmode": "numeric", "class": "govuk-input--width-4"}),
    )  # fmt: skip
    last = forms.IntegerField(
        label=_("Last year"),
        help_text=_("A year that is over: the counts of a year that runs still change."),
        min_value=FIRST_YEAR, max_value=2199,
        widget=forms.TextInput({"inputmode": "numeric", "class": "govuk-input--width-4"}),
    )  # fmt: skip
    states = forms.MultipleChoiceField(
        label=_("Which states?"),
        help_text=_("At least three. Nobody is left out later: if one does not give, it ends."),
        widget=forms.CheckboxSelectMultiple,
        choices=(),
    )
    answer_by = DateInParts(label=_("Until which day do the states say whether they take part?"))
    give_by = DateInParts(label=_("Until which day do they give their part?"))

    def __init__(self, *args: Any, again: statistics.SumRound | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table, states = self.fields["table"], self.fields["states"]
        assert isinstance(table, forms.ChoiceField)
        assert isinstance(states, forms.MultipleChoiceField)
        table.choices = [
            (code, statistics.table_title(each)) for code, each in statistics.sum_tables().items()
        ]
        by_name = sorted(statistics.may_be_asked(), key=members.state_name)
        states.choices = [(code, members.state_name(code)) for code in by_name]
        if again is not None:
            about = again.round.declared
            why = again.ended(clock.now())
            # Who has given once has to be in every later sum of the same persons.
            gone = why.states if why and why.why is not statistics.Why.WITHDREW else ()
            self.initial.update(
                table=about.table,
                first=about.first.year,
                last=about.last.year,
                states=[each for each in about.states if each not in gone],
            )

    def wanted(self) -> statistics.SumWanted:
        """What was written."""
        told = self.cleaned_data
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
