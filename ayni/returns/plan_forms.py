"""Forms of travel plans. They parse; `api` decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.lib import clock
from ayni.lib.forms import MomentInParts
from ayni.members import api as members
from ayni.returns import plan_words as words
from ayni.returns.plans import BY_HAND, LONGEST_NOTE, LONGEST_TEXT, Arrival, Reply

_LINES = ("from_place", "to_place", "carrier", "escort", "met_by", "met_office", "fitness")
_LISTS = ("needs", "avoid", "transit")


def _line(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=LONGEST_TEXT
    )


def _several(label: Any, choices: Mapping[str, Any]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=list(choices.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class PlanForm(forms.Form):
    """When, from where, to where, with what and whom; who receives; what is needed, what not to
    do."""

    voluntary = forms.BooleanField(
        label=_("The person wants to travel, and knows this plan"),
        error_messages={"required": _("Ask the person first, then tick this.")},
    )
    departs_at = MomentInParts(
        label=_("When does she or he leave?"), help_text=_("In the time of your post.")
    )
    from_place = _line(_("From where?"), _("For example a bus station or an airport."))
    arrives_at = MomentInParts(
        label=_("When does she or he arrive?"), help_text=_("In the time of your post, too.")
    )
    to_place = _line(_("Where does she or he arrive?"))
    carrier = _line(_("With which flight, bus or ship?"), _("Company and number."))
    escort = _line(
        _("Who accompanies?"),
        _("Empty: nobody. Whoever is or may be under 18 never travels alone."),
        required=False,
    )
    met_by = _line(_("Which institution receives her or him?"))
    met_office = _line(_("Which office, and where does it wait?"), _("No private telephone."))
    transit = forms.MultipleChoiceField(
        label=_("Through which other states?"),
        choices=(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    fitness = forms.ChoiceField(
        label=_("Is she or he fit to travel?"),
        choices=list(words.FITNESS.items()),
        widget=forms.RadioSelect,
        required=False,
    )
    needs = _several(_("What is needed on the journey?"), words.NEEDS)
    avoid = _several(_("What must nobody do?"), words.AVOID)
    note = forms.CharField(
        label=_("What else must the others know?"),
        help_text=_("Only what is needed for the journey."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, *args: Any, before: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        through = self.fields["transit"]
        assert isinstance(through, forms.MultipleChoiceField)
        through.choices = [(each.alpha2, each.name) for each in members.states().values()]
        for name, value in (before or {}).items():
            self.initial[name] = clock.parse(value) if name.endswith("_at") else value

    def told(self) -> dict[str, Any]:
        """Arguments of `write_plan`."""
        told = self.cleaned_data
        travel: dict[str, Any] = {
            name: clock.isoformat(told[name]) for name in ("departs_at", "arrives_at")
        }
        travel |= {name: told[name] for name in (*_LINES, *_LISTS) if told[name]}
        if told["note"]:
            travel |= {"note": told["note"], "note_language": (get_language() or "es")[:2]}
        return {"travel": travel, "voluntary": told["voluntary"]}


class ReplyForm(forms.Form):
    """Yes, or what shall change."""

    answer = forms.ChoiceField(
        label=_("What does your institution say?"),
        choices=[(each.value, words.REPLIES[each]) for each in Reply],
        widget=forms.RadioSelect,
    )
    change = _several(_("If you ask for a change: what shall change?"), words.CHANGES)

    def clean(self) -> dict[str, Any]:
        """A change says what; a yes nothing."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("answer") == Reply.CHANGE and not told.get("change"):
            self.add_error("change", _("Tick what shall change."))
        if told.get("answer") == Reply.ACCEPT:
            told["change"] = []
        return told


class MomentForm(forms.Form):
    """When somebody boarded."""

    at = MomentInParts(
        label=_("When did she or he board?"), help_text=_("In the time of your post.")
    )


class ArrivalForm(forms.Form):
    """Arrived, when and how; or not."""

    arrival = forms.ChoiceField(
        label=_("Did she or he arrive?"),
        choices=[(each.value, words.ARRIVALS[each]) for each in Arrival],
        widget=forms.RadioSelect,
    )
    at = MomentInParts(
        label=_("If she or he arrived: when?"),
        help_text=_("In the time of your post."),
        required=False,
    )
    condition = forms.ChoiceField(
        label=_("If she or he arrived: how?"),
        help_text=_("Nothing about health leaves, only what is to be done."),
        choices=list(words.CONDITIONS.items()),
        widget=forms.RadioSelect,
        required=False,
    )
    note = forms.CharField(
        label=_("Note for your own institution"),
        help_text=_("It stays here and is not sent."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """Whoever arrived did so at a time and somehow."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("arrival") == Arrival.ARRIVED:
            if "at" in told and told["at"] is None:
                self.add_error("at", _("Write when she or he arrived."))
            if not told.get("condition"):
                self.add_error("condition", _("Choose how she or he arrived."))
        elif told.get("arrival"):
            told |= {"at": clock.now(), "condition": ""}
        return told


class StopForm(forms.Form):
    """Why a plan is stopped."""

    reason = forms.ChoiceField(
        label=_("Why?"),
        help_text=_("The reason stays here. The other institution is told that it is stopped."),
        choices=[(each.value, words.WHY[each]) for each in BY_HAND],
        widget=forms.RadioSelect,
    )
