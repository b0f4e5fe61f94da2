"""The check of translations finds what it must find."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message

TOOLS = Path(__file__).resolve().parent.parent.parent / "tools"


def _tool(name: str) -> ModuleType:
    sys.path.insert(0, str(TOOLS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(TOOLS))


check = _tool("check_translations")
catalogues = _tool("catalogues")


def findings(english: str, translated: str, language: str = "es", **more: object) -> str:
    message = Message(english, translated, **more)  # type: ignore[arg-type]
    return " ".join(check.wrong_message(message, language))


@pytest.mark.parametrize(
    ("english", "translated", "language"),
    [
        ("Trafficking in persons", "Trata de personas", "es"),
        ("Trafficking in persons", "Tráfico de pessoas", "pt_BR"),
        ("Smuggling of migrants", "Tráfico ilícito de migrantes", "es"),
        ("Smuggling of migrants", "Contrabando de migrantes", "pt_BR"),
        ("%(count)s cases", "%(count)s casos", "es"),
        ("First surname", "Primeiro sobrenome", "pt_BR"),
    ],
)
def test_right_words_pass(english: str, translated: str, language: str) -> None:
    assert findings(english, translated, language) == ""


@pytest.mark.parametrize(
    ("english", "translated", "language"),
    [
        ("Trafficking in persons", "Tráfico de personas", "es"),
        ("Smuggling of migrants", "Contrabando de migrantes", "es"),
        ("Smuggling of migrants", "Tráfico de migrantes", "pt_BR"),
        ("Trafficking in persons", "Trata de pessoas", "pt_BR"),
        ("Victims", "Víctimas de tráfico", "es"),
        ("First surname", "Primeiro apelido", "pt_BR"),
        ("Consular office", "Oficina consular", "pt_BR"),
        ("%(count)s cases", "%(cuenta)s casos", "es"),
        ("Cases", "", "es"),
    ],
)
def test_wrong_words_are_found(english: str, translated: str, language: str) -> None:
    assert findings(english, translated, language)


def test_fuzzy_is_found() -> None:
    assert "fuzzy" in findings("Cases", "Casos", flags=["fuzzy"])


def test_missing_and_unused_messages_are_found() -> None:
    place = catalogues.places()[0]
    said, have = Catalog(), Catalog(locale="es")
    said.add("New")
    have.add("Old", "Viejo")
    found = list(check.wrong_catalogue(place, "es", said, have))
    assert any("missing: New" in line for line in found)
    assert any("no longer used: Old" in line for line in found)


def test_one_message_cannot_have_two_translations() -> None:
    one, other = Catalog(locale="es"), Catalog(locale="es")
    one.add("File", "Archivo")
    other.add("File", "Expediente")
    assert list(check.wrong_between_rooms([("a", "es", one), ("b", "es", other)]))
    assert not list(check.wrong_between_rooms([("a", "es", one), ("b", "es", one)]))


def test_templates_are_read_with_names_and_contexts(tmp_path: Path) -> None:
    folder = tmp_path / "ayni" / "templates"
    folder.mkdir(parents=True)
    (folder / "a.html").write_text(
        "<p>\n   {% if x %}\n {% translate 'One' context 'way' %}\n"
        "      {% blocktranslate trimmed %}\n Two {{ name }}\n {% endblocktranslate %}\n{% endif %}"
    )
    place = catalogues.Place("shared", (folder,), tmp_path)
    found = {(m.id, m.context) for m in catalogues.extract(place, tmp_path) if m.id}
    assert found == {("One", "way"), ("Two %(name)s", None)}
