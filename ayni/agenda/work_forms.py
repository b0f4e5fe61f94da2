"""Forms of the work agenda. They ask for offices and states, never for a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.agenda import api
from ayni.agenda.forms import PlatformForm
from ayni.agenda.meeting_kind import LONGEST_DECISION, MOST_DECISIONS
from ayni.agenda.wording import WORDS
from ayni.lib.forms import DateInParts
from ayni.members import api as members

_NO_NAMES = _("All members read this. Name offices and functions, not persons.")


def state_choices(empty: Any) -> list[tuple[str, Any]]:
    """The ten states by name, after a first choice."""
    rows = sorted((each.name, each.code) for each in members.states().values())
    return [("", empty), *((code, name) for name, code in rows)]


def _long(label: Any, hint: Any = "", *, most: int, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=most,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class ObjectiveForm(PlatformForm):
    """An axis and an objective under it."""

    axis = forms.CharField(
        label=_("Axis"), min_length=3, max_length=200,
        help_text=_("Objectives with the same axis stand together. Write it alike each time."),
    )  # fmt: skip
    objective = forms.CharField(
        label=_("Objective"), min_length=3, max_length=300, help_text=_NO_NAMES,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        return {"axis": data["axis"], "objective": data["objective"], **self.written()}


class CommitmentForm(PlatformForm):
    """What is to be done, by which state, under which office, until when."""

    title = forms.CharField(
        label=_("What is to be done"), min_length=3, max_length=LONGEST_DECISION,
        help_text=_NO_NAMES, widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    objective = forms.ChoiceField(label=_("Objective"))
    state = forms.ChoiceField(
        label=_("Responsible state"), choices=lambda: state_choices(_("Choose a state")),
        help_text=_("Only this state will say how far it is."),
    )  # fmt: skip
    office = forms.CharField(
        label=_("Responsible office"), max_length=200, help_text=_NO_NAMES,
        error_messages={"required": api.OfficeNeeded.reason},
    )  # fmt: skip
    institution = forms.CharField(label=_("Institution"), max_length=200, required=False)
    beside = forms.MultipleChoiceField(
        label=_("States that are responsible beside it"),
        help_text=_("If there are any. How far it is, only the one responsible state says."),
        choices=lambda: state_choices("")[1:], required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    beside_offices = forms.CharField(
        label=_("Their offices or institutions"), help_text=_NO_NAMES, max_length=300,
        required=False,
    )  # fmt: skip
    due = DateInParts(label=_("Last day"), help_text=_("The day after, it is late."))
    public = forms.BooleanField(
        label=_("The plenary has marked it as public"), required=False,
        help_text=_(
            "Anybody may then read what is to be done, which state is responsible, the last day "
            "and how it stands. Nothing else of it."
        ),
    )  # fmt: skip
    meeting = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    decision = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=MOST_DECISIONS
    )

    def __init__(self, *args: Any, objectives: list[api.Objective], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(each.key, f"{each.axis}: {each.objective}") for each in objectives]
        field = self.fields["objective"]
        field.choices = [("", _("Choose an objective")), *rows]  # type: ignore[attr-defined]

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        names = ("title", "objective", "state", "office", "institution", "due", "public", "meeting")
        decision = data["decision"] or 0
        said = api.Undertaking(
            **{name: data[name] for name in names}, decision=decision,
            beside=tuple(data["beside"]), beside_offices=data["beside_offices"],
        )  # fmt: skip
        return {"said": said, **self.written()}


class _OwnWordForm(forms.Form):
    """What every form of a state's own word has: the version before its author's eyes."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)


class ProgressForm(_OwnWordForm):
    """How far the own state is with a commitment."""

    word = forms.ChoiceField(
        label=_("How far is it?"), choices=list(WORDS.items()), widget=forms.RadioSelect
    )
    action = _long(_("What was done"), _NO_NAMES, most=600)
    evidence = forms.CharField(
        label=_("Where it can be seen"), max_length=300, required=False,
        help_text=_(
            "An address (https://…) or the reference of a document, for example “Resolution "
            "12/2026”. Needed if it is done and no file is attached."
        ),
    )  # fmt: skip
    reason = _long(_("Why it is given up"), _("Only if it is given up."), most=300)

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        names = ("action", "evidence", "reason", "seen")
        return {"word": api.Word(data["word"]), **{name: data[name] for name in names}}


class TakeBackForm(_OwnWordForm):
    """Why a file of the own state is taken back."""

    reason = _long(_("Why"), _NO_NAMES, most=300, required=True)


class ValidationForm(_OwnWordForm):
    """Whether what a colleague reported as done is done."""

    answer = forms.ChoiceField(
        label=_("Is it done?"), widget=forms.RadioSelect,
        choices=[("yes", _("Yes, it is done")), ("no", _("No, it goes on"))],
    )  # fmt: skip
    note = _long(_("Why not"), _("Only if it is not done."), most=300)

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        yes = data["answer"] == "yes"
        note = "" if yes else data["note"]
        return {"answer": api.Validation(data["answer"]), "note": note, "seen": data["seen"]}
