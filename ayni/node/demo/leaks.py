"""Looking for planted words in everything a node has written, whatever their encoding."""

from __future__ import annotations

import base64
import json
import mmap
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Leak:
    """A planted word that was found. `where` is a file's path or the name of a dump."""

    marker: str
    encoding: str
    where: str


def encodings(word: str) -> dict[str, bytes]:
    """How a word may look when it was written somewhere: name of the encoding -> bytes."""
    plain = word.encode()
    forms = {
        "utf-8": plain,
        "utf-8 (small)": word.lower().encode(),
        "utf-8 (capital)": word.upper().encode(),
        "utf-16le": word.encode("utf-16-le"),
        "utf-16be": word.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "hex (capital)": plain.hex().upper().encode(),
        "json": json.dumps(word)[1:-1].encode(),
        "address": quote(word).encode(),
    }
    # Base64 of a word depends on where it begins: three alignments, without the edges that mix
    # with the neighbours.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        inner = coded[-(-shift * 8 // 6) : len(coded) // 4 * 4 - 4]
        forms[f"base64 (+{shift})"] = inner
        forms[f"base64url (+{shift})"] = inner.replace(b"+", b"-").replace(b"/", b"_")
    return forms


def search_bytes(data: bytes | mmap.mmap, markers: Mapping[str, str], where: str) -> list[Leak]:
    """Leaks in one piece of data. `markers`: what it stands for -> planted word."""
    found = []
    for marker, word in markers.items():
        by_form = encodings(word)
        pattern = re.compile(b"|".join(re.escape(form) for form in set(by_form.values())))
        hit = pattern.search(data)
        if hit is not None:
            name = next(name for name, form in by_form.items() if form == hit.group())
            found.append(Leak(marker, name, where))
    return found


def search_folder(folder: Path, markers: Mapping[str, str]) -> tuple[list[Leak], int, int]:
    """Leaks in every file below a folder; how many files and bytes were read."""
    leaks: list[Leak] = []
    files = size = 0
    for path in _files(folder):
        length = path.stat().st_size
        files, size = files + 1, size + length
        if length:
            with (
                path.open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
            ):
                leaks += search_bytes(data, markers, str(path.relative_to(folder)))
    return leaks, files, size


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
