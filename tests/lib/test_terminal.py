"""A command speaks the language that the terminal names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ayni.lib import terminal

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "es_AR.UTF-8"}, "es"),
        ({"LANG": "pt_BR.UTF-8"}, "pt-br"),
        ({"LANG": "PT-br"}, "pt-br"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "es_AR.UTF-8", "LC_MESSAGES": "pt_BR.UTF-8"}, "pt-br"),
        ({"LANG": "es_AR.UTF-8", "LC_MESSAGES": "pt_BR.UTF-8", "LC_ALL": "en_US"}, "en"),
        ({"LANG": "es_AR.UTF-8", "LC_ALL": ""}, "es"),
        ({"LANG": "es_AR.UTF-8", "LANGUAGE": "gn:pt:en"}, "pt-br"),
        ({"LANG": "es_AR.UTF-8", "LANGUAGE": "gn:qu"}, "es"),
        ({"LANG": "essential"}, "en"),
    ],
)
def test_the_first_language_of_ours_that_the_terminal_names_is_spoken(
    environment: dict[str, str], spoken: str
) -> None:
    assert terminal.language(environment) == spoken


@pytest.mark.parametrize(
    ("language", "said"),
    [("es", "se necesita PostgreSQL 15 o posterior"),
     ("pt", "é necessário PostgreSQL 15 ou posterior"),
     ("en", "PostgreSQL 15 or newer is needed")],
)  # fmt: skip
def test_a_message_is_said_from_the_rooms_own_catalogue(
    monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    say = terminal.speaker(ROOT / "ayni" / "node" / "locale")

    assert say("PostgreSQL 15 or newer is needed") == said
    assert say("a message that nobody translated") == "a message that nobody translated"


def test_the_rooms_messages_follow_the_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from ayni.lib.errors import NotFound

    monkeypatch.setenv("LANGUAGE", "pt")
    with terminal.speaking():
        assert str(NotFound()) == "Não foi encontrado, ou você não pode ver."
