"""The form of a person: as documents and she herself state it, with as many rows as are needed.

Lists (documents, telephones, citizenships, languages, other names) show what is there and one
empty row more; the first row's fields have no number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.desk.forms import choice, select, sent_once, state_choices, text
from ayni.desk.needs_form import (
    needs_field,
    needs_language_field,
    other_needs_field,
    told_needs,
)
from ayni.lib import clock

words = cases.vocabulary
ANOTHER_STATE = "ZZ"
MOST_ROWS = 10

_KINDS = words.DocumentKind.choices
# The field that tells how many rows of a list were sent.
_ROWS = {
    "other_names": "other_name",
    "citizenships": "citizenship",
    "documents": "document_number",
    "phones": "phone",
    "languages": "language",
}
CONTACT = {
    "method": _("How may she or he be contacted?"),
    "note": _("More about how"),
    "address": _("Where? Telephone, e-mail, or a person of trust"),
    "hours": _("At what hours?"),
    "never": _("What must never be done?"),
    "safe_word": _("Word that says that it is not safe to talk"),
    "listens": _("Who else may be listening?"),
}


def states() -> list[tuple[str, str]]:
    """The ten states by the codes that persons have, and another one."""
    return [
        *[(code.upper(), name) for code, name in state_choices()],
        (ANOTHER_STATE, str(_("Another state"))),
    ]


def _and(stored: Any, choices: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Choices, and what is stored although it is none of them (it came from another node)."""
    known = {code for code, _label in choices}
    return [*choices, *([(stored, stored)] if stored and stored not in known else [])]


