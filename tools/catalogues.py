"""Catalogues of messages: where they lie and what the code says. Used by the three tools beside it.

Each room has `ayni/ROOM/locale/{es,pt_BR}/LC_MESSAGES/django.po`; shared templates and `config`
have `ayni/locale/`. Messages are written in English in the code. Babel reads Python; templates
first go through Django's own `templatize`. No system gettext is needed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as read_messages
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("es", "pt_BR")
SHARED = "shared"
KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADER = "# Ayni: {room}, {language}.\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the messages of one room come from and where its catalogues lie."""

    room: str
    sources: tuple[Path, ...]
    locale: Path

    def catalogue(self, language: str) -> Path:
        """Path of the .po file of a language."""
        return self.locale / language / "LC_MESSAGES" / "django.po"


def places(root: Path = ROOT) -> list[Place]:
    """All rooms, and what they share."""
    ayni = root / "ayni"
    shared = (ayni / "templates", ayni / "config")
    found = [Place(SHARED, shared, ayni / "locale")]
    for folder in sorted(ayni.iterdir()):
        if folder.is_dir() and (folder / "__init__.py").exists() and folder.name != "config":
            found.append(Place(folder.name, (folder,), folder / "locale"))
    return found


def _files(place: Place) -> Iterator[Path]:
    for folder in place.sources:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def _python_source(path: Path) -> str | None:
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        return text if "gettext" in text else None
    if "translate" not in text and "trans " not in text:
        return None
    # What is no message became blanks and letters: its indentation means nothing to Python.
    return "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())


def extract(place: Place, root: Path = ROOT) -> Catalog:
    """The messages that the room's code and templates say, in English."""
    said = Catalog(charset="utf-8")
    for path in _files(place):
        source = _python_source(path)
        if source is None:
            continue
        name = path.relative_to(root).as_posix()
        options = {"encoding": "utf-8"}
        for _line, message, comments, context in read_messages(
            "python",
            io.BytesIO(source.encode()),
            keywords=KEYWORDS,  # type: ignore[arg-type]
            comment_tags=("Translators:",),
            options=options,
        ):
            said.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return said


def load(place: Place, language: str) -> Catalog:
    """The room's catalogue in a language; an empty one if there is none."""
    path = place.catalogue(language)
    if not path.is_file():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8", abort_invalid=True)


def save(place: Place, language: str, catalogue: Catalog) -> None:
    """Write a catalogue without dates or line numbers, so that only words make a difference."""
    path = place.catalogue(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(
        out,
        catalogue,
        width=100,
        omit_header=True,
        sort_output=True,
        include_lineno=False,
        no_location=True,
    )
    header = (
        HEADER.format(room=place.room, language=language)
        + 'msgid ""\nmsgstr ""\n'
        + '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        + f'"Language: {language}\\n"\n'
        + f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    path.write_bytes(header.encode() + out.getvalue())
