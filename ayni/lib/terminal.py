"""The language of whoever types a command: as the terminal says it, not as a browser does.

Commands speak before Django has its settings (a node in doubt has none), so the catalogues of the
rooms are read here without it.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

# Language of a locale's name -> our code, and the folder of its catalogue.
_SPOKEN = {"es": ("es", "es"), "pt": ("pt-br", "pt_BR"), "en": ("en", "")}
_NAMES = ("LC_ALL", "LC_MESSAGES", "LANG")


def language(environment: Mapping[str, str]) -> str:
    """`es`, `pt-br` or `en`: the first language of LANGUAGE that is one of ours, else that of the
    first of LC_ALL, LC_MESSAGES and LANG that is set; English for any other.

    Source: GNU gettext manual, "Specifying a Priority List of Languages".
    """
    return _SPOKEN[_spoken(environment)][0]


def _spoken(environment: Mapping[str, str]) -> str:
    locale = next((environment[name] for name in _NAMES if environment.get(name)), "")
    for wanted in [*environment.get("LANGUAGE", "").split(":"), locale]:
        code = wanted.strip().lower().replace("-", "_").partition(".")[0].partition("_")[0]
        if code in _SPOKEN:
            return code
    return "en"


@cache
def _catalogue(locale: Path, folder: str) -> gettext.NullTranslations:
    return gettext.translation("django", locale, languages=[folder], fallback=True)


def speaker(locale: Path) -> Callable[[str], str]:
    """What a room's commands say with: a message in English -> the same in the language of the
    terminal. `locale`: the folder of the room's catalogues."""

    def said(message: str) -> str:
        folder = _SPOKEN[_spoken(os.environ)][1]
        return _catalogue(locale, folder).gettext(message) if folder else message

    return said


def gettext_noop(message: str) -> str:
    """Marks a message of a pure file, which is translated where it is shown."""
    return message


@contextmanager
def speaking() -> Iterator[None]:
    """The rooms' own messages in the language of the terminal. Needs Django's settings."""
    from django.utils import translation

    with translation.override(language(os.environ)):
        yield
