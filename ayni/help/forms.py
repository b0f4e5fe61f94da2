"""What a member of the public can tell (protocol steps 1.1 and 1.2). Only one question must be
answered; nobody has to give a name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from ayni.help.vocabulary import AGES, INFORMANTS, METHODS, YES_NO_UNKNOWN
from ayni.lib.identifiers import new_id
from ayni.members import api as members

# ISO 639-1; names as their speakers write them.
TONGUES = (
    ("es", "Español"),
    ("pt", "Português"),
    ("qu", "Runasimi (quechua)"),
    ("ay", "Aymar aru (aymara)"),
    ("gn", "Avañe'ẽ (guaraní)"),
    ("en", "English"),
    ("", _("Another language")),
)


def _radios(choices: Any, label: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=choices, label=label, widget=forms.RadioSelect, required=False, **more
    )


def _line(label: Any, *, longest: int = 200, **more: Any) -> forms.CharField:
    # The browser must not offer what was typed here to the next person at this computer.
    widget = forms.TextInput({"autocomplete": "off"})
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget, **more)


class PublicNotice(forms.Form):
    """One page, one required question, safe contact before anything that identifies."""

    optional_unmarked = True  # the page says it once: only the first question must be answered
    form_id = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)
    narrative = forms.CharField(
        label=_("What is happening?"),
        help_text=_("Write as little or as much as you want, in any language."),
        max_length=10_000,
        widget=forms.Textarea({"rows": 6, "autocomplete": "off"}),
        error_messages={"required": _("Write a few words about what is happening.")},
    )
    danger_now = _radios(YES_NO_UNKNOWN, _("Is somebody in danger now?"))
    informant = _radios(INFORMANTS, _("Who is it about?"))
    country = forms.ChoiceField(label=_("In which country is the person?"), required=False)
    place = _line(
        _("In which place?"),
        help_text=_("A city, an address, or something that helps to find it."),
        longest=500,
    )
    about_name = _line(_("Name of the person who needs help"))
    about_age = _radios(AGES, _("How old is the person?"))
    method = _radios(METHODS, _("How can we reach you safely?"))
    address = _line(
        _("Telephone, e-mail, or name and telephone of the person you trust"),
        help_text=_("Only one that nobody who could harm you can see or answer."),
    )
    hours = _line(_("When is it safe to contact you?"))
    never = _line(_("When, or how, must we never contact you?"))
    safe_to_talk = _radios(YES_NO_UNKNOWN, _("Is it safe for you to talk now?"))
    who_listens = _line(_("Who could listen, or read your messages?"))
    our_word = _line(
        _("A word by which you know that it is us"),
        help_text=_("We say this word first. If we do not say it, it is not us."),
        longest=60,
    )
    language = _radios(TONGUES, _("In which language do you want to talk?"))
    name = _line(
        _("Your name"), help_text=_("You can leave this empty. You will be helped all the same.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = sorted((state.name, code) for code, state in members.states().items())
        country = self.fields["country"]
        if isinstance(country, forms.ChoiceField):
            country.choices = [
                ("", _("I do not know, or another country")),
                *((code, name) for name, code in states),
            ]
        self.fields["language"].initial = (translation.get_language() or "es")[:2]

    def clean(self) -> dict[str, Any]:
        """An address is needed for the way of contact that was chosen."""
        told = super().clean() or {}
        if told.get("method") in {"call", "message", "e_mail", "person"} and not told["address"]:
            self.add_error("address", _("Write where we can reach you, or choose no contact."))
        return told

    def told(self) -> dict[str, Any]:
        """The notice as the receiver expects it (fields of step 1.1 and 1.2)."""
        said = self.cleaned_data
        # Officers read a name; which language those of this node read is not the writer's choice.
        readers = "pt-br" if members.this_node() == "br" else "es"
        with translation.override(readers):
            return self._told(said)

    def _told(self, said: dict[str, Any]) -> dict[str, Any]:
        country = members.state(said["country"]).name if said["country"] else ""
        contact = {
            key: said[key]
            for key in ("method", "address", "hours", "never", "our_word", "who_listens")
            if said[key]
        }
        about: dict[str, Any] = {}
        if said["about_name"]:
            about["name"] = said["about_name"]
        if said["about_age"]:
            about["age"] = said["about_age"]
        indicators = ["danger_now"] if said["danger_now"] == "yes" else []
        return {
            "informant": said["informant"],
            "anonymous": not said["name"],
            "language": said["language"],
            "safe_to_talk": {"yes": True, "no": False}.get(said["safe_to_talk"]),
            "place": ": ".join(filter(None, (country, said["place"]))),
            "informant_name": said["name"],
            "contact": contact,
            "about": about,
            "narrative": said["narrative"],
            "indicators": indicators,
        }
