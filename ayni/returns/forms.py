"""Forms of this room's pages. They parse; `api` decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.lib import clock
from ayni.protocol import api as protocol
from ayni.returns import api as returns

rules = returns.rules
_DAYS = 14  # a proposal, no source


def words_of(definition: protocol.Definition, name: str) -> dict[str, str]:
    """The words of a list of the protocol in the reader's language, by code."""
    language = get_language() or "es"
    return {o.code: o.label.in_language(language) for o in definition.options.get(name, ())}


def _answer() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("What does your institution say?"),
        help_text=_("One no is no, and stays. A yes can still become a no."),
        choices=[(a.value, returns.vocabulary.ANSWERS[a]) for a in rules.Answer],
        widget=forms.RadioSelect,
    )


class ProposeForm(forms.Form):
    """Who is at risk, how severe and how likely; our signature; until when; with whom."""

    recipient_institution = forms.ChoiceField(
        label=_("With which institution?"), choices=(), widget=forms.RadioSelect
    )

    def __init__(
        self,
        *args: Any,
        definition: protocol.Definition,
        partners: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        with_whom = self.fields["recipient_institution"]
        assert isinstance(with_whom, forms.ChoiceField)
        with_whom.choices = list(partners)
        nothing = [("", _("No risk known"))]
        severity, likelihood = (words_of(definition, n) for n in ("severity", "likelihood"))
        who = words_of(definition, "at_risk")
        for code in rules.AT_RISK:
            needed = code == "person"
            name = {"who": who.get(code, code)}
            for part, label, words in (
                ("severity", _("%(who)s: how severe would harm be?"), severity),
                ("likelihood", _("%(who)s: how likely is it?"), likelihood),
            ):
                first = [("", _("Choose"))] if needed or part == "likelihood" else nothing
                self.fields[f"{code}_{part}"] = forms.ChoiceField(
                    label=label % name, choices=[*first, *words.items()], required=needed
                )
        self.fields["answer"] = _answer()
        self.fields["days"] = forms.IntegerField(
            label=_("For how many days is it valid?"),
            help_text=_("From 1 to 30. After that both look at it anew."),
            min_value=1,
            max_value=30,
            initial=_DAYS,
            widget=forms.TextInput({"inputmode": "numeric", "class": "govuk-input--width-2"}),
        )

    def clean(self) -> dict[str, Any]:
        """Severity and likelihood come together."""
        told: dict[str, Any] = super().clean() or {}
        for code in rules.AT_RISK[1:]:
            if bool(told.get(f"{code}_severity")) != bool(told.get(f"{code}_likelihood")):
                self.add_error(f"{code}_likelihood", _("Choose severity and likelihood, or none."))
        return told

    def told(self) -> dict[str, Any]:
        """Arguments of `propose`."""
        told = self.cleaned_data
        return {
            "recipient_institution": told["recipient_institution"],
            "answer": told["answer"],
            "until": clock.now() + timedelta(days=told["days"]),
            "items": [
                {
                    "at_risk": code,
                    "severity": told[f"{code}_severity"],
                    "likelihood": told[f"{code}_likelihood"],
                }
                for code in rules.AT_RISK
                if told[f"{code}_severity"]
            ],
        }


class SignForm(forms.Form):
    """Our signature."""

    answer = _answer()
