"""Looking for planted words in everything a node has written, whatever their encoding."""

from __future__ import annotations

import base64
import hashlib
import json
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


def encodings(word: str) -> dict[str, tuple[bytes, bool]]:
    """How a word may look when it was written somewhere: name of the encoding -> (bytes, whether
    capital and small letters are alike in it, then the bytes are small)."""
    small = word.lower()
    forms = {
        "utf-8": (small.encode(), True),
        "utf-16le": (small.encode("utf-16-le"), True),
        "utf-16be": (small.encode("utf-16-be"), True),
        "json": (json.dumps(small)[1:-1].encode(), True),
        "address": (quote(small).lower().encode(), True),
    }
    # Base64 of a word depends on where it begins: three alignments, without the edges that mix
    # with the neighbours. Hexadecimal and Base64 keep the case of what was written.
    for name, spelt in (("", word), (" of small", small), (" of capitals", word.upper())):
        plain = spelt.encode()
        forms[f"hex{name}"] = (plain.hex().encode(), True)
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + plain)
            inner = coded[-(-shift * 8 // 6) : len(coded) // 4 * 4 - 4]
            forms[f"base64{name} (+{shift})"] = (inner, False)
            url = inner.replace(b"+", b"-").replace(b"/", b"_")
            forms[f"base64url{name} (+{shift})"] = (url, False)
    return forms


def search_bytes(data: bytes, markers: Mapping[str, str], where: str) -> list[Leak]:
    """Leaks in one piece of data. `markers`: what it stands for -> planted word."""
    found = []
    small = data.lower()
    for marker, word in markers.items():
        seen: set[tuple[bytes, bool]] = set()
        for name, (form, alike) in encodings(word).items():
            if (form, alike) in seen:
                continue
            seen.add((form, alike))
            if form in (small if alike else data):
                found.append(Leak(marker, name, where))
                break
    return found


def search_folder(folder: Path, markers: Mapping[str, str]) -> tuple[list[Leak], int, int]:
    """Leaks in every file below a folder; how many files and bytes were read."""
    leaks: list[Leak] = []
    files = size = 0
    seen: set[bytes] = set()  # PostgreSQL's template databases are alike
    for path in _files(folder):
        length = path.stat().st_size
        files, size = files + 1, size + length
        data = path.read_bytes()
        print_of = hashlib.sha256(data).digest()
        if print_of not in seen:
            seen.add(print_of)
            leaks += search_bytes(data, markers, str(path.relative_to(folder)))
    return leaks, files, size


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
