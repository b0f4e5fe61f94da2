"""The questions of what a person needs now: codes that every language reads, and apart from them
her or his own words with the language in which they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.desk.forms import choice, several, text
from ayni.protocol import api as protocol

words = cases.vocabulary


def needs_field() -> forms.MultipleChoiceField:
    """The list of needs."""
    return several(_("What she or he needs now"), words.Need.choices)


def other_needs_field() -> forms.CharField:
    """What the list does not name."""
    return text(
        _("Other needs, in your own words"),
        rows=3,
        hint=_("One need on each line. Who reads them sees them as they are written here."),
    )


def needs_language_field() -> forms.ChoiceField:
    """In which language the other needs are written; the reader's own until another is chosen."""
    return forms.ChoiceField(
        label=_("Language of the other needs"),
        choices=words.Language.choices,
        required=False,
        initial=_own_language,
    )


def _own_language() -> str:
    return (get_language() or "es").partition("-")[0]


def as_fields(value: Any) -> dict[str, Any]:
    """The needs of a case as the three fields hold them."""
    free = cases.written_needs(value)
    noted = next((one.language for one in free if one.language), "")
    return {
        "needs": cases.coded_needs(value),
        "other_needs": "\n".join(one.text for one in free),
        "needs_language": noted or _own_language(),
    }


def told_needs(told: Mapping[str, Any], *, before: Any = None) -> list[Any]:
    """What the three fields say, as a case keeps it. A line that stood there before keeps the
    language that was noted for it, unless another one was chosen for all."""
    known = {one.text: one.language for one in cases.written_needs(before)}
    chosen = told["needs_language"] or _own_language()
    kept = chosen == as_fields(before)["needs_language"]
    lines = [line.strip() for line in told["other_needs"].splitlines() if line.strip()]
    free = [
        cases.WrittenNeed(line, known[line] if kept and line in known else chosen) for line in lines
    ]
    return cases.joined_needs(told["needs"], free)


_NO_ANSWER = ("", _("Not asked, or no answer"))
_GENTLY = _(
    "Ask this and the next two only when it is safe and the person wants to talk about it. They "
    "may stay open: nobody gets less help for it."
)


def _asked(label: Any, hint: Any = "") -> forms.ChoiceField:
    """A question about her situation, which may stay without an answer."""
    choices = [_NO_ANSWER, *words.Answer.choices]
    return choice(label, choices, required=False, hint=hint)


class ToldForm(forms.Form):
    """What she told and needs."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    narrative = text(_("What she or he told"), rows=10)
    needs = needs_field()
    other_needs = other_needs_field()
    needs_language = needs_language_field()
    exploitation = several(_("Form of exploitation"), [])
    health = text(_("Health: only what must be known to help"), rows=3)
    # Named as the profiles that they tell of.
    pregnant = _asked(_("Is she pregnant, or alone with small children?"), _GENTLY)
    disability = _asked(_("Is there a disability or an illness that help must consider?"))
    older_person = _asked(_("Is she or he of advanced age?"))

    def __init__(self, *args: Any, definition: protocol.Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "es"
        field = self.fields["exploitation"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (option.code, option.label.in_language(language))
            for option in definition.options.get("type_of_exploitation", ())
        ]

    def answers(self) -> dict[str, str]:
        """What was answered about her situation, by profile; empty for no answer."""
        return {name: self.cleaned_data[name] for name in cases.ASKED}

    def told(self, *, before: Any) -> dict[str, Any]:
        """As the room `cases` takes it. `before`: the needs as they stand."""
        told = self.cleaned_data
        return {
            "narrative": told["narrative"],
            "needs": told_needs(told, before=before),
            "exploitation": told["exploitation"],
        }
