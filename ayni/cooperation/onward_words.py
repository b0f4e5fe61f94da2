"""Why data that came from another institution do not go on: which state must not have which of
them, and to whom all of it may go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from ayni.cases import api as cases
from ayni.members import api as members


def reason(withheld: Mapping[str, Sequence[str]], others: Sequence[str]) -> str:
    """In the reader's language. `withheld`: names of fields by the code of a state; `others`: codes
    of institutions, none where one alone was named or none remains."""
    named = "; ".join(
        f"{members.state_name(state)} ({', '.join(_label(name) for name in fields)})"
        for state, fields in withheld.items()
    )
    said = _(
        "The institution that sent these data does not let them be passed on to: %(named)s. Ask it "
        "to send them itself."
    ) % {"named": named}
    if not others:
        return said
    can = _(
        "Of those whom you chose it can go to: %(others)s. Choose these alone; nothing else has to "
        "change."
    ) % {"others": "; ".join(members.institution_name(code) for code in others)}
    return f"{said} {can}"


def _label(name: str) -> str:
    return str(cases.NAMEABLE.get(name, name))