def _row(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"


class PersonForm(forms.Form):
    """A person; every field may stay empty."""

    optional_unmarked = True
    grows = True

    def __init__(
        self, data: Any = None, *, typed: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        filled = data if data is not None else typed
        self.counts = {
            name: self._count(first, filled, kwargs.get("initial") or {})
            for name, first in _ROWS.items()
        }
        # Before the fields that a form on top of this one declares.
        later = dict(self.fields)
        self.fields.clear()
        for add in (self._names, self._origin, self._documents, self._contact):
            add()
        self.fields.update(later)

    @staticmethod
    def _count(first: str, filled: Mapping[str, Any] | None, initial: Mapping[str, Any]) -> int:
        """Rows that hold something, and one more unless the form was sent."""
        holding = filled if filled is not None else initial
        number = 0
        for n in range(1, MOST_ROWS + 1):
            beside = ("document_kind", "document_state") if first == "document_number" else ()
            if any(holding.get(_row(name, n)) for name in (first, *beside)):
                number = n
        return min(number + 1, MOST_ROWS)

    def _names(self) -> None:
        self.fields["name_as_written"] = text(_("Name as written in the document"))
        self.fields["given_names"] = text(_("Given names"))
        self.fields["first_surname"] = text(_("First surname"))
        self.fields["second_surname"] = text(
            _("Second surname"), hint=_("Leave empty if there is none.")
        )
        for n in range(1, self.counts["other_names"] + 1):
            self.fields[_row("other_name", n)] = text(_("Another name"))
            self.fields[_row("other_name_kind", n)] = select(
                _("What kind of name is it?"), words.NameKind.choices
            )

    def _origin(self) -> None:
        self.fields["birth_precision"] = choice(
            _("What is known of the birth?"),
            [
                ("date", _("The exact date")),
                ("year_month", _("Year and month")),
                ("year", _("The year")),
                ("age_band", _("Only about how old")),
                ("unknown", _("Nothing")),
            ],
        )
        self.fields["birth_value"] = text(
            _("Birth"),
            hint=_("A date as 1998-03-27, a month as 1998-03, a year as 1998, an age as 20-25."),
        )
        self.fields["birth_estimated"] = forms.BooleanField(
            label=_("This is an estimate; the person did not state it"), required=False
        )
        self.fields["gender"] = select(_("Gender"), words.Gender.choices)
        for n in range(1, self.counts["citizenships"] + 1):
            label = _("Citizenship") if n == 1 else _("Another citizenship")
            stored = self.initial.get(_row("citizenship", n))
            self.fields[_row("citizenship", n)] = select(label, _and(stored, states()))
        self.fields["residence_country"] = select(
            _("Country of residence"), _and(self.initial.get("residence_country"), states())
        )
        for n in range(1, self.counts["languages"] + 1):
            label = _("Language, most at ease first") if n == 1 else _("Another language")
            stored = self.initial.get(_row("language", n))
            self.fields[_row("language", n)] = select(label, _and(stored, words.Language.choices))

    def _documents(self) -> None:
        for n in range(1, self.counts["documents"] + 1):
            kind = _("Kind of document") if n == 1 else _("Another document: its kind")
            self.fields[_row("document_kind", n)] = select(kind, _KINDS)
            issuer = self.initial.get(_row("document_state", n))
            self.fields[_row("document_state", n)] = select(_("Issued by"), _and(issuer, states()))
            self.fields[_row("document_number", n)] = text(_("Number of the document"))
            self.fields[_row("document_withheld", n)] = forms.BooleanField(
                label=_("The document is withheld by others"), required=False
            )

    def _contact(self) -> None:
        for n in range(1, self.counts["phones"] + 1):
            label = _("Telephone number") if n == 1 else _("Another telephone number")
            self.fields[_row("phone", n)] = text(label)
        for key, label in CONTACT.items():
            coded = key == "method"
            self.fields[f"contact_{key}"] = (
                select(label, words.ContactMethod.choices) if coded else text(label)
            )

    def clean(self) -> dict[str, Any]:
        """The birth must be readable at the stated precision."""
        told: dict[str, Any] = super().clean() or {}
        try:
            told["birth"] = self._birth(told)
        except ValueError:
            self.add_error("birth_value", _("This does not fit what is known of the birth."))
        return told

    def _birth(self, told: Mapping[str, Any]) -> dict[str, str]:
        precision = told.get("birth_precision") or "unknown"
        value = "" if precision == "unknown" else told.get("birth_value", "").strip()
        before = self.initial.get("birth") or {}
        same = precision == "age_band" and before.get("value") == value
        birth = {
            "precision": precision,
            "value": value,
            "quality": "estimated" if told.get("birth_estimated") else "stated",
            # An age that nobody changed stays that of the day on which it was said.
            "as_of": (before.get("as_of") if same else None) or self._today(precision),
        }
        cases.check_details({"birth": birth})
        return birth

    @staticmethod
    def _today(precision: str) -> str:
        return clock.now().date().isoformat() if precision == "age_band" else ""

    def _listed(self, name: str, count: str) -> list[str]:
        given = (self.cleaned_data[_row(name, n)] for n in range(1, self.counts[count] + 1))
        return [value for value in given if value]

    def _rows(self, count: str) -> range:
        return range(1, self.counts[count] + 1)

    def details(self) -> dict[str, Any]:
        """As the room `cases` takes a person."""
        told = self.cleaned_data
        return {
            **{n: told[n] for n in ("name_as_written", "given_names", "first_surname")},
            "second_surname": told["second_surname"],
            "other_names": [
                {
                    "kind": told[_row("other_name_kind", n)] or words.NameKind.USED.value,
                    "name": told[_row("other_name", n)],
                }
                for n in self._rows("other_names")
                if told[_row("other_name", n)]
            ],
            "birth": told["birth"],
            "gender": told["gender"],
            "citizenships": self._listed("citizenship", "citizenships"),
            "residence_country": told["residence_country"],
            "documents": [self._document(n) for n in self._rows("documents") if self._has(n)],
            "phones": self._listed("phone", "phones"),
            "languages": self._listed("language", "languages"),
            "contact": {
                **self.initial.get("contact_more", {}),
                **{key: told[f"contact_{key}"] for key in CONTACT if told[f"contact_{key}"]},
            },
        }

    def _has(self, n: int) -> bool:
        told = self.cleaned_data
        return bool(told[_row("document_number", n)] or told[_row("document_withheld", n)])

    def _document(self, n: int) -> dict[str, Any]:
        told = self.cleaned_data
        return {
            "kind": told[_row("document_kind", n)] or words.DocumentKind.OTHER.value,
            "issuing_state": told[_row("document_state", n)],
            "number": told[_row("document_number", n)],
            "withheld_by_others": told[_row("document_withheld", n)],
        }


def initial_of(opened: Mapping[str, Any]) -> dict[str, Any]:
    """A person's details as the form holds them."""
    birth = opened.get("birth") or {}
    plain = ("name_as_written", "given_names", "first_surname", "second_surname", "gender",
             "residence_country")  # fmt: skip
    initial: dict[str, Any] = {name: opened.get(name) or "" for name in plain}
    initial |= {
        "birth": birth,
        "birth_precision": birth.get("precision", "unknown"),
        "birth_value": birth.get("value", ""),
        "birth_estimated": birth.get("quality") == "estimated",
    }
    for name, first in (("citizenships", "citizenship"), ("phones", "phone"),
                        ("languages", "language")):  # fmt: skip
        for n, value in enumerate(opened.get(name) or [], 1):
            initial[_row(first, n)] = value
    for n, other in enumerate(opened.get("other_names") or [], 1):
        initial[_row("other_name", n)] = other.get("name", "")
        initial[_row("other_name_kind", n)] = other.get("kind", "")
    for n, document in enumerate(opened.get("documents") or [], 1):
        initial[_row("document_kind", n)] = document.get("kind", "")
        initial[_row("document_state", n)] = document.get("issuing_state", "")
        initial[_row("document_number", n)] = document.get("number", "")
        initial[_row("document_withheld", n)] = document.get("withheld_by_others", False)
    return initial | contact_of(opened.get("contact"))


def contact_of(contact: Any) -> dict[str, Any]:
    """A safe way of contact as the form holds it; what it has no field for is kept beside."""
    if not isinstance(contact, Mapping):
        return {"contact_note": contact} if contact else {}
    named = {"listens" if key == "who_listens" else key: value for key, value in contact.items()}
    if named.get("method") and named["method"] not in words.ContactMethod.values:
        # Another node's own words: kept beside the codes.
        told = (named.pop("method"), named.get("note"))
        named["note"] = "; ".join(str(each) for each in told if each)
    return {
        **{f"contact_{key}": value for key, value in named.items() if key in CONTACT},
        "contact_more": {key: value for key, value in named.items() if key not in CONTACT},
    }


class OpenCaseForm(PersonForm):
    """Opening a case: the person, the crime, whom she fears, what she needs."""

    form_id = sent_once()
    tracks = forms.MultipleChoiceField(
        label=_("What is it about?"),
        choices=words.Track.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    feared_states = forms.MultipleChoiceField(
        label=_("States that must not learn of her or him"),
        help_text=_("Nothing will be sent there, not even a clock."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    narrative = text(_("What she or he told"), rows=6)
    needs = needs_field()
    other_needs = other_needs_field()
    needs_language = needs_language_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["feared_states"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = state_choices()

    def case(self, *, situation: str) -> cases.NewCase:
        """What the room `cases` takes; the state where this post stands is the host."""
        told = self.cleaned_data
        return cases.NewCase(
            side=words.Side.HOST.value,
            tracks=tuple(told["tracks"]),
            person=self.details(),
            situation=situation,
            feared_states=tuple(told["feared_states"]),
            narrative=told["narrative"],
            needs=tuple(told_needs(told)),
        )
