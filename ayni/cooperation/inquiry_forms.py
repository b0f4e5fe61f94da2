"""The forms of both sides of a registered kind of question, drawn from its registration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ayni.cases import api as cases
from ayni.cooperation.inquiry_kinds import LONGEST_TEXT
from ayni.cooperation.inquiry_words import LANGUAGES, ONWARD, SEE
from ayni.cooperation.pages import institution_name, state_name
from ayni.cooperation.registry import FREE_LANGUAGES, Inquiry, Question, in_language
from ayni.exchange.api import Handling, Onward, See
from ayni.lib import clock
from ayni.lib.forms import DateInParts

_ASK = "q_"  # before the id of a question, so that no id meets the name of another field


def words_of(question: Question) -> str:
    """A question in the reader's language."""
    return in_language(question.text, get_language())


def field_names(names: Iterable[str]) -> str:
    """The words of fields of a consent."""
    wanted = set(names)
    return ", ".join(str(label) for n, (_at, label) in cases.DISCLOSABLE.items() if n in wanted)


class _Marked(forms.Form):
    """Free text with its language, and handling codes; both sides have them."""

    text = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy(
            "It is not translated. It counts as what the person told, and leaves only if she or he "
            "consented to that."
        ),
    )
    text_language = forms.ChoiceField(
        label=gettext_lazy("In which language is it written?"),
        choices=[(code, LANGUAGES[code]) for code in FREE_LANGUAGES],
    )
    see = forms.ChoiceField(
        label=gettext_lazy("Who may see there what comes with it?"),
        choices=[(code.value, words) for code, words in SEE.items()],
        widget=forms.RadioSelect,
        initial=See.INSTITUTION.value,
    )
    onward = forms.ChoiceField(
        label=gettext_lazy("May they pass it on?"),
        choices=[(code.value, words) for code, words in ONWARD.items()],
        widget=forms.RadioSelect,
        initial=Onward.CONSENT.value,
    )
    until = DateInParts(
        label=gettext_lazy("Until which day may it be read?"),
        required=False,
        help_text=gettext_lazy(
            "Leave empty for no end. After that day their software destroys it."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = (get_language() or "es").partition("-")[0]
        self.initial.setdefault("text_language", here)

    def clean_until(self) -> date | None:
        """A day that lies ahead."""
        day: date | None = self.cleaned_data["until"]
        if day is not None and day <= clock.now().date():
            raise forms.ValidationError(_("Choose a day that lies ahead."), "past")
        return day

    def free(self) -> dict[str, str] | None:
        """The free text with its language, or None."""
        text = self.cleaned_data["text"].strip()
        language: str = self.cleaned_data["text_language"]
        return {"text": text, "language": language} if text else None

    def handling(self) -> Handling | None:
        """The codes; None where nothing was narrowed."""
        day = self.cleaned_data["until"]
        chosen = Handling(
            See(self.cleaned_data["see"]),
            Onward(self.cleaned_data["onward"]),
            None if day is None else datetime.combine(day, time(23, 59, 59), UTC),
        )
        return None if chosen == Handling() else chosen


class AskForm(_Marked):
    """What is asked of whom, and what goes with it."""

    field_order = ("recipient", "questions", "fields_to_send")

    def __init__(
        self, *args: Any, kind: Inquiry, recipients: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        pairs = [
            (f"{state}/{code}", f"{institution_name(code)}, {state_name(state)}")
            for state, code in recipients
        ]
        self.fields["recipient"] = forms.ChoiceField(
            label=_("To whom?"), choices=pairs, widget=forms.RadioSelect
        )
        if len(pairs) == 1:
            self.initial.setdefault("recipient", pairs[0][0])
        if kind.choose:
            self.fields["questions"] = forms.MultipleChoiceField(
                label=_("What do you ask?"),
                choices=[(q.id, words_of(q)) for q in kind.questions.values()],
                widget=forms.CheckboxSelectMultiple,
            )
        if kind.fields:
            wanted = set(kind.fields)
            self.fields["fields_to_send"] = forms.MultipleChoiceField(
                label=_("Which data may leave?"),
                choices=[(n, w) for n, (_at, w) in cases.DISCLOSABLE.items() if n in wanted],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
        self.order_fields(self.field_order)

    def told(self) -> dict[str, Any]:
        """Arguments of `ask_inquiry`."""
        state, _slash, code = self.cleaned_data["recipient"].partition("/")
        return {
            "recipient_state": state,
            "recipient_institution": code,
            "questions": self.cleaned_data.get("questions", ()),
            "fields": self.cleaned_data.get("fields_to_send", ()),
            "free": self.free(),
            "handling": self.handling(),
        }


class AnswerForm(_Marked):
    """The answers to what was asked; any may be left out."""

    optional_unmarked = True

    def __init__(self, *args: Any, questions: Iterable[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {question.id: question for question in questions}
        for question in self.asked.values():
            self.fields[_ASK + question.id] = self._field(question)
        self.order_fields([_ASK + name for name in self.asked])

    @staticmethod
    def _field(question: Question) -> forms.Field:
        here = get_language()
        choices = [(code, in_language(words, here)) for code, words in question.choices.items()]
        told: dict[str, Any] = {
            "label": words_of(question),
            "required": False,
            "help_text": _tells(question),
        }
        if question.several:
            return forms.MultipleChoiceField(
                choices=choices, widget=forms.CheckboxSelectMultiple, **told
            )
        choices.append(("", _("No answer now")))
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, initial="", **told)

    def told(self) -> dict[str, Any]:
        """Arguments of `answer_inquiry`."""
        said: Mapping[str, Any] = self.cleaned_data
        answers = {name: said[_ASK + name] for name in self.asked if said[_ASK + name]}
        return {"answers": answers, "free": self.free(), "handling": self.handling()}


def _tells(question: Question) -> str:
    if not question.tells:
        return ""
    return _("It tells of the person: %(fields)s.") % {"fields": field_names(question.tells)}
