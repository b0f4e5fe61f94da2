"""What is looked for in the register."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from ayni.members import api as members
from ayni.norms.model import Force, Topic
from ayni.norms.passages import Reach
from ayni.norms.searching import Question
from ayni.norms.wording import FORCES, REACHES, TOPICS
from ayni.norms.words import LONGEST

_FIRST, _LAST = date(1900, 1, 1), date(2200, 12, 31)


class SearchForm(forms.Form):
    """Words and filters, every one of them may be left out. Sent by GET: it holds no personal
    data."""

    optional_unmarked = True
    q = forms.CharField(
        label=_("Words"),
        help_text=_(
            "In Spanish, Portuguese or English, with or without accents. Words between quotation "
            "marks stand together; a minus sign before a word leaves it out."
        ),
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    reach = forms.ChoiceField(label=_("Bloc or kind"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    force = forms.ChoiceField(
        label=_("In force?"),
        help_text=_("For the state that you chose; without one, for any of the ten."),
        required=False,
    )
    on = forms.DateField(
        label=_("On which day?"),
        help_text=_("Leave it empty for today."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(_FIRST), MaxValueValidator(_LAST)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = sorted((str(each.name), code) for code, each in members.states().items())
        self._choose("state", [(code, name) for name, code in states])
        self._choose("reach", [(each.value, words) for each, words in REACHES.items()])
        self._choose("topic", [(each.value, words) for each, words in TOPICS.items()])
        self._choose("force", [(each.value, words) for each, words in FORCES.items()])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Any")), *choices]

    def question(self, *, today: date, language: str) -> Question:
        """What the room is asked. `language` of the reader: `es`, `pt` or `en`."""
        told = self.cleaned_data
        return Question(
            on=told["on"] or today,
            words=told["q"],
            state=told["state"],
            reach=Reach(told["reach"]) if told["reach"] else None,
            topic=Topic(told["topic"]) if told["topic"] else None,
            force=Force(told["force"]) if told["force"] else None,
            language=language,
        )
