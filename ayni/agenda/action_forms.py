"""Forms of common actions. They ask for states, meetings and decisions, never for a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.agenda import api
from ayni.agenda.actions import MOVES
from ayni.agenda.forms import PlatformForm
from ayni.agenda.wording import ACTION_STATUSES, day_text
from ayni.members import api as members

_NO_NAMES = _("All members read this. Name offices and functions, not persons.")


class ActionForm(forms.Form):
    """A common action for a gap; it is filled in already."""

    title = forms.CharField(
        label=_("What both blocs should do together"), min_length=3, max_length=300,
        help_text=_NO_NAMES, widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    why = forms.CharField(
        label=_("Why it is needed"), max_length=900, required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    carriers = forms.MultipleChoiceField(
        label=_("Which states could carry it"),
        help_text=_("States that are bound by instruments of both blocs are chosen already."),
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: sorted(
            ((each.code, str(each.name)) for each in members.states().values()),
            key=lambda row: row[1],
        ),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        return {name: self.cleaned_data[name] for name in ("title", "why", "carriers", "seen")}


class TakeBackForm(forms.Form):
    """Why the own proposal is taken back."""

    reason = forms.CharField(
        label=_("Why it is taken back"), min_length=3, max_length=300, help_text=_NO_NAMES,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        return {name: self.cleaned_data[name] for name in ("reason", "seen")}


class CourseForm(PlatformForm):
    """What the platform says of a proposal; `number`: whose, and the version that was read."""

    number = forms.RegexField(r"\A[a-z]{2,12}:[1-9][0-9]{0,6}\Z", widget=forms.HiddenInput)
    word = forms.ChoiceField(label=_("What becomes of it?"), widget=forms.RadioSelect)
    meeting = forms.ChoiceField(
        label=_("Meeting"), required=False,
        help_text=_("On the agenda of which meeting it stands, or was dealt with."),
    )  # fmt: skip
    decision = forms.ChoiceField(
        label=_("Decision by which it was adopted"), required=False,
        help_text=_("Only if it was adopted. Record the decision of the meeting first."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why it was not adopted"), required=False, max_length=300,
        help_text=_("Only if it was not adopted."), widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, status: api.ActionStatus, meetings: list[api.Meeting], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        moves = [each for each in api.ActionStatus if each in MOVES[status]]
        self._choose("word", [(each.value, ACTION_STATUSES[each]) for each in moves])
        self._choose(
            "meeting", [("", _("No meeting")), *((each.key, _named(each)) for each in meetings)]
        )
        decisions = [
            (f"{each.key}:{n}", f"{_named(each)}: {decision.text}")
            for each in meetings
            for n, decision in enumerate(each.decisions)
            if decision.adopted
        ]
        self._choose("decision", [("", _("No decision")), *decisions])
        if api.ActionStatus.ADOPTED not in MOVES[status]:
            del self.fields["decision"]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """What belongs to the word that was chosen."""
        found = super().clean() or {}
        word = found.get("word")
        if word == api.ActionStatus.ON_AGENDA and not found.get("meeting"):
            self.add_error("meeting", gettext("Choose the meeting."))
        if word == api.ActionStatus.ADOPTED and not found.get("decision"):
            self.add_error("decision", gettext("Choose the decision."))
        if word == api.ActionStatus.NOT_ADOPTED and len(found.get("reason", "").strip()) < 3:
            self.add_error("reason", gettext("Write why."))
        return found

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        status = api.ActionStatus(data["word"])
        where, number = data["meeting"], -1
        if status is api.ActionStatus.ADOPTED:
            where, _colon, decision = data["decision"].rpartition(":")
            number = int(decision)
        word = api.ActionWord(status, where, number, data["reason"])
        owner, _colon, version = data["number"].partition(":")
        return {"word": word, "owner": owner, "number": int(version), **self.written()}


def _named(each: api.Meeting) -> str:
    return f"{day_text(each.at.date())}, {each.title}"
