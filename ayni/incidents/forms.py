"""Forms of the register. No names: the register says what happened, not to whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.incidents import api
from ayni.incidents.vocabulary import CLASSES, KINDS
from ayni.lib.forms import MomentInParts

_NO_NAMES = _("Without names of persons concerned.")


def _long(label: Any, hint: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


class IncidentForm(forms.Form):
    """What is known now; the rest comes later."""

    kind = forms.ChoiceField(
        label=_("What happened"), choices=list(KINDS.items()), widget=forms.RadioSelect
    )
    noticed_at = MomentInParts(
        label=_("When it was noticed"), help_text=_("The 72 hours run from this moment.")
    )
    classes = forms.MultipleChoiceField(
        label=_("Which data are concerned"), choices=list(CLASSES.items()),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    persons_at_most = forms.IntegerField(
        label=_("How many persons at most"), required=False, min_value=0, max_value=2_000_000_000,
        help_text=_("Leave this empty if nobody knows yet."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-5"}),
    )  # fmt: skip
    what = _long(_("What is known"), _NO_NAMES)
    done = _long(_("What was done so far"), _NO_NAMES, required=False)

    def told(self) -> api.NewIncident:
        """What the room takes."""
        return api.NewIncident(**self.cleaned_data)


class NoteForm(forms.Form):
    """What was done since."""

    text = _long(_("What was done"), _NO_NAMES)


class DecideForm(forms.Form):
    """Tell the authority or not; tell the persons or not; why."""

    notify = forms.ChoiceField(
        label=_("Is the data protection authority told?"), widget=forms.RadioSelect,
        choices=[("yes", _("Yes, it is told")), ("no", _("No"))],
    )  # fmt: skip
    tell_persons = forms.ChoiceField(
        label=_("Are the persons concerned told?"), widget=forms.RadioSelect,
        help_text=_("Only in a way that is safe for them: ask who works on their case."),
        choices=[("yes", _("Yes, they are told")), ("no", _("No"))],
    )  # fmt: skip
    reason = _long(_("Why"), _("The reason stays, also if the decision is changed later."))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        yes = {name: data[name] == "yes" for name in ("notify", "tell_persons")}
        return {**yes, "reason": data["reason"], "version": data["version"]}


class ToldForm(forms.Form):
    """When and how somebody was told."""

    at = MomentInParts(label=_("When"))
    how = _long(_("How, and under which reference"), _NO_NAMES)


class CloseForm(forms.Form):
    """What was learned."""

    learned = _long(_("What was learned, and what is different now"), _NO_NAMES)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
