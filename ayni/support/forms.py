"""Forms of this room. They parse; `api` decides. None has a field for anything about a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.lib.forms import DateInParts
from ayni.members import api as members
from ayni.support import api as support
from ayni.support.what import LONGEST_CITY, LONGEST_TEXT

words = support.vocabulary
_NOTHING = _(
    "In a few words. No name, no document, no telephone, no date of birth, nothing by which "
    "somebody could be recognised: all ten states read it, and it cannot be erased."
)


def _free_text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=_NOTHING,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
    )


def _nobody_meant() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("No person is meant"),
        help_text=_(
            "Only if you were told that something looks like a name or a date, and it is not."
        ),
        required=False,
    )


class NeedForm(forms.Form):
    """What a state asks for. What kind of need it is does not change later."""

    what = forms.ChoiceField(
        label=_("What does your state need?"),
        choices=list(words.WHATS.items()),
        widget=forms.RadioSelect,
    )
    country = forms.ChoiceField(label=_("In which country?"), choices=())
    city = forms.CharField(
        label=_("In which city?"),
        help_text=_("For an interpreter and for a shelter."),
        max_length=LONGEST_CITY,
        required=False,
    )
    language = forms.ChoiceField(
        label=_("Which language?"),
        help_text=_("For an interpreter only."),
        choices=[("", _("None")), *words.LANGUAGES.items()],
        required=False,
    )
    until = DateInParts(label=_("By which day at the latest?"), required=False)
    text = _free_text(_("What exactly is needed?"))
    nobody_meant = _nobody_meant()

    def __init__(self, *args: Any, before: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = ""
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        states = sorted(members.states().values(), key=lambda each: each.name)
        country.choices = [(each.code, each.name) for each in states]
        self.initial["country"] = members.this_node()
        if before is not None:
            del self.fields["what"]
            self.kind = str(before["what"])
            for name in ("country", "city", "language", "text"):
                self.initial[name] = before[name]
            if before["by"]:
                self.initial["until"] = date.fromisoformat(before["by"])

    def asked(self) -> support.Asked:
        """What was written."""
        told = dict(self.cleaned_data)
        return support.Asked(what=told.pop("what", None) or self.kind, **told)


class OfferForm(forms.Form):
    """What a state offers."""

    text = _free_text(_("What does your state offer?"))
    until = DateInParts(label=_("By which day can it be there?"), required=False)
    nobody_meant = _nobody_meant()

    def __init__(self, *args: Any, before: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if before is not None:
            self.initial["text"] = before["text"]
            if before["by"]:
                self.initial["until"] = date.fromisoformat(before["by"])


class CloseForm(forms.Form):
    """Why a need is closed."""

    reason = forms.ChoiceField(
        label=_("Why?"), choices=list(words.REASONS.items()), widget=forms.RadioSelect
    )


class ProposeForm(forms.Form):
    """Which state the secretariat proposes."""

    state = forms.ChoiceField(label=_("Which state could help?"), choices=())

    def __init__(self, *args: Any, need: support.Need, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        state = self.fields["state"]
        assert isinstance(state, forms.ChoiceField)
        left = [
            each
            for each in members.states().values()
            if each.code != need.owner and each.code not in need.proposed
        ]
        state.choices = [(each.code, each.name) for each in sorted(left, key=lambda s: s.name)]
