"""The form of a protocol step, drawn from its definition in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.desk.forms import sent_once
from ayni.lib.forms import DateInParts, MomentInParts
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


def _codes(
    definition: protocol.Definition, field: protocol.FormField, language: str
) -> list[tuple[str, str]]:
    return [
        (option.code, option.label.in_language(language))
        for option in definition.options.get(field.options, ())
    ]


def _choice(codes: list[tuple[str, str]], label: str, required: bool) -> forms.Field:
    widget = forms.RadioSelect if len(codes) < 12 else forms.Select
    choices = codes if required else [*codes, ("", _("Not stated"))]
    return forms.ChoiceField(label=label, required=required, choices=choices, widget=widget)


def _several(codes: list[tuple[str, str]], label: str, required: bool) -> forms.Field:
    return forms.MultipleChoiceField(
        label=label, required=required, choices=codes, widget=forms.CheckboxSelectMultiple
    )


def _field(
    definition: protocol.Definition, field: protocol.FormField, language: str
) -> forms.Field:
    label, required = field.label.in_language(language), field.required
    match field.kind:
        case "boolean":
            return _boolean(label, required)
        case "choice":
            return _choice(_codes(definition, field, language), label, required)
        case "choices":
            return _several(_codes(definition, field, language), label, required)
        case "countries":
            return _several(
                [(s.alpha2, s.name) for s in members.states().values()], label, required
            )
        case "language":
            known = [(code, str(words)) for code, words in cases.vocabulary.Language.choices]
            return _choice(known, label, required)
        case "date":
            return DateInParts(label=label, required=required)
        case "datetime":
            return MomentInParts(label=label, required=required)
        case "number":
            return forms.IntegerField(label=label, required=required)
        case "long_text":
            return forms.CharField(
                label=label,
                required=required,
                widget=forms.Textarea(attrs={"rows": 4}),
                max_length=20_000,
            )
        case "text" | "place":
            return forms.CharField(label=label, required=required, max_length=500)
        case other:
            raise ValueError(f"a form field of an unknown kind: {other}")


class AnswersForm(forms.Form):
    """The questions of one step. What was answered before stands in them."""

    form_id = sent_once()

    def __init__(
        self,
        *args: Any,
        definition: protocol.Definition,
        step: protocol.Step,
        told: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "es"
        self.names = [f"field_{field.id}" for field in step.fields]
        for field in step.fields:
            self.fields[f"field_{field.id}"] = _field(definition, field, language)
            if told and field.id in told:
                self.initial[f"field_{field.id}"] = _as_initial(field.kind, told[field.id])

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


def _as_initial(kind: str, value: Any) -> Any:
    """An answer as its field shows it; one that cannot be read is left empty."""
    if kind == "boolean":
        return "yes" if value is True else "no"
    if kind in {"date", "datetime"}:
        read = date if kind == "date" else datetime
        try:
            return read.fromisoformat(str(value))
        except ValueError:
            return None
    return value


class StepForm(AnswersForm):
    """What is written down at one step, and whether it was done, declined or waived."""

    def __init__(self, *args: Any, step: protocol.Step, **kwargs: Any) -> None:
        super().__init__(*args, step=step, **kwargs)
        definition: protocol.Definition = kwargs["definition"]
        language = get_language() or "es"
        kinds = [("done", _("Done"))]
        if step.declinable:
            kinds.append(("declined", _("The person declined")))
        if step.waivable:
            kinds.append(("waived", _("Not needed here")))
        first: dict[str, forms.Field] = {
            "kind": forms.ChoiceField(
                label=_("What happened?"), choices=kinds, widget=forms.RadioSelect, initial="done"
            )
        }
        if len(kinds) > 1:
            first["reason"] = forms.ChoiceField(
                label=_("If it was not done: why?"),
                required=False,
                choices=[
                    ("", _("Not stated")),
                    *[(c, text.in_language(language)) for c, text in definition.reasons.items()],
                ],
            )
        self.fields = {**first, **self.fields}

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
        """Nothing was answered at a step that was not done."""
        return super().answers() if self.cleaned_data.get("kind") == "done" else {}


def in_words(
    definition: protocol.Definition, step_id: str, told: Mapping[str, Any], language: str
) -> list[tuple[str, str]]:
    """The answers of one form as people read them: (question, answer)."""
    step = definition.steps.get(step_id)
    fields = {} if step is None else {field.id: field for field in step.fields}
    rows = []
    # In the order of the form; the database keeps another.
    named = [name for name in fields if name in told]
    for name in [*named, *(name for name in told if name not in fields)]:
        value, field = told[name], fields.get(name)
        label = name if field is None else field.label.in_language(language)
        rows.append((label, _value(definition, field, value, language)))
    return rows


def _value(
    definition: protocol.Definition, field: protocol.FormField | None, value: Any, language: str
) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    kind = "" if field is None else field.kind
    codes = {} if field is None else dict(_codes(definition, field, language))
    if kind == "countries":
        codes = {s.alpha2: s.name for s in members.states().values()}
    if kind == "language":
        codes = {code: str(label) for code, label in cases.vocabulary.Language.choices}
    if isinstance(value, list):
        return "; ".join(codes.get(str(one), str(one)) for one in value)
    if kind in {"date", "datetime"}:
        return moment(kind, str(value))
    return codes.get(str(value), str(value))


def moment(kind: str, value: str) -> str:
    """A date or datetime of an answer as people read it; as it is if it cannot be read."""
    try:
        if kind == "date":
            return date_format(date.fromisoformat(value), "DATE_FORMAT")
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    at = at if at.tzinfo else timezone.make_aware(at)
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
