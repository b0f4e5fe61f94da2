"""Of which member."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.members import api as members


class OwnerForm(forms.Form):
    """Sent by GET: it holds no personal data."""

    optional_unmarked = True
    owner = forms.ChoiceField(label=_("Published by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ChoiceField)
        named = sorted((each.name, code) for code, each in members.states().items())
        field.choices = [
            ("", _("All members")),
            *((code, name) for name, code in named),
            (members.SECRETARIAT, _("Technical secretariat")),
        ]
