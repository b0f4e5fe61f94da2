"""Forms of meetings: the call, who was present, one decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.agenda.forms import PlatformForm
from ayni.agenda.meetings import Decision
from ayni.lib.forms import MomentInParts
from ayni.members import api as members

_NO_NAMES = _("All members read this. Name offices and functions, not persons.")


def _states(codes: Iterable[str]) -> list[tuple[str, str]]:
    return sorted(((code, members.state_name(code)) for code in codes), key=lambda row: row[1])


def _which(label: Any, hint: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, help_text=hint, required=False, widget=forms.CheckboxSelectMultiple
    )


def _why() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"), help_text=_NO_NAMES, max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class CallForm(PlatformForm):
    """Which meeting, when, where, about what."""

    title = forms.CharField(label=_("Name of the meeting"), min_length=3, max_length=200)
    at = MomentInParts(label=_("When"))
    place = forms.CharField(label=_("Where"), max_length=200, required=False)
    items = forms.CharField(
        label=_("Agenda"), help_text=_("One item on each line."), max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        return {
            "title": data["title"],
            "at": data["at"],
            "place": data["place"],
            "items": data["items"].splitlines(),
            "instead": data.get("instead", ""),
        }


class CorrectForm(PlatformForm):
    """The name and the agenda of a meeting, written anew."""

    title = forms.CharField(label=_("Name of the meeting"), min_length=3, max_length=200)
    items = forms.CharField(
        label=_("Agenda"), max_length=5000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "One item on each line. A document stays with the number of its item: add new items at "
            "the end."
        ),
    )  # fmt: skip

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        return {"title": data["title"], "items": data["items"].splitlines(), **self.written()}


class AttendanceForm(PlatformForm):
    """Which states were present, and the minutes."""

    present = _which(_("States that were present"))
    minutes = forms.CharField(
        label=_("Minutes"), help_text=_NO_NAMES, required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["present"].choices = _states(members.states())  # type: ignore[attr-defined]

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        return {"present": data["present"], "minutes": data["minutes"], **self.written()}


class DecisionForm(PlatformForm):
    """One decision, and who stood in its way."""

    text = forms.CharField(
        label=_("What was put to the states"), help_text=_NO_NAMES, min_length=3, max_length=600,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    objections = _which(_("States that object"), _("One objection blocks the decision."))
    reservations = _which(
        _("States that agree with a reservation"),
        _("It is recorded and blocks nothing."),
    )
    reserved = forms.CharField(
        label=_("What they reserve"), required=False, max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, present: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = _states(present)
        for name in ("objections", "reservations"):
            self.fields[name].choices = there  # type: ignore[attr-defined]

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        decision = Decision(
            data["text"].strip(), tuple(data["objections"]), tuple(data["reservations"]),
            data["reserved"].strip(),
        )  # fmt: skip
        return {"decision": decision, **self.written()}


class CorrectDecisionForm(DecisionForm):
    """A decision written anew, and why."""

    reason = _why()

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        return {**super().told(), "reason": self.cleaned_data["reason"]}


class MoveForm(PlatformForm):
    """Another time or place for a meeting, and why."""

    at = MomentInParts(label=_("When"))
    place = forms.CharField(label=_("Where"), max_length=200, required=False)
    reason = _why()

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        return {
            "at": data["at"], "place": data["place"], "reason": data["reason"], **self.written()
        }  # fmt: skip


class ReasonForm(PlatformForm):
    """Why something is cancelled, opened again or taken back."""

    reason = _why()

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        return {"reason": self.cleaned_data["reason"], **self.written()}


class CloseForm(PlatformForm):
    """Nothing to fill in: whether it is meant is the question."""

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        return self.written()
