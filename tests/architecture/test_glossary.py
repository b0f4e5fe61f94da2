"""The glossary's names are those of the code, and no domain data mixes the two crimes."""

from __future__ import annotations

import json
import re

import pytest
from ruamel.yaml import YAML

from ayni.members import api as members
from ayni.norms import api as norms
from tests.architecture.rooms import AYNI, ROOT, tracked

_ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
GLOSSARY = {
    code: (english.strip(), spanish.strip(), portuguese.strip())
    for code, english, spanish, portuguese in _ROW.findall(
        (ROOT / "GLOSSARY.md").read_text("utf-8")
    )
}
# Spanish and Portuguese: the bare word tells neither which crime nor whose.
BARE = {
    "es": re.compile(r"\btráfico\b(?!\s+ilícito de migrantes)|\bcontrabando\b", re.IGNORECASE),
    "pt": re.compile(r"\btráfico\b(?!\s+de pessoas)|\btrata de\b", re.IGNORECASE),
}


def _words_of_the_code() -> set[str]:
    text = "\n".join(path.read_text("utf-8") for path in tracked(".py") if AYNI in path.parents)
    words: set[str] = set()
    for word in re.findall(r"[A-Za-z_]\w*", text):
        snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", word).lower()
        words |= {word.lower(), snake, *snake.split("_")}
    return words


def test_every_name_of_the_glossary_is_a_name_of_the_code() -> None:
    words = _words_of_the_code()
    # Designed and not yet in code: the platform's own meetings come with the room `agenda`.
    later = {"plenary"}

    missing = {
        code
        for code in GLOSSARY
        if not {code, f"{code}s"} & words and not set(code.split("_")) <= words
    }
    assert missing <= later


def test_every_term_has_its_three_languages_and_none_stands_twice() -> None:
    rows = _ROW.findall((ROOT / "GLOSSARY.md").read_text("utf-8"))

    assert len(rows) == len(GLOSSARY) > 60
    for words in GLOSSARY.values():
        assert all(words)


@pytest.mark.parametrize("code", [str(each) for each in (*norms.Crime, *norms.Subject)])
def test_every_crime_and_subject_of_the_resolver_is_in_the_glossary(code: str) -> None:
    assert code in GLOSSARY


def test_the_two_crimes_have_their_fixed_words() -> None:
    assert GLOSSARY["trafficking"] == (
        "trafficking in persons", "trata de personas", "tráfico de pessoas",
    )  # fmt: skip
    assert GLOSSARY["smuggling"] == (
        "smuggling of migrants", "tráfico ilícito de migrantes", "contrabando de migrantes",
    )  # fmt: skip


def test_kinds_of_institutions_are_in_the_glossary() -> None:
    known = set(GLOSSARY) | {"consulate", "ministry"}

    assert {kind.value for kind in members.InstitutionKind} <= known


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "lucha contra el tráfico"),
        ("es", "contrabando de migrantes"),
        ("pt", "tráfico de migrantes"),
        ("pt", "trata de pessoas"),
    ],
)
def test_the_pattern_finds_the_wrong_word(language: str, text: str) -> None:
    assert BARE[language].search(text)


def _texts(value: object, language: str) -> list[str]:
    if isinstance(value, dict):
        own = [value[language]] if isinstance(value.get(language), str) else []
        return own + [text for inner in value.values() for text in _texts(inner, language)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner, language)]
    return []


@pytest.mark.parametrize("language", ["es", "pt"])
def test_domain_data_never_uses_the_bare_word(language: str) -> None:
    wrong = []
    for path in tracked(".yaml"):
        if AYNI not in path.parents:
            continue
        data = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
        data = json.loads(json.dumps(data, default=str))
        wrong += [
            f"{path.name}: {text[:80]}"
            for text in _texts(data, language)
            if BARE[language].search(text)
        ]

    assert not wrong
