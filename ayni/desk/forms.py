"""Forms of the officers' pages. They parse; `cases.api` decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members

words = cases.vocabulary
YES_NO = [("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known"))]
_TRISTATE = {"yes": True, "no": False, "unknown": None, "": None}


def _text(label: Any, *, required: bool = False, rows: int = 0, hint: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(
        label=label, required=required, widget=widget, help_text=hint, max_length=20_000
    )


def _choice(
    label: Any, choices: Any, *, required: bool = True, hint: Any = ""
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=required, widget=forms.RadioSelect, help_text=hint
    )


def _select(label: Any, choices: Any, *, required: bool = False) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[("", _("Not stated")), *choices], required=required
    )


def _several(label: Any, choices: Any, *, hint: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=hint,
    )


def state_choices() -> list[tuple[str, str]]:
    """The ten states, by name in the reader's language."""
    return sorted(((s.code, s.name) for s in members.states().values()), key=lambda pair: pair[1])


class NoticeForm(forms.Form):
    """Steps 1.1 and 1.2: what is told, and how the person may be contacted safely."""

    safe_to_talk = _choice(_("Is it safe to talk now?"), YES_NO)
    channel = _choice(_("How did the notice come?"), words.Channel.choices)
    informant = _choice(_("Who gives the notice?"), words.Informant.choices)
    anonymous = forms.BooleanField(
        label=_("The informant does not want to be named"), required=False
    )
    informant_name = _text(_("Name of the informant"))
    language = _choice(_("Language of the person"), words.Language.choices)
    place = _text(_("Where is the person?"))
    track = _choice(
        _("What is it about, as far as is known?"),
        [*words.Track.choices, ("", _("Not known yet"))],
        required=False,
    )
    about_name = _text(_("Name of the person, as far as known"))
    about_age = _text(_("Age, as far as known"))
    about_nationality = _select(_("Nationality, as far as known"), [])
    about_phone = _text(_("Telephone number of the person"))
    about_document = _text(_("Number of a document"))
    contact_method = _text(_("How may she or he be contacted?"))
    contact_hours = _text(_("At what hours?"))
    contact_never = _text(_("What must never be done?"), hint=_("For example: never call home."))
    contact_safe_word = _text(_("Word that says that it is not safe to talk"))
    contact_listens = _text(_("Who else may be listening?"))
    narrative = _text(_("What was told"), rows=6)
    indicators = _several(_("Signs that were noticed"), words.Indicator.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["about_nationality"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Not stated")), *state_choices()]

    def notice(self) -> cases.NewNotice:
        """What the room `cases` takes."""
        told = self.cleaned_data
        return cases.NewNotice(
            channel=told["channel"],
            informant=told["informant"],
            anonymous=told["anonymous"],
            track=told["track"],
            language=told["language"],
            safe_to_talk=_TRISTATE[told["safe_to_talk"]],
            place=told["place"],
            informant_name=told["informant_name"],
            contact={
                key: told[f"contact_{key}"]
                for key in ("method", "hours", "never", "safe_word", "listens")
                if told[f"contact_{key}"]
            },
            about=self._about(),
            narrative=told["narrative"],
            indicators=tuple(told["indicators"]),
        )

    def _about(self) -> dict[str, Any]:
        told = self.cleaned_data
        about: dict[str, Any] = {
            key: told[f"about_{key}"] for key in ("name", "age", "nationality")
        }
        about["phones"] = [told["about_phone"]] if told["about_phone"] else []
        about["documents"] = (
            [{"kind": "other", "number": told["about_document"]}] if told["about_document"] else []
        )
        return {key: value for key, value in about.items() if value}


class TriageForm(forms.Form):
    """Step 1.3."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    imminent_danger = _choice(
        _("Is she or he in danger now?"), [("yes", _("Yes")), ("no", _("No"))]
    )
    age_group = _choice(
        _("Is she or he under 18?"),
        [("child", _("Yes")), ("adult", _("No")), ("", _("Not known: counts as a child"))],
        required=False,
    )
    situation = _choice(
        _("Class of the situation"),
        words.Situation.choices,
        hint=_("Danger now, or a child: always an emergency."),
    )
    indicators = _several(_("Signs that were noticed"), words.Indicator.choices)
    reason = _text(_("Reason"), required=True, rows=3)


class DecideForm(forms.Form):
    """Step 1.5."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = _choice(_("What becomes of this notice?"), words.NoticeOutcome.choices)
    reason = _text(_("Reason"), required=True, rows=3)


class SearchForm(forms.Form):
    """Step 1.4, always sent by POST: no address holds personal data."""

    name = _text(_("Name, in any order"))
    phone = _text(_("Telephone number"))
    document = _text(_("Number of a document"))

    def clean(self) -> dict[str, Any]:
        """At least one thing to search for."""
        asked: dict[str, Any] = super().clean() or {}
        if not any(asked.get(key) for key in ("name", "phone", "document")):
            raise forms.ValidationError(_("Write a name, a telephone number or a document."))
        return asked

    def details(self) -> dict[str, Any]:
        """As `search_antecedents` takes it."""
        asked = self.cleaned_data
        return {
            "name": asked["name"],
            "phones": [asked["phone"]] if asked["phone"] else [],
            "documents": [{"number": asked["document"]}] if asked["document"] else [],
        }


class PersonForm(forms.Form):
    """A person as documents and she herself state it; every field may stay empty."""

    name_as_written = _text(_("Name as written in the document"))
    given_names = _text(_("Given names"))
    first_surname = _text(_("First surname"))
    second_surname = _text(_("Second surname"), hint=_("Leave empty if there is none."))
    birth_precision = _choice(
        _("What is known of the birth?"),
        [
            ("date", _("The exact date")),
            ("year_month", _("Year and month")),
            ("year", _("The year")),
            ("age_band", _("Only about how old")),
            ("unknown", _("Nothing")),
        ],
    )
    birth_value = _text(
        _("Birth"),
        hint=_("A date as 1998-03-27, a month as 1998-03, a year as 1998, an age as 20-25."),
    )
    birth_estimated = forms.BooleanField(
        label=_("This is an estimate; the person did not state it"), required=False
    )
    gender = _select(_("Gender"), words.Gender.choices)
    citizenship = _select(_("Citizenship"), [])
    document_kind = _select(_("Kind of document"), words.DocumentKind.choices)
    document_state = _select(_("Issued by"), [])
    document_number = _text(_("Number of the document"))
    document_withheld = forms.BooleanField(
        label=_("The document is withheld by others"), required=False
    )
    phone = _text(_("Telephone number"))
    language = _select(_("Language"), words.Language.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("citizenship", "document_state"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [
                ("", _("Not stated")),
                *[(code.upper(), name) for code, name in state_choices()],
                ("ZZ", _("Another state")),
            ]

    def clean(self) -> dict[str, Any]:
        """The birth must be readable at the stated precision."""
        told: dict[str, Any] = super().clean() or {}
        try:
            told["birth"] = self._birth(told)
        except ValueError:
            self.add_error("birth_value", _("This does not fit what is known of the birth."))
        return told

    @staticmethod
    def _birth(told: dict[str, Any]) -> dict[str, str]:
        precision = told.get("birth_precision") or "unknown"
        birth = {
            "precision": precision,
            "value": "" if precision == "unknown" else told.get("birth_value", "").strip(),
            "quality": "estimated" if told.get("birth_estimated") else "stated",
            "as_of": clock.now().date().isoformat() if precision == "age_band" else "",
        }
        cases.check_details({"birth": birth})
        return birth

    def details(self) -> dict[str, Any]:
        """As the room `cases` takes a person."""
        told = self.cleaned_data
        documents = []
        if told["document_number"] or told["document_withheld"]:
            documents = [
                {
                    "kind": told["document_kind"] or "other",
                    "issuing_state": told["document_state"],
                    "number": told["document_number"],
                    "withheld_by_others": told["document_withheld"],
                }
            ]
        return {
            **{n: told[n] for n in ("name_as_written", "given_names", "first_surname")},
            "second_surname": told["second_surname"],
            "birth": told["birth"],
            "gender": told["gender"],
            "citizenships": [told["citizenship"]] if told["citizenship"] else [],
            "documents": documents,
            "phones": [told["phone"]] if told["phone"] else [],
            "languages": [told["language"]] if told["language"] else [],
        }


class CaseForm(PersonForm):
    """Opening a case: the person, the track, whom she fears, what she needs."""

    tracks = _several(_("What is it about?"), words.Track.choices)
    feared_states = _several(
        _("States that must not learn of her or him"),
        [],
        hint=_("Nothing will be sent there, not even a clock."),
    )
    narrative = _text(_("What she or he told"), rows=6)
    needs = _text(_("What she or he needs now"), rows=3, hint=_("One need on each line."))

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
            needs=tuple(line.strip() for line in told["needs"].splitlines() if line.strip()),
        )


class ConsentForm(forms.Form):
    """Step 3.2: one purpose, the seven questions, and for a referral to whom and which data."""

    purpose = _choice(_("What does she or he agree to?"), words.Purpose.choices)
    recipient = _select(_("For a referral: to which institution?"), [])
    fields_named = _several(_("For a referral: which data?"), [])
    given_by = _choice(_("Who agrees?"), words.ConsentBy.choices)
    own_view = _text(_("What the child herself or himself says about it"), rows=3)
    language = _choice(_("Language in which it was explained"), words.Language.choices)
    questions = _several(_("What was asked and told"), list(words.CONSENT_QUESTIONS.items()))
    witness = _text(_("Witness or interpreter"))
    days = forms.IntegerField(
        label=_("Valid for how many days?"), min_value=1, max_value=365, initial=180
    )

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        recipient, named = self.fields["recipient"], self.fields["fields_named"]
        assert isinstance(recipient, forms.ChoiceField)
        assert isinstance(named, forms.MultipleChoiceField)
        recipient.choices = [
            ("", _("Not a referral")),
            *[
                (i.code, f"{i.name} ({i.state.upper()})")
                for i in members.institutions()
                if str(i.id) != own and i.state != members.SECRETARIAT
            ],
        ]
        named.choices = [(name, label) for name, (_row, label) in cases.DISCLOSABLE.items()]
        named.initial = list(cases.USUAL)

    def consent(self) -> cases.NewConsent:
        """What the room `cases` takes."""
        told = self.cleaned_data
        state = ""
        if told["recipient"]:
            state = members.institution_by_code(told["recipient"]).state
        refers = told["purpose"] == words.Purpose.REFER
        return cases.NewConsent(
            purpose=told["purpose"],
            language=told["language"],
            given_by=told["given_by"],
            questions={name: name in told["questions"] for name in words.CONSENT_QUESTIONS},
            recipient_state=state if refers else "",
            recipient_institution=told["recipient"] if refers else "",
            fields=frozenset(told["fields_named"]) if refers else frozenset(),
            witness=told["witness"],
            own_view=told["own_view"],
            valid_for=timedelta(days=told["days"]),
        )


class RiskForm(forms.Form):
    """Step 4.1."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    level = _choice(_("Level of risk: severity by likelihood"), words.Risk.choices)
    reason = _text(_("Why"), required=True, rows=3)


class AssignForm(forms.Form):
    """To whom a case is given."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    to_user = forms.ChoiceField(label=_("Officer"))
    note = _text(_("Note for the next officer"), rows=3)

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to_user"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(u.id), u.display_name) for u in members.colleagues(own)]


class CloseForm(forms.Form):
    """Step 7.5."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = _choice(_("Why is the case closed?"), words.ClosureReason.choices)
    note = _text(_("Note"), rows=3)


class ReasonForm(forms.Form):
    """An act that needs its reason written down."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = _text(_("Reason"), required=True, rows=3)


class FilterForm(forms.Form):
    """The case list."""

    optional_unmarked = True

    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("open", pgettext_lazy("cases", "Open")), *words.CaseStatus.choices],
    )
    assigned = forms.ChoiceField(
        label=_("Assigned"),
        required=False,
        choices=[("", _("Everybody's")), ("me", _("Mine")), ("nobody", _("Nobody's"))],
    )
    risk = forms.ChoiceField(
        label=_("Risk"), required=False, choices=[("", _("All")), *words.Risk.choices]
    )
    reference = forms.CharField(label=_("Reference"), required=False, max_length=20)
