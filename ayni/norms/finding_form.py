"""What a focal point has read of the own state's law. No personal data: there is no field for
any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.norms.finding_kind import LARGEST_REFERENCE, LARGEST_TEXT
from ayni.norms.findings import LawRead
from ayni.norms.model import TransferGround
from ayni.norms.stating_form import ReadForm
from ayni.norms.wording import GROUNDS, PROVIDES

_YES, _NO = "yes", "no"
_SOME, _NONE, _UNSAID = "some", "none", "unsaid"


class FindingForm(ReadForm):
    """What the law says, where and when it was read."""

    field_order: tuple[str, ...] = (
        "provides", "text", "language", "reference", "source", "read", "version",
    )  # fmt: skip

    provides = forms.ChoiceField(
        label=_("Does the law of your state provide for it?"),
        choices=[(_YES, PROVIDES[True]), (_NO, PROVIDES[False])],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What does it say?"),
        help_text=_("In one or two sentences. Without names of persons."),
        max_length=LARGEST_TEXT,
        min_length=3,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reference = forms.CharField(
        label=_("Law and article"),
        help_text=_("As they are cited. Leave it empty if the law does not provide for it."),
        max_length=LARGEST_REFERENCE,
        required=False,
    )

    def told(self) -> LawRead:
        """What the room takes."""
        told = self.cleaned_data
        return LawRead(
            provides=told["provides"] == _YES,
            text=told["text"],
            language=told["language"],
            reference=told["reference"],
            source=told["source"],
            read=told["read"],
        )


class TransferLawForm(FindingForm):
    """The same of a law on personal data, and what lets data leave the state by it."""

    field_order = (
        "provides", "text", "language", "reference", "rule", "grounds", "source", "read", "version",
    )  # fmt: skip

    rule = forms.ChoiceField(
        label=_("Does the law say what lets personal data leave your state?"),
        help_text=_(
            "Say it only if you have read the whole rule and can name its article above. All nodes "
            "then go by it: what you do not tick counts as not listed by your law."
        ),
        choices=[
            (_SOME, _("Yes: what I tick below, and nothing else")),
            (_NONE, _("The whole law was read, and it names nothing")),
            (_UNSAID, _("I do not say it here: the register holds")),
        ],
        initial=_UNSAID,
        widget=forms.RadioSelect,
    )
    grounds = forms.MultipleChoiceField(
        label=_("What lets personal data leave your state?"),
        choices=[(each.value, GROUNDS[each]) for each in TransferGround],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        """Something is ticked if, and only if, the law names something; and it has an article."""
        found = super().clean() or {}
        rule, ticked = found.get("rule"), found.get("grounds")
        if rule == _SOME and not ticked:
            self.add_error("grounds", _("Tick what the law names, or say that it names nothing."))
        elif rule in (_NONE, _UNSAID) and ticked:
            self.add_error("rule", _("Something is ticked below: say that the law names it."))
        if rule in (_SOME, _NONE) and not found.get("reference") and "reference" not in self.errors:
            self.add_error("reference", _("Name the law and the article that says it."))
        return found

    def told(self) -> LawRead:
        """What the room takes."""
        told = self.cleaned_data
        said = None if told["rule"] == _UNSAID else frozenset(map(TransferGround, told["grounds"]))
        return replace(super().told(), grounds=said)


def held(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was published, as the form holds it."""
    grounds = said.get("grounds")
    rule = _UNSAID if grounds is None else _SOME if grounds else _NONE
    return {**said, "provides": _YES if said["provides"] else _NO, "rule": rule}
