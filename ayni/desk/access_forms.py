"""Forms about who else may open a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.desk.forms import text, workers


class LetInForm(forms.Form):
    """To which colleague a case is opened as well."""

    officer = forms.ChoiceField(label=_("Colleague"))

    def __init__(self, *args: Any, own: str, but: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["officer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices = [(id_, name) for id_, name in workers(own) if id_ not in but]
        self.anybody = bool(choices)


class BreakGlassForm(forms.Form):
    """Why a closed case is opened in an emergency."""

    reason = text(
        _("What happened, and why can it not wait?"),
        required=True,
        rows=4,
        hint=_("The data protection officer reads it. Do not write the person's name."),
    )
    understood = forms.BooleanField(
        label=_(
            "I know that every page I open is recorded, that it is looked into, and that the "
            "person is told."
        )
    )


class SeenForm(forms.Form):
    """What the data protection officer makes of a broken glass."""

    withheld = text(
        _("Legal ground for not telling the person yet"),
        rows=2,
        hint=_("Leave it empty and she or he is told from now on. Only a legal ground delays it."),
    )
