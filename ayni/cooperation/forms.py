"""Forms of this room's pages. They parse; `api` decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.inquiry_words import ONWARD
from ayni.cooperation.pages import institution_name, state_name
from ayni.exchange.api import Handling, Onward
from ayni.lib import clock
from ayni.lib.forms import DateInParts
from ayni.members import api as members

words = cooperation.vocabulary


def _fields(names: Iterable[str]) -> list[tuple[str, Any]]:
    wanted = set(names)
    return [(name, label) for name, (_at, label) in cases.DISCLOSABLE.items() if name in wanted]


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)


def _several(label: Any, choices: Any = (), *, required: bool = True) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=required, widget=forms.CheckboxSelectMultiple
    )


class DraftForm(forms.Form):
    """A draft under one of the consents of the case."""

    consent = _choice(_("Under which consent?"), ())
    fields_to_send = _several(_("Which data may leave?"))
    onward = _choice(_("May they pass it on?"), [(c.value, told) for c, told in ONWARD.items()])

    def __init__(self, *args: Any, consents: Iterable[cases.ConsentView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.consents = {c.id: c for c in consents}
        self._choices("consent").choices = [
            (c.id, f"{institution_name(c.recipient_institution)}, {state_name(c.recipient_state)}")
            for c in self.consents.values()
        ]
        covered = {name for c in self.consents.values() for name in c.fields}
        self._choices("fields_to_send").choices = _fields(covered)
        self.initial.setdefault("fields_to_send", sorted(covered & set(cases.USUAL)))
        self.initial.setdefault("onward", Onward.CONSENT.value)
        if len(self.consents) == 1:
            self.initial.setdefault("consent", next(iter(self.consents)))

    def _choices(self, name: str) -> Any:
        return self.fields[name]

    def told(self) -> dict[str, Any]:
        """Arguments of `draft_referral`."""
        onward = Onward(self.cleaned_data["onward"])
        consent = self.consents[self.cleaned_data["consent"]]
        return {
            "recipient_state": consent.recipient_state,
            "recipient_institution": consent.recipient_institution,
            "fields": self.cleaned_data["fields_to_send"],
            "handling": None if onward is Onward.CONSENT else Handling(onward=onward),
        }


class RightForm(forms.Form):
    """What the person asks about her data, written down by an officer for her."""

    right = _choice(_("What does she or he ask?"), words.Right.choices)
    fields_wrong = _several(
        _("Which data are wrong, or meant?"), _fields(cases.DISCLOSABLE), required=False
    )
    asked = forms.CharField(
        label=_("In her or his own words"),
        help_text=_(
            "This stays here. Others who hold the data learn what is asked, not the words."
        ),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )

    def told(self) -> dict[str, Any]:
        """Arguments of `ask_right`."""
        told = self.cleaned_data
        return {"right": told["right"], "fields": told["fields_wrong"], "asked": told["asked"]}


class AnswerRightForm(forms.Form):
    """The answer to what a person asks about her data."""

    decision = _choice(_("Is it granted?"), words.RightDecision.choices)
    reason = _choice(_("Why?"), words.RightReason.choices)
    answer = forms.CharField(
        label=_("What the person reads"),
        help_text=_(
            "Plain words, and what she or he can do now. If a law is the reason, say which and "
            "where it can be read."
        ),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
    )


class EffectForm(forms.Form):
    """What becomes of data whose consent was withdrawn. That they were destroyed the software
    says by itself."""

    effect = _choice(
        _("What does your institution do with the data?"),
        [one for one in words.Effect.choices if one[0] != words.Effect.DESTROYED],
    )
    reason = _choice(_("Why?"), words.WhyKept.choices)


class DeclineForm(forms.Form):
    """Why it is declined."""

    reason = _choice(_("Why?"), words.DeclineReason.choices)


class WithdrawForm(forms.Form):
    """Why it is withdrawn."""

    reason = _choice(_("Why?"), words.WithdrawReason.choices)


class PauseForm(forms.Form):
    """Why and until when the time for the answer shall stand still."""

    reason = _choice(_("Why?"), words.PauseReason.choices)
    until_on = DateInParts(
        label=_("Until which day shall the time stand still?"),
        help_text=_("At most 30 days at a time, a proposal and not yet a rule."),
    )

    def clean_until_on(self) -> date:
        """The day lies ahead, and not too far."""
        day: date = self.cleaned_data["until_on"]
        if not cooperation.pause_fits(clock.now(), self._until(day)):
            raise forms.ValidationError(str(cooperation.NotAPause.reason))
        return day

    def told(self) -> dict[str, Any]:
        """Arguments of `ask_pause`."""
        return {
            "reason": self.cleaned_data["reason"],
            "until": self._until(self.cleaned_data["until_on"]),
        }

    def _until(self, day: date) -> datetime:
        return datetime.combine(day, time(23), UTC)


class EndPauseForm(forms.Form):
    """Why the time for the answer shall run again."""

    reason = _choice(_("Why?"), words.EndReason.choices)


class AnswerPauseForm(forms.Form):
    """Whether we agree that the time stands still."""

    decision = _choice(
        _("What do you decide?"),
        [
            ("agree", _("I agree: the time stands still until then")),
            ("refuse", _("I do not agree: the time goes on")),
        ],
    )


class AcceptForm(forms.Form):
    """Until when the outcome is reported."""

    agreed_on = DateInParts(
        label=_("Until when will you report the outcome?"),
        required=False,
        help_text=_("Leave empty for 16 days, a proposal and not yet a rule."),
    )

    def told(self) -> dict[str, Any]:
        """Arguments of `accept_referral`."""
        day = self.cleaned_data["agreed_on"]
        return {"agreed_at": None if day is None else self._until(day)}

    def _until(self, day: date) -> datetime:
        return datetime.combine(day, time(23), UTC)

    def clean(self) -> dict[str, Any]:
        """The day lies ahead: of now, or of the day on which it was agreed by letter."""
        told: dict[str, Any] = super().clean() or {}
        day, on = told.get("agreed_on"), told.get("on")
        since = clock.now() if on is None else datetime.combine(on, time(), UTC)
        if day is not None and not ("on" in self.fields and on is None):
            try:
                cooperation.check_agreed(self._until(day), since=since)
            except cooperation.NotADeadline as refusal:
                self.add_error("agreed_on", str(refusal.reason))
        return told


class AskMoreForm(forms.Form):
    """Which fields are asked for."""

    wanted = _several(_("Which data do you need?"), _fields(cases.DISCLOSABLE))


class AnswerMoreForm(forms.Form):
    """Which of the fields that were asked for are sent."""

    fields_to_send = _several(_("Which data may leave?"))

    def __init__(self, *args: Any, wanted: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["fields_to_send"]
        field.choices = _fields(wanted)


class FirstActionForm(forms.Form):
    """What was done first."""

    action = _choice(_("What was done?"), words.FirstAction.choices)


class OutcomeForm(forms.Form):
    """How it ended."""

    outcome = _choice(_("How did it end?"), words.Outcome.choices)


class FeedbackForm(forms.Form):
    """What the sender thinks of the answer."""

    timeliness = _choice(_("Was the answer in time?"), words.Rating.choices)
    effort = _choice(_("Was the effort enough?"), words.Rating.choices)


class RequestForm(forms.Form):
    """A request to an institution with which a referral is shared."""

    recipient = _choice(_("To whom?"), ())
    matter = _choice(_("What do you ask for?"), words.Matter.choices)
    will_recorded = forms.BooleanField(
        label=_("Her or his safety and will are recorded"),
        required=False,
        help_text=_("Without it step 2.3 stays open. It stays in this case and is not sent."),
    )
    her_will = forms.CharField(
        label=_("What the person wants"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It stays in this case and is not sent."),
    )

    def __init__(
        self,
        *args: Any,
        referrals: Iterable[cooperation.Referral],
        own_step: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not own_step:
            del self.fields["will_recorded"], self.fields["her_will"]
        field: Any = self.fields["recipient"]
        pairs = {(r.counterpart_state, r.counterpart_institution) for r in referrals}
        field.choices = [
            (f"{state}/{code}", institution_name(code)) for state, code in sorted(pairs)
        ]

    def told(self) -> dict[str, Any]:
        """Arguments of `send_request`."""
        state, _slash, code = self.cleaned_data["recipient"].partition("/")
        return {
            "recipient_state": state,
            "recipient_institution": code,
            "matter": self.cleaned_data["matter"],
            "answers": self._answers(),
        }

    def _answers(self) -> dict[str, Any]:
        """Of our own step: a box that is not ticked tells nothing."""
        told: dict[str, Any] = {}
        if self.cleaned_data.get("will_recorded"):
            told[cooperation.WILL] = True
        if self.cleaned_data.get("her_will"):
            told["her_will"] = self.cleaned_data["her_will"]
        return told


class ProtectForm(forms.Form):
    """Which further states must never learn of the person."""

    states = _several(_("Which states does she or he fear?"))

    def __init__(self, *args: Any, but: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["states"]
        known = set(but)
        field.choices = [
            (code, state.name) for code, state in members.states().items() if code not in known
        ]


class ProtectionEndForm(forms.Form):
    """From which states the protection shall end, and why."""

    states = _several(_("From which states shall the protection end?"))
    reason = forms.CharField(
        label=_("Why?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For the officer who decides. It is sealed with the case."),
    )

    def __init__(self, *args: Any, among: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["states"]
        field.choices = [(code, state_name(code)) for code in sorted(among)]


class DecideForm(forms.Form):
    """Whether another officer agrees that a protection ends."""

    decision = _choice(
        _("What do you decide?"),
        [
            ("keep", _("The protection stays as it is")),
            ("agree", _("I agree: the protection from these states ends")),
        ],
    )


class LetterForm(forms.Form):
    """To whom a printed letter goes, and in which language."""

    addressee = forms.CharField(label=_("Institution and address of the addressee"), max_length=200)
    language = _choice(
        _("Language of the letter"),
        [("es", _("Spanish")), ("pt-br", _("Portuguese")), ("en", _("English"))],
    )


def with_day(form: forms.Form) -> forms.Form:
    """The form of a move, and the day on which it was done (field `on`)."""
    form.fields["on"] = DateInParts(label=_("On which day?"))
    return form
