"""Files of published releases, as they are kept; the large ones are made before anybody asks.

A workbook of 50,000 open records takes seconds, and whoever asks for one at an address is not to
wait for longer than one. So a job makes the workbooks of the newest large releases in each language
of the public pages; of what it has not come to yet, and of older ones, the first who asks waits.
"""

from __future__ import annotations

from typing import BinaryIO

from django.utils import translation

from ayni.gazette.api import Published
from ayni.statistics import api as statistics
from ayni.statistics import releases as released
from ayni.statistics.errors import FilesBusy, NotRegular
from ayni.statistics.pages import kept_files, release_files
from ayni.statistics.releasing.errors import UnknownRelease

# Language in the address -> Django's code.
CODES = {"es": "es", "pt": "pt-br", "en": "en"}
LARGE = (
    250_000  # bytes of a content: some 4,000 open records, of which a workbook takes half a second
)
MOST_PREPARED = 5  # releases: in three languages their workbooks take less than a tenth of the room
_MOST_REMEMBERED = 1_000
_not_regular: set[str] = set()  # digests of entries


def opened(entry: Published, kind: str, language: str) -> BinaryIO:
    """A release as a file, made if it is not there. Raises `FilesBusy`, `NoParquet`, `NotRegular`,
    `UnknownRelease`."""
    if entry.digest in _not_regular:
        raise NotRegular
    try:
        return kept_files.opened(name_of(entry, kind, language), lambda: _packed(entry, kind))
    except NotRegular:
        _remember(entry)
        raise


def prepare(*, least: int = LARGE) -> int:
    """Make the workbooks that are not there of the newest releases of which the content has `least`
    bytes or more; how many were made."""
    large = [each for each in released.published_releases() if each.said.body["size"] >= least]
    made = 0
    for entry in large[:MOST_PREPARED]:
        for language, code in CODES.items():
            if kept_files.is_kept(name_of(entry, "xlsx", language)):
                continue
            try:
                with translation.override(code), opened(entry, "xlsx", language):
                    made += 1
            except (NotRegular, UnknownRelease):  # its page says so
                break
            except FilesBusy:  # another one is being made: next time
                return made
    return made


def name_of(entry: Published, kind: str, language: str) -> str:
    """The name under which it is kept."""
    return kept_files.name_of(
        sha256=entry.said.body["sha256"], entry=entry.digest, kind=kind, language=language,
        program=kept_files.program(),
    )  # fmt: skip


def _remember(entry: Published) -> None:
    """That no file can be made of it, ever: what is found is not read again for each who asks."""
    if len(_not_regular) >= _MOST_REMEMBERED:
        _not_regular.clear()
    _not_regular.add(entry.digest)


def _packed(entry: Published, kind: str) -> bytes:
    """A file, made anew. Raises `UnknownRelease`, `NotRegular`, `NoParquet`."""
    kept_files.keep_only(released.shown_digests())
    found, content = statistics.published_release(owner=entry.said.owner, key=entry.said.key)
    return release_files.packed(found, content, statistics.published_bytes(found), kind)
