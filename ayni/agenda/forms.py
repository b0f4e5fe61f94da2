"""Forms of the platform's own work. They ask for offices and states, never for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.agenda import api, checklist, seed
from ayni.agenda.wording import (
    CHECKLIST,
    CHOICES,
    ENDS,
    HOW,
    ITEM_PAGES,
    MARKS,
    SORTS,
    codes_text,
    state_text,
)
from ayni.lib.forms import DateInParts
from ayni.members import api as members

_OFFICES_ONLY = _("All members read this. Name offices and functions, not persons.")
_SOURCE = _("For example the minutes of the plenary, or where it was published.")


def _states(*, empty: Any) -> list[tuple[str, Any]]:
    rows = sorted((each.name, each.code) for each in members.states().values())
    return [("", empty), *((code, name) for name, code in rows)]


def _known_as() -> forms.ChoiceField:
    codes = ("V", "2", "M")
    return forms.ChoiceField(
        label=_("How it is known"),
        choices=[(code, MARKS[code]) for code in codes],
        widget=forms.RadioSelect,
    )


def _long(label: Any, hint: Any = "", *, required: bool = True, most: int = 300) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=most,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class PlatformForm(forms.Form):
    """What every form of the platform's text has: what stood before the author's eyes and, where
    the presidency writes instead of the secretariat, why."""

    after = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if members.this_node() != members.SECRETARIAT:
            self.fields["instead"] = _long(
                _("Why the presidency writes instead of the technical secretariat"),
                _("All members see this reason."),
            )

    def written(self) -> dict[str, Any]:
        """What each verb takes besides the text itself."""
        data = self.cleaned_data
        return {"after": data["after"], "instead": data.get("instead", "")}


def _end(*codes: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("When it ends"),
        choices=[(code, ENDS[code]) for code in codes],
        widget=forms.RadioSelect,
    )


def _until(*, label: Any = None) -> DateInParts:
    return DateInParts(
        label=label or _("The day of the handing over"),
        help_text=_("Only if the day is known. On that day the next one presides already."),
        required=False,
    )


def _check_until(data: dict[str, Any]) -> None:
    if data.get("end") == "day" and not data.get("until"):
        raise forms.ValidationError({"until": _("Write the day.")}, "day_needed")


class TermForm(PlatformForm):
    """A presidency, to be recorded or corrected."""

    state = forms.ChoiceField(label=_("State"), choices=lambda: _states(empty=_("Choose a state")))
    begins = DateInParts(
        label=_("First day"), help_text=_("If only the month is known, write the first of it.")
    )
    month_only = forms.BooleanField(label=_("Only the month is known"), required=False)
    inferred = forms.BooleanField(label=_("No source states it: it was inferred"), required=False)
    end = _end("open", "day", "unknown")
    until = _until()
    seen = DateInParts(
        label=_("Last day on which a source shows it in office"), required=False,
        help_text=_("Only if its end is not known."),
    )  # fmt: skip
    source = _long(_("Source"), _SOURCE)
    mark = _known_as()

    def clean(self) -> dict[str, Any]:
        """The day that belongs to the kind of end."""
        data = super().clean() or {}
        _check_until(data)
        return data

    def told(self) -> api.Term:
        """What the verb takes."""
        data, end = self.cleaned_data, api.End(self.cleaned_data["end"])
        return api.Term(
            state=data["state"], begins=data["begins"], end=end,
            until=data["until"] if end is api.End.DAY else None,
            seen=data["seen"] if end is api.End.UNKNOWN else None,
            month_only=data["month_only"], inferred=data["inferred"],
            source=data["source"].strip(), mark=data["mark"],
        )  # fmt: skip


class HandOverForm(PlatformForm):
    """To whom, from when, and what became of each thing that is open."""

    to = forms.ChoiceField(
        label=_("Which state presides from now on"),
        choices=lambda: _states(empty=_("Choose a state")),
    )
    on = DateInParts(label=_("Day of the handing over"))
    end = _end("open", "day")
    until = _until(label=_("Day on which it will hand over"))
    before_until = DateInParts(
        label=_("Day on which the presidency before ended"), required=False,
        help_text=_("The register does not know it. Leave this empty if you do not either."),
    )  # fmt: skip
    source = _long(_("Where the handing over is written"), _SOURCE)

    def __init__(
        self, *args: Any, items: Iterable[api.Item], ask_before: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not ask_before:
            del self.fields["before_until"]
        self.items = tuple(items)
        for each in self.items:
            title = str(CHECKLIST[each.code])
            self.fields[f"how_{each.code}"] = forms.ChoiceField(
                label=title,
                help_text=item_hint(each),
                choices=list(HOW.items()),
                widget=forms.RadioSelect,
                error_messages={"required": api.ItemsOpen.reason},
            )
            self.fields[f"note_{each.code}"] = forms.CharField(
                label=gettext("Note on: %(item)s") % {"item": title}, required=False, max_length=300
            )

    def clean(self) -> dict[str, Any]:
        """The day that belongs to the kind of end."""
        data = super().clean() or {}
        _check_until(data)
        return data

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data, end = self.cleaned_data, api.End(self.cleaned_data["end"])
        handover = api.Handover(
            data["to"], data["on"], end, data["until"] if end is api.End.DAY else None,
            data["source"].strip(), data.get("before_until"),
        )  # fmt: skip
        answers = {
            each.code: api.Answer(data[f"how_{each.code}"], data[f"note_{each.code}"])
            for each in self.items
        }
        return {"handover": handover, "answers": answers, **self.written()}


def item_page(code: str) -> str:
    """The address of the page where what an item tells of can be seen; empty if there is none."""
    name = ITEM_PAGES.get(code)
    return reverse(name) if name else ""


def item_hint(item: api.Item) -> str:
    """What an item is of, and a link to where it can be seen."""
    page = item_page(item.code)
    if not page:
        return item_text(item)
    words = gettext("See: %(item)s") % {"item": CHECKLIST[item.code]}
    return format_html('{} <a class="govuk-link" href="{}">{}</a>', item_text(item), page, words)


def _count_text(told: str) -> str:
    """How many of one state: its name and the number."""
    state, _colon, n = told.partition(":")
    return f"{state_text(state)}: {n}"


def item_text(item: api.Item) -> str:
    """Of whom or of what an item of the checklist is, in words."""
    if item.code in checklist.COUNTED:
        return ", ".join(_count_text(each) for each in item.about)
    if item.code in checklist.MEETINGS:
        titles = {each.key: each.title for each in api.all_meetings(api.presidencies())}
        return ", ".join(f"{titles.get(each, each)} ({each[:10]})" for each in item.about)
    if item.code == "rules_not_known":
        names = {code: seed.in_readers_language(row["names"]) for code, row in seed.rules().items()}
        return ", ".join(names.get(each, each) for each in item.about)
    return codes_text(item.about)


_NEW = "new"  # one more line of a rule, that takes the place of none


class RuleForm(PlatformForm):
    """What the plenary has set."""

    begins = DateInParts(
        label=_("First day on which it holds"), required=False,
        help_text=_("Leave this empty if it is not known since when."),
    )  # fmt: skip
    until = DateInParts(
        label=_("Last day on which it holds"), required=False,
        help_text=_("Leave this empty if no end is set."),
    )  # fmt: skip
    source = _long(_("Where it is written"), _SOURCE)
    mark = _known_as()
    field_order = (
        "after", "replaces", "value", "begins", "until", "source", "mark", "instead"
    )  # fmt: skip

    def __init__(
        self, *args: Any, rule: dict[str, Any], lines: Iterable[tuple[str, str]], seen: bool,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        """`lines`: the code and the text of each line that could be corrected; without any there
        is nothing to choose. `seen`: whether the author had them before her eyes: one who had not
        is shown first what stands."""
        super().__init__(*args, **kwargs)
        label = seed.in_readers_language(rule["names"])
        lines = list(lines)
        self.codes = frozenset(code for code, _text in lines)
        if lines:
            corrects = [
                (code, gettext("A correction of: %(text)s") % {"text": text})
                for code, text in lines
            ]
            new = (_NEW, _("A change: what held before is kept, up to the day before"))
            self.fields["replaces"] = forms.ChoiceField(
                label=_("What you record"), choices=[new, *corrects], widget=forms.RadioSelect,
                required=seen,
            )  # fmt: skip
        if rule["form"] == "choice":
            known = [(each, CHOICES[each]) for each in rule["choices"]]
            self.fields["value"] = forms.ChoiceField(
                label=label,
                required=False,
                choices=[*known, ("", _("Not known"))],
                widget=forms.RadioSelect,
            )
        else:
            self.fields["value"] = forms.IntegerField(
                label=label, required=False, min_value=1, max_value=seed.most(rule["code"]),
                help_text=_("Leave this empty if it is not known."),
                widget=forms.TextInput(
                    attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}
                ),
            )  # fmt: skip
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """The first day of a change: without it, what held before would have no last one, and on
        that of another line it would take its place."""
        data = super().clean() or {}
        if data.get("replaces") != _NEW:
            return data
        begins = data.get("begins")
        if not begins:
            raise forms.ValidationError({"begins": _("Write the day.")}, "day_needed")
        if begins.isoformat() in self.codes:
            taken = _(
                "A value is recorded from this day already. Record a correction of it, or write "
                "another day."
            )
            raise forms.ValidationError({"begins": taken}, "day_taken")
        return data

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        value = data["value"]
        return {
            "value": "" if value is None else str(value),
            "source": data["source"],
            "mark": data["mark"],
            "begins": data["begins"],
            "until": data["until"],
            "replaces": data.get("replaces", "").removeprefix(_NEW),
            **self.written(),
        }


class PartyForm(PlatformForm):
    """A working group or an observer."""

    sort = forms.ChoiceField(
        label=_("What it is"), choices=list(SORTS.items()), widget=forms.RadioSelect
    )
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_OFFICES_ONLY)
    about = _long(_("What it works on"), required=False, most=500)
    leads = forms.ChoiceField(
        label=_("State that coordinates"), required=False,
        choices=lambda: _states(empty=_("No state")),
    )  # fmt: skip
    begins = DateInParts(label=_("First day"), required=False)
    until = DateInParts(
        label=_("Last day"), required=False, help_text=_("Leave this empty if no end is set.")
    )
    source = _long(_("Where it is written"), _SOURCE)
    mark = _known_as()

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        names = ("sort", "name", "about", "leads", "source", "mark", "begins", "until")
        party = api.About(**{name: self.cleaned_data[name] for name in names})
        return {"party": party, **self.written()}


class OfficeForm(forms.Form):
    """Which office has a function, by which act, for how long."""

    office = forms.CharField(
        label=_("Office or function"), min_length=3, max_length=200, help_text=_OFFICES_ONLY
    )
    institution = forms.CharField(
        label=_("Institution to which it belongs"), required=False, max_length=200
    )
    act = _long(_("By which act it was named"), _("Number and date of the act."), required=False)
    begins = DateInParts(label=_("First day of the mandate"))
    until = DateInParts(
        label=_("Last day of the mandate"), required=False,
        help_text=_("Leave this empty if no end is set."),
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)
