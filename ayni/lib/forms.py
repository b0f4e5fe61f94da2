"""Forms as pages show them: `{{ form }}` gives labels, hints, errors and their summary.

`PageForms` is the FORM_RENDERER. Write `<form method="post" novalidate>`, `{% csrf_token %}`,
`{{ form }}` and a button; nothing else is needed.
One field alone: `{{ form.name.as_field_group }}`.
Fields that need no answer are marked as optional, unless the form has `optional_unmarked = True`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PageForms(TemplatesSetting):
    """Renders forms with `templates/forms/`; widgets with `templates/django/forms/widgets/`."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class DayMonthYear(forms.MultiWidget):
    """Three short boxes, in the order in which South America writes a date."""

    template_name = "forms/date_input.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        short = {"inputmode": "numeric", "class": "govuk-input--width-2"}
        year = {"inputmode": "numeric", "class": "govuk-input--width-4"}
        super().__init__(
            {
                "day": forms.TextInput(short),
                "month": forms.TextInput(short),
                "year": forms.TextInput(year),
            },
            attrs,
        )

    def decompress(self, value: date | None) -> list[int | None]:
        """Day, month and year of a date."""
        return [None, None, None] if value is None else [value.day, value.month, value.year]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The three boxes, each with its label."""
        context = super().get_context(name, value, attrs)
        for part, label in zip(context["widget"]["subwidgets"], self.labels(), strict=True):
            part["label"] = label
        return context

    def labels(self) -> tuple[Any, ...]:
        """The words of the boxes."""
        return (_("Day"), _("Month"), _("Year"))

    def id_for_label(self, id_: str) -> str:
        """None: the legend names the group."""
        return ""


class DateInParts(forms.MultiValueField):
    """A date asked as day, month, year."""

    widget = DayMonthYear

    def __init__(self, **kwargs: Any) -> None:
        number = {"invalid": _("Write the date in numbers, for example 27 3 1998.")}
        super().__init__(
            fields=(
                forms.IntegerField(min_value=1, max_value=31, error_messages=number),
                forms.IntegerField(min_value=1, max_value=12, error_messages=number),
                forms.IntegerField(min_value=1850, max_value=2200, error_messages=number),
            ),
            error_messages={"incomplete": _("Write day, month and year.")},
            **kwargs,
        )

    def compress(self, data_list: list[int]) -> date | None:
        """The date. Raises ValidationError if the calendar has no such day."""
        if not data_list:
            return None
        day, month, year = data_list
        try:
            return date(year, month, day)
        except ValueError:
            raise ValidationError(_("There is no such day in the calendar."), "no_day") from None


def as_typed(form: forms.BaseForm, sent: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What was sent for the fields of a form, as its `initial` values: {field: value or list}."""
    typed: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = field.widget.value_from_datadict(_Sent(sent), {}, form.add_prefix(name))
        if value not in (None, "", [], [None, None, None]):
            compressed = isinstance(field, forms.MultiValueField)
            typed[name] = _compressed(field, value) if compressed else value
    return typed


class _Sent(dict[str, Sequence[str]]):
    """What widgets read from: the last value, or all of them."""

    def get(self, name: str, default: Any = None) -> Any:
        """The last value sent under a name."""
        values = super().get(name)
        return values[-1] if values else default

    def getlist(self, name: str) -> list[str]:
        """Every value sent under a name."""
        return list(super().get(name, ()))


def _compressed(field: forms.Field, value: Any) -> Any:
    """A date of which all parts are there; a half-written one cannot be put back in one piece."""
    try:
        return field.clean(value)
    except ValidationError:
        return None


class DayMonthYearTime(DayMonthYear):
    """A date in parts, and the time of day."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        time = forms.TextInput({"inputmode": "numeric", "class": "govuk-input--width-4"})
        self.widgets = [*self.widgets, time]
        self.widgets_names: list[str] = ["_day", "_month", "_year", "_time"]

    def decompress(self, value: Any) -> list[Any]:
        """Day, month, year and time of a moment, in the reader's zone."""
        if value is None:
            return [None, None, None, None]
        local = timezone.localtime(value)
        return [local.day, local.month, local.year, local.strftime("%H:%M")]

    def labels(self) -> tuple[Any, ...]:
        """The words of the four boxes."""
        return (*super().labels(), _("Time"))


class MomentInParts(forms.MultiValueField):
    """A moment asked as day, month, year and time (14:30), in the reader's zone; aware."""

    widget = DayMonthYearTime

    def __init__(self, **kwargs: Any) -> None:
        number = {"invalid": _("Write the date in numbers, for example 27 3 1998.")}
        super().__init__(
            fields=(
                forms.IntegerField(min_value=1, max_value=31, error_messages=number),
                forms.IntegerField(min_value=1, max_value=12, error_messages=number),
                forms.IntegerField(min_value=1850, max_value=2200, error_messages=number),
                forms.TimeField(
                    input_formats=["%H:%M", "%Hh%M", "%H.%M"],
                    error_messages={"invalid": _("Write the time as 14:30.")},
                ),
            ),
            error_messages={"incomplete": _("Write day, month, year and time.")},
            **kwargs,
        )

    def compress(self, data_list: list[Any]) -> datetime | None:
        """The moment. Raises ValidationError if the calendar has no such day."""
        if not data_list:
            return None
        day, month, year, at = data_list
        try:
            return timezone.make_aware(datetime.combine(date(year, month, day), at))
        except ValueError:
            raise ValidationError(_("There is no such day in the calendar."), "no_day") from None
