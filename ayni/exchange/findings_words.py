"""What `ayni evidence verify` found, in the language of the terminal: the place and the reason of a
problem, which the judges keep as data (`said.py`)."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from ayni.exchange.errors import Malformed
from ayni.exchange.findings import Problem
from ayni.exchange.said import Said
from ayni.lib.terminal import gettext_noop

_PLACES = (
    (r"bundle", gettext_noop("the file")),
    (r"told", gettext_noop("what the other node told")),
    (r"message (?P<node>\S+) (?P<number>\d+)", gettext_noop("message %(node)s %(number)s")),
    (r"message (?P<number>\d+) of the file", gettext_noop("message %(number)s of the file")),
    (r"directory (?P<number>\d+)", gettext_noop("directory %(number)s")),
    (r"key sheet", gettext_noop("a key sheet")),
    (r"key sheet (?P<node>\S+) (?P<number>\d+)", gettext_noop("key sheet %(node)s %(number)s")),
    (r"head of the log", gettext_noop("a head of the log")),
    (r"kept head", gettext_noop("a head that another node keeps")),
    (r"head (?P<number>\d+) of (?P<node>\S+)", gettext_noop("head %(number)s of %(node)s")),
    (r"proof of (?P<id>\S+)", gettext_noop("the proof of message %(id)s")),
)


def place(where: str) -> str:
    """Where something stands (`Problem.where`); a place of another form as it is."""
    for form, words in _PLACES:
        found = re.fullmatch(form, where)
        if found:
            return _(words) % found.groupdict()
    return where


def why(code: str, reason: str) -> str:
    """A reason with its parts in the reader's language. What is not of the form that wire.md asks
    for is told with the word that an expert finds there, in English."""
    if isinstance(reason, Said):
        return _(reason.template) % reason.parts if reason.parts else _(reason.template)
    if code == Malformed.code:
        return _("not of the form that is prescribed: %(detail)s") % {"detail": reason}
    return reason


def problem(found: Problem) -> str:
    """One line: where, why, and the code that `--json` says too."""
    return f"{place(found.where)}: {why(found.code, found.why)} ({found.code})"
