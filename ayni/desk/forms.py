"""Forms of the officers' pages. They parse; `cases.api` decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.lib.forms import MomentInParts
from ayni.lib.identifiers import new_id
from ayni.members import api as members
from ayni.protocol import api as protocol

words = cases.vocabulary
YES_NO = [("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known"))]
_TRISTATE = {"yes": True, "no": False, "unknown": None, "": None}


def sent_once() -> forms.UUIDField:
    """The number of a form: what is sent twice with it, as by a double click, is done once."""
    return forms.UUIDField(widget=forms.HiddenInput, initial=new_id, required=False)


def text(label: Any, *, required: bool = False, rows: int = 0, hint: Any = "") -> forms.CharField:
    """A line of text, or with `rows` a box."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(
        label=label, required=required, widget=widget, help_text=hint, max_length=20_000
    )


def choice(label: Any, choices: Any, *, required: bool = True, hint: Any = "") -> forms.ChoiceField:
    """One of several, as radios."""
    return forms.ChoiceField(
        label=label, choices=choices, required=required, widget=forms.RadioSelect, help_text=hint
    )


def select(label: Any, choices: Any, *, required: bool = False) -> forms.ChoiceField:
    """One of many, in a list, or not stated."""
    return forms.ChoiceField(
        label=label, choices=[("", _("Not stated")), *choices], required=required
    )


