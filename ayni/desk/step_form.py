"""The form of a protocol step, drawn from its definition in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.members import api as members
from ayni.protocol import api as protocol

_BOOLEAN = [("yes", _("Yes")), ("no", _("No"))]


def _boolean(label: str, required: bool) -> forms.Field:
    return forms.TypedChoiceField(
        label=label,
        required=required,
        choices=_BOOLEAN,
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        empty_value=None,
    )


def _field(
    definition: protocol.Definition, field: protocol.FormField, language: str
) -> forms.Field:
    label = field.label.in_language(language)
    codes = [
        (option.code, option.label.in_language(language))
        for option in definition.options.get(field.options, ())
    ]
    match field.kind:
        case "boolean":
            return _boolean(label, field.required)
        case "choice":
            widget = forms.RadioSelect if len(codes) < 12 else forms.Select
            choices = codes if field.required else [*codes, ("", _("Not stated"))]
            return forms.ChoiceField(
                label=label, required=field.required, choices=choices, widget=widget
            )
        case "choices":
            return forms.MultipleChoiceField(
                label=label,
                required=field.required,
                choices=codes,
                widget=forms.CheckboxSelectMultiple,
            )
        case "countries":
            return forms.MultipleChoiceField(
                label=label,
                required=field.required,
                choices=[(s.alpha2, s.name) for s in members.states().values()],
                widget=forms.CheckboxSelectMultiple,
            )
        case "language":
            return forms.ChoiceField(
                label=label,
                required=field.required,
                choices=[("", _("Not stated")), *cases.vocabulary.Language.choices],
            )
        case "date":
            return forms.DateField(label=label, required=field.required, input_formats=["%Y-%m-%d"])
        case "datetime":
            return forms.DateTimeField(
                label=label, required=field.required, input_formats=["%Y-%m-%d %H:%M"]
            )
        case "number":
            return forms.IntegerField(label=label, required=field.required)
        case "long_text":
            return forms.CharField(
                label=label,
                required=field.required,
                widget=forms.Textarea(attrs={"rows": 4}),
                max_length=20_000,
            )
        case "text" | "place":
            return forms.CharField(label=label, required=field.required, max_length=500)
        case other:
            raise ValueError(f"a form field of an unknown kind: {other}")


class StepForm(forms.Form):
    """What is written down at one step, and whether it was done, declined or waived."""

    def __init__(
        self, *args: Any, definition: protocol.Definition, step: protocol.Step, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "es"
        kinds = [("done", _("Done"))]
        if step.declinable:
            kinds.append(("declined", _("The person declined")))
        if step.waivable:
            kinds.append(("waived", _("Not needed here")))
        self.fields["kind"] = forms.ChoiceField(
            label=_("What happened?"), choices=kinds, widget=forms.RadioSelect, initial="done"
        )
        self.fields["reason"] = forms.ChoiceField(
            label=_("If it was not done: why?"),
            required=False,
            choices=[
                ("", _("Not stated")),
                *[(code, text.in_language(language)) for code, text in definition.reasons.items()],
            ],
        )
        self.names = [f"field_{field.id}" for field in step.fields]
        for field in step.fields:
            self.fields[f"field_{field.id}"] = _field(definition, field, language)

    def clean(self) -> dict[str, Any]:
        """A step that was not done needs a reason, and no other answers."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("kind") in {"declined", "waived"}:
            for name in self.names:
                self.errors.pop(name, None)
            if not told.get("reason"):
                self.add_error("reason", _("Choose why it was not done."))
        return told

    def answers(self) -> dict[str, Any]:
        """Field id -> answer, as JSON keeps it; empty ones are left out."""
        found: dict[str, Any] = {}
        for name in self.names:
            value = self.cleaned_data.get(name)
            if isinstance(value, date | datetime):
                value = value.isoformat()
            if value not in (None, "", []):
                found[name.removeprefix("field_")] = value
        return found
