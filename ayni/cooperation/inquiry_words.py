"""Words for handling codes and for the languages of free text, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.exchange.api import Handling, Onward, See
from ayni.lib.errors import Text

LANGUAGES: Mapping[str, Text] = {
    "es": gettext_lazy("Spanish"),
    "pt": gettext_lazy("Portuguese"),
    "en": gettext_lazy("English"),
    "gn": gettext_lazy("Guaraní"),
    "qu": gettext_lazy("Quechua"),
    "ay": gettext_lazy("Aymara"),
}
SEE: Mapping[See, Text] = {
    See.INSTITUTION: gettext_lazy("Every officer there who handles such messages"),
    See.HANDLER: gettext_lazy("Only the officer who handles it there"),
}
ONWARD: Mapping[Onward, Text] = {
    Onward.CONSENT: gettext_lazy("Yes, to whom the person consents"),
    Onward.STATE: gettext_lazy("Only inside their own state, with the person's consent"),
    Onward.NONE: gettext_lazy("No, to nobody"),
}


def handling_text(handling: Handling, told: str) -> Iterator[str]:
    """What the codes of a message say beyond what always holds. `told`: `until` as the reader
    reads it."""
    if handling.see is See.HANDLER:
        yield _("Only the officer who handles it there may see it.")
    if handling.onward is Onward.NONE:
        yield _("It must not be passed on to anybody.")
    if handling.onward is Onward.STATE:
        yield _("It may be passed on inside the receiving state only.")
    if handling.until is not None:
        yield _("It may be read until %(until)s. Then it is destroyed there.") % {"until": told}
