"""What the secretariat says with a version, and a state with its adoption. Nothing is about a
person: there is no field for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.lib.forms import DateInParts
from ayni.protocol.kinds import LONGEST_ACT, LONGEST_TEXT
from ayni.protocol.model import Definition
from ayni.protocol.national import Changeable, Stricter, changeable
from ayni.protocol.published import Adopted, Reservation
from ayni.protocol.publishing import Adopting, Publishing
from ayni.protocol.refusals import NotStricter
from ayni.protocol.wording import here, time_words

LARGEST_TEXT = 800_000  # characters; what is published may have half of it without its spaces
MORE_RESERVATIONS, MOST_RESERVATIONS = 3, 40


class PublishForm(forms.Form):
    """The whole text, and what the secretariat says with it."""

    decision = forms.CharField(
        label=_("By which decision of the plenary?"),
        help_text=_("Meeting, number and date."),
        min_length=3,
        max_length=LONGEST_ACT,
    )
    changes = forms.CharField(
        label=_("What does it change, and why?"),
        help_text=_("In a few sentences. The differences themselves are shown by the platform."),
        min_length=3,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    on = DateInParts(label=_("From which day may states adopt it?"))
    text = forms.CharField(
        label=_("The whole text of the version"),
        help_text=_(
            "As one YAML or JSON document. Take the text of the version before, change it, and "
            "give it a new number."
        ),
        max_length=LARGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def said(self) -> Publishing:
        """What the room takes."""
        told = self.cleaned_data
        return Publishing(decision=told["decision"], changes=told["changes"], on=told["on"])


class AdoptForm(forms.Form):
    """The act, the day, the limits that the version lets a state shorten, and reservations."""

    optional_unmarked = True  # each that may be left empty says so

    act = forms.CharField(
        label=_("By which act does your state adopt it?"),
        help_text=_("Name, number and institution, for example a resolution. No names of persons."),
        min_length=3,
        max_length=LONGEST_ACT,
    )
    act_on = DateInParts(label=_("Of which day is the act?"))
    on = DateInParts(
        label=_("From which day does it hold for new cases?"),
        help_text=_("Today or later. Cases that are open keep the version that they have."),
    )
    seen = forms.IntegerField(
        min_value=0, max_value=1_000_000, required=False, widget=forms.HiddenInput
    )

    def __init__(
        self, *args: Any, definition: Definition, before: Adopted | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.limits = changeable(definition)
        for number, each in enumerate(self.limits):
            self._add_limit(number, each)
        had = () if before is None else before.reservations
        self.rows = min(len(had) + MORE_RESERVATIONS, MOST_RESERVATIONS)
        steps = [("", _("The whole version"))] + [
            (name, f"{name} {here(step.title)}") for name, step in definition.steps.items()
        ]
        for number in range(self.rows):
            self._add_reservation(number, steps)
        if before is not None:
            self._fill(before)

    def _add_limit(self, number: int, each: Changeable) -> None:
        rule = each.rule
        words = {
            "step": f"{each.step.id} {here(each.step.title)}",
            "time": time_words(rule.value or 0, rule.unit),
        }
        self.fields[f"limit_{number}"] = forms.IntegerField(
            label=str(_("%(step)s: your own time, less than %(time)s")) % words,
            help_text=_("A number in the same unit. Leave it empty to keep that of the version."),
            required=False,
            min_value=1,
            max_value=3660,
            widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
        )
        self.fields[f"limit_act_{number}"] = forms.CharField(
            label=str(_("%(step)s: by which national act?")) % words,
            help_text=_("Leave it empty if it is the act of the adoption."),
            required=False,
            min_length=3,
            max_length=LONGEST_ACT,
        )

    def _add_reservation(self, number: int, steps: list[tuple[str, Any]]) -> None:
        count = {"n": number + 1}
        self.fields[f"reserved_step_{number}"] = forms.ChoiceField(
            label=str(_("Reservation %(n)s: about what?")) % count, choices=steps, required=False
        )
        self.fields[f"reserved_{number}"] = forms.CharField(
            label=str(_("Reservation %(n)s: what your state does not accept")) % count,
            help_text=_("Leave it empty if there is none."),
            required=False,
            min_length=3,
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    def _fill(self, before: Adopted) -> None:
        own = {(each.step, each.limit): each for each in before.parameters}
        for number, each in enumerate(self.limits):
            there = own.get((each.step.id, each.limit))
            if there is not None:
                self.initial[f"limit_{number}"] = there.value
                self.initial[f"limit_act_{number}"] = "" if there.act == before.act else there.act
        for number, reserved in enumerate(before.reservations):
            self.initial[f"reserved_step_{number}"] = reserved.step
            self.initial[f"reserved_{number}"] = reserved.text
        self.initial.update(act=before.act, act_on=before.act_on, on=before.adopted_on)

    def clean(self) -> dict[str, Any]:
        """A limit of the state's own is less than that of the version: said beside the box."""
        found = super().clean() or {}
        for number, each in enumerate(self.limits):
            own = found.get(f"limit_{number}")
            if own is not None and own >= (each.rule.value or 0):
                self.add_error(f"limit_{number}", str(NotStricter.reason))
        return found

    def said(self) -> Adopting:
        """What the room takes."""
        told = self.cleaned_data
        parameters = [
            Stricter(
                each.step.id,
                each.limit,
                told[f"limit_{number}"],
                told[f"limit_act_{number}"] or told["act"],
            )
            for number, each in enumerate(self.limits)
            if told[f"limit_{number}"] is not None
        ]
        reservations = [
            Reservation(told[f"reserved_step_{number}"], told[f"reserved_{number}"])
            for number in range(self.rows)
            if told[f"reserved_{number}"]
        ]
        return Adopting(
            act=told["act"],
            act_on=told["act_on"],
            on=told["on"],
            parameters=tuple(parameters),
            reservations=tuple(reservations),
        )


class BackForm(forms.Form):
    """Which version of an entry is taken back."""

    seen = forms.IntegerField(min_value=1, max_value=1_000_000, widget=forms.HiddenInput)
