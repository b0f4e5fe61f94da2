"""Checks that the interface is complete in Spanish and Portuguese and keeps to the glossary.

Fails on a message that is missing, empty, fuzzy or no longer used; on placeholders that differ;
on one message translated differently in two rooms; on words that the glossary forbids (the two
crimes must never be mixed: Spanish and Portuguese *trafico* are false friends).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from catalogues import LANGUAGES, ROOT, Place, extract, load, places

_PLACEHOLDER = re.compile(r"%\([^)]+\)[a-z]|%[sd]|\{[a-z_0-9]*\}|<[^>]+>")

_SAY_WHAT = "say who did what: this word does not tell which crime"
# language -> (pattern that must not occur, why)
FORBIDDEN = {
    "es": (
        (
            r"\btráfico\b(?! ilícito de migrantes\b)",
            "write trata de personas or tráfico ilícito de migrantes",
        ),
        (r"\bcontrabando\b", "in Spanish: tráfico ilícito de migrantes"),
        (r"\btraficantes?\b|\btraficad[oa]s?\b", _SAY_WHAT),
    ),
    "pt_BR": (
        (
            r"\btráfico\b(?! de pessoas\b)",
            "write tráfico de pessoas or contrabando de migrantes",
        ),
        (r"\btrata de pessoas\b|\btráfico ilícito\b", "Spanish terms with another meaning"),
        (r"\bcontrabando\b(?! de migrantes\b)", "write contrabando de migrantes"),
        (r"\btraficantes?\b|\btraficad[oa]s?\b", _SAY_WHAT),
    ),
}

# English words -> language -> what the translation must contain
GLOSSARY = (
    ("trafficking in persons", {"es": "trata de personas", "pt_BR": "tráfico de pessoas"}),
    (
        "smuggling of migrants",
        {"es": "tráfico ilícito de migrantes", "pt_BR": "contrabando de migrantes"},
    ),
    ("surname", {"es": "apellido", "pt_BR": "sobrenome"}),
)

# English word -> language -> false friends that must not stand for it
FALSE_FRIENDS = (
    ("surname", "pt_BR", r"\bapelidos?\b"),
    ("office", "pt_BR", r"\boficinas?\b"),
    ("file", "pt_BR", r"\bexpedientes?\b"),
    ("nickname", "es", r"\bapellidos?\b"),
    ("shelter", "pt_BR", r"\balbergue infantil\b"),
)

# Texts of protocol and help carry their own languages: lines `es: …` and `pt: …`.
DATA = ("help/data", "protocol/definitions")


def _texts(message: Message) -> tuple[list[str], list[str]]:
    source = list(message.id) if isinstance(message.id, (tuple, list)) else [str(message.id)]
    said = message.string
    target = list(said) if isinstance(said, (tuple, list)) else [str(said or "")]
    return source, target


def wrong_words(source: str, target: str, language: str) -> Iterator[str]:
    """Breaches of the glossary in one translation."""
    low, english = target.lower(), source.lower()
    for pattern, why in FORBIDDEN[language]:
        if re.search(pattern, low):
            yield why
    for term, wanted in GLOSSARY:
        if term in english and wanted[language] not in low:
            yield f"“{term}” must be “{wanted[language]}”"
    for word, only, pattern in FALSE_FRIENDS:
        if only == language and word in english and re.search(pattern, low):
            yield f"a false friend of “{word}”"


def wrong_message(message: Message, language: str) -> Iterator[str]:
    """What is wrong with one translated message; nothing if all is well."""
    source, target = _texts(message)
    if message.fuzzy:
        yield "marked fuzzy: read it and remove the mark"
    if not all(text.strip() for text in target):
        yield "no translation"
        return
    wanted = set(_PLACEHOLDER.findall(source[-1]))
    for text in target:
        found = set(_PLACEHOLDER.findall(text))
        plural = len(target) > 1 and text is target[0]
        if found != wanted and not (plural and found <= wanted):
            yield f"placeholders differ: {sorted(wanted)} and {sorted(found)}"
        yield from wrong_words(source[-1], text, language)


def wrong_catalogue(place: Place, language: str, said: Catalog, have: Catalog) -> Iterator[str]:
    """What is wrong with one catalogue, given the messages that the code says."""
    keys = {(str(m.id), m.context or "") for m in have if m.id}
    wanted = {(str(m.id), m.context or "") for m in said if m.id}
    for message, _context in sorted(wanted - keys):
        yield f"{place.room} {language}: missing: {message}"
    for message, _context in sorted(keys - wanted):
        yield f"{place.room} {language}: no longer used: {message}"
    if have.obsolete:
        yield f"{place.room} {language}: {len(have.obsolete)} obsolete entries"
    for message in have:
        if message.id:
            for why in wrong_message(message, language):
                yield f"{place.room} {language}: {message.id}: {why}"


def wrong_between_rooms(loaded: Iterable[tuple[str, str, Catalog]]) -> Iterator[str]:
    """Django merges all catalogues: one English message can have only one translation."""
    seen: dict[tuple[str, str, str], tuple[str, object]] = {}
    for room, language, catalogue in loaded:
        for message in catalogue:
            if not message.id or not message.string:
                continue
            key = (language, str(message.id), message.context or "")
            first_room, first = seen.setdefault(key, (room, message.string))
            if first != message.string:
                yield f"{room} {language}: {message.id}: translated differently in {first_room}"


def wrong_data(root: Path) -> Iterator[str]:
    """Forbidden words in the languages that data files carry."""
    line_of = re.compile(r"^\s*(?:- )?(es|pt):\s*(.+)$")
    for folder in DATA:
        for path in sorted((root / "ayni" / folder).glob("**/*.yaml")):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                found = line_of.match(line)
                if found:
                    language = "es" if found[1] == "es" else "pt_BR"
                    for why in wrong_words("", found[2], language):
                        yield f"{path.relative_to(root)}:{number}: {why}"


def main() -> int:
    """0 when nothing is wrong; otherwise 1 after a line for each finding."""
    findings: list[str] = []
    loaded = []
    for place in places():
        said = extract(place)
        for language in LANGUAGES:
            have = load(place, language)
            loaded.append((place.room, language, have))
            findings += wrong_catalogue(place, language, said, have)
    findings += wrong_between_rooms(loaded)
    findings += wrong_data(ROOT)
    for finding in findings:
        sys.stdout.write(finding + "\n")
    if findings:
        sys.stdout.write(
            f"{len(findings)} findings; tools/extract_messages.py --update adds what is missing\n"
        )
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