def several(label: Any, choices: Any, *, hint: Any = "") -> forms.MultipleChoiceField:
    """Any of several, as checkboxes."""
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

    form_id = sent_once()
    safe_to_talk = choice(_("Is it safe to talk now?"), YES_NO)
    received_at = MomentInParts(
        label=_("When was it received?"), required=False, help_text=_("Empty: now.")
    )
    channel = choice(_("How did the notice come?"), words.Channel.choices)
    informant = choice(_("Who gives the notice?"), words.Informant.choices)
    informant_body = select(_("If an institution: which?"), words.InformantBody.choices)
    anonymous = forms.BooleanField(
        label=_("The informant does not want to be named"), required=False
    )
    informant_name = text(_("Name of the informant"))
    language = choice(_("Language of the person"), words.Language.choices)
    interpreter = forms.BooleanField(label=_("An interpreter is needed"), required=False)
    place = text(_("Where is the person?"))
    person_missing = choice(_("Is the person missing?"), YES_NO, required=False)
    subject_matter = select(_("What does the notice tell of?"), words.SubjectMatter.choices)
    track = choice(
        _("What is it about, as far as is known?"),
        [*words.Track.choices, ("", _("Not known yet"))],
        required=False,
    )
    about_name = text(_("Name of the person, as far as known"))
    about_age = text(_("Age, as far as known"))
    about_nationality = select(_("Nationality, as far as known"), [])
    about_phone = text(_("Telephone number of the person"))
    about_document = text(_("Number of a document"))
    contact_method = select(_("How may she or he be contacted?"), words.ContactMethod.choices)
    contact_note = text(
        _("More about how"), hint=_("For example: let it ring twice; say you are from the school.")
    )
    contact_address = text(_("Where? Telephone, e-mail, or a person of trust"))
    contact_hours = text(_("At what hours?"))
    contact_never = text(_("What must never be done?"), hint=_("For example: never call home."))
    contact_safe_word = text(_("Word that says that it is not safe to talk"))
    contact_listens = text(_("Who else may be listening?"))
    narrative = text(_("What was told"), rows=6)
    indicators = several(_("Signs that were noticed"), words.Indicator.choices)

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
            informant_body=told["informant_body"],
            anonymous=told["anonymous"],
            subject_matter=told["subject_matter"],
            person_missing=_TRISTATE[told["person_missing"]],
            track=told["track"],
            language=told["language"],
            interpreter=True if told["interpreter"] else None,
            received_at=told["received_at"],
            safe_to_talk=_TRISTATE[told["safe_to_talk"]],
            place=told["place"],
            informant_name=told["informant_name"],
            contact={
                key: told[f"contact_{key}"]
                for key in ("method", "note", "address", "hours", "never", "safe_word", "listens")
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
    imminent_danger = choice(_("Is she or he in danger now?"), [("yes", _("Yes")), ("no", _("No"))])
    age_group = choice(
        _("Is she or he under 18?"),
        [("child", _("Yes")), ("adult", _("No")), ("", _("Not known: counts as a child"))],
        required=False,
    )
    situation = choice(
        _("Class of the situation"),
        words.Situation.choices,
        hint=_("Danger now, or a child: always an emergency."),
    )
    person_missing = choice(_("Is the person missing?"), YES_NO, required=False)
    indicators = several(_("Signs that were noticed"), words.Indicator.choices)
    reason = text(_("Reason"), required=True, rows=3)

    def told(self) -> dict[str, Any]:
        """As the room `cases` takes it."""
        told = self.cleaned_data
        return {
            "version": told["version"],
            "situation": told["situation"],
            "imminent_danger": told["imminent_danger"] == "yes",
            "age_group": told["age_group"],
            "person_missing": _TRISTATE[told["person_missing"]],
            "indicators": tuple(told["indicators"]),
            "reason": told["reason"],
        }


class DecideForm(forms.Form):
    """Step 1.5."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = choice(_("What becomes of this notice?"), words.NoticeOutcome.choices)
    reason = text(_("Reason"), required=True, rows=3)


class SearchForm(forms.Form):
    """Step 1.4, always sent by POST: no address holds personal data."""

    name = text(_("Name, in any order"))
    phone = text(_("Telephone number"))
    document = text(_("Number of a document"))

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


class ConsentForm(forms.Form):
    """Step 3.2: one purpose, the seven questions, and for a referral to whom and which data."""

    form_id = sent_once()
    purpose = choice(_("What does she or he agree to?"), words.Purpose.choices)
    recipient = select(_("For a referral: to which institution?"), [])
    fields_named = several(_("For a referral: which data?"), [])
    given_by = choice(_("Who agrees?"), words.ConsentBy.choices)
    own_view = text(_("What the child herself or himself says about it"), rows=3)
    language = choice(_("Language in which it was explained"), words.Language.choices)
    questions = several(_("What was asked and told"), list(words.CONSENT_QUESTIONS.items()))
    witness = text(_("Witness or interpreter"))
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
        named.choices = list(cases.NAMEABLE.items())
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
    """Step 4.1: who is at risk, severity by likelihood, and what is done about it."""

    form_id = sent_once()
    version = forms.IntegerField(widget=forms.HiddenInput)
    at_risk = several(_("Who is at risk?"), [])
    risk_items = several(_("What bears on the risk"), [])
    severity = choice(_("How severe would the harm be?"), [], required=False)
    likelihood = choice(_("How likely is it?"), [], required=False)
    level = choice(
        _("Level of risk"),
        words.Risk.choices,
        required=False,
        hint=_(
            "Leave it to severity by likelihood, or choose another level and say why. The table "
            "that makes a level of the two is a proposal: no source gives one."
        ),
    )
    reason = text(_("What is done, and why this level"), required=True, rows=3)
    consents_to_protection = choice(
        _("Told of the risks, does she or he accept the protection programme?"),
        YES_NO,
        required=False,
    )

    def __init__(self, *args: Any, definition: protocol.Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "es"
        for name in ("at_risk", "risk_items", "severity", "likelihood"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [
                (option.code, option.label.in_language(language))
                for option in definition.options.get(name, ())
            ]

    def clean(self) -> dict[str, Any]:
        """A level, or severity and likelihood, which give one."""
        told: dict[str, Any] = super().clean() or {}
        both = told.get("severity") and told.get("likelihood")
        if not told.get("level") and not both:
            self.add_error("level", _("Choose severity and likelihood, or a level."))
        return told

    def told(self) -> dict[str, Any]:
        """As the room `cases` takes it."""
        told = self.cleaned_data
        matrix = {
            name: told[name]
            for name in ("at_risk", "risk_items", "severity", "likelihood")
            if told[name]
        }
        accepts = _TRISTATE[told["consents_to_protection"]]
        if accepts is not None:
            matrix["consents_to_protection"] = accepts
        return {
            "version": told["version"],
            "level": told["level"] or cases.level_of(told["severity"], told["likelihood"]),
            "reason": told["reason"],
            "matrix": matrix,
            "form_id": told["form_id"],
        }


class AssignForm(forms.Form):
    """To whom a case is given."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    to_user = forms.ChoiceField(label=_("Officer"))
    note = text(_("Note for the next officer"), rows=3)

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to_user"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("nobody", _("Nobody")), *workers(own)]
        self.fields["to_user"].required = True

    def clean(self) -> dict[str, Any]:
        """A note needs somebody to read it."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("to_user") == "nobody" and told.get("note", "").strip():
            self.add_error("to_user", _("Choose who reads the note."))
        return told


def workers(institution: str) -> list[tuple[str, str]]:
    """Officers of an institution who work with cases."""
    return [
        (str(u.id), u.display_name)
        for u in members.colleagues(institution)
        if members.may(members.actor_of(u), members.Permission.CASE_WRITE)
    ]


class ShiftForm(forms.Form):
    """Several cases at the end of a shift, to one officer, with one note."""

    cases_given = several(_("Which cases?"), [])
    to_user = forms.ChoiceField(label=_("Officer"))
    note = text(_("Note for the next officer"), required=True, rows=4)

    def __init__(self, *args: Any, own: str, me: str, rows: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given, to = self.fields["cases_given"], self.fields["to_user"]
        assert isinstance(given, forms.MultipleChoiceField)
        assert isinstance(to, forms.ChoiceField)
        given.required = True
        given.choices = rows
        to.choices = [(id_, name) for id_, name in workers(own) if id_ != me]

    def versions(self) -> dict[UUID, int]:
        """Case -> the version that was read."""
        found = {}
        for value in self.cleaned_data["cases_given"]:
            case_id, version = value.split(":")
            found[UUID(case_id)] = int(version)
        return found


class CloseForm(forms.Form):
    """Step 7.5."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = choice(_("Why is the case closed?"), words.ClosureReason.choices)
    note = text(_("Note"), rows=3)


class ReasonForm(forms.Form):
    """An act that needs its reason written down."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = text(_("Reason"), required=True, rows=3)


class ChangeForm(forms.Form):
    """The situation changed."""

    form_id = sent_once()
    reason = choice(
        _("What kind of change?"),
        [
            ("situation_changed", _("The situation changed")),
            ("new_information", _("There is new information")),
            ("safety_of_person", _("The person's safety")),
        ],
    )
    note = text(_("What changed?"), required=True, rows=3)


class JourneyForm(forms.Form):
    """When the journey is planned to begin."""

    form_id = sent_once()
    travels_at = MomentInParts(label=_("Day and time of the journey"))


class ReferenceForm(forms.Form):
    """A case by its reference, sent by POST."""

    reference = text(_("Reference of the case"), required=True)


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
    track = forms.ChoiceField(
        label=_("Crime"), required=False, choices=[("", _("All")), *words.Track.choices]
    )
    situation = forms.ChoiceField(
        label=_("Situation"), required=False, choices=[("", _("All")), *words.Situation.choices]
    )
    overdue = forms.ChoiceField(
        label=_("Due dates"),
        required=False,
        choices=[("", _("All")), ("yes", _("With an overdue step"))],
    )
    reference = forms.CharField(label=_("Reference"), required=False, max_length=20)
