"""What a file is, by its content; nothing else than three kinds, and nothing unpacked."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cooperation.contents import MOST_PIXELS, FileType, NotTaken, Why, look
from tests.cooperation.files import (
    a_pdf,
    a_picture,
    a_png_that_says,
    a_text_bomb,
    an_archive,
)

GOOD = {
    FileType.PDF: a_pdf(),
    FileType.JPEG: a_picture("JPEG"),
    FileType.PNG: a_picture("PNG"),
}


def _cut(content: bytes, at: int) -> Iterator[bytes]:
    for start in range(0, len(content), at):
        yield content[start : start + at]


@given(st.sampled_from(sorted(GOOD)), st.integers(1, 5000))
def test_the_three_kinds_are_known_however_they_are_cut(kind: str, at: int) -> None:
    assert look(_cut(GOOD[FileType(kind)], at), declared=kind) == kind


@given(st.sampled_from(sorted(GOOD)), st.sampled_from(sorted(GOOD)))
def test_what_is_said_to_be_another_kind_is_not_taken(kind: str, said: str) -> None:
    if kind != said:
        with pytest.raises(NotTaken) as refusal:
            look([GOOD[FileType(kind)]], declared=said)
        assert refusal.value.why is Why.DIFFERS


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello", Why.UNKNOWN),
        (b"MZ" + bytes(200), Why.UNKNOWN),
        (b"<html><script>alert(1)</script></html>", Why.UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Why.UNKNOWN),
        (a_picture("GIF"), Why.UNKNOWN),
        (a_picture("TIFF"), Why.UNKNOWN),
        (an_archive(), Why.UNKNOWN),
        (a_pdf() + an_archive(), Why.ARCHIVE),
        (a_picture() + an_archive(), Why.ARCHIVE),
        (a_picture("PNG") + b"more", Why.UNREADABLE),
        (a_picture("PNG")[:40], Why.UNREADABLE),
        (b"\xff\xd8\xff\xe0" + bytes(500), Why.UNREADABLE),
        (a_pdf()[:-10], Why.UNREADABLE),
        (a_pdf(b"/JavaScript (app.alert(1))"), Why.ACTIVE),
        (a_pdf(b"/Launch /F (calc.exe)"), Why.ACTIVE),
        (a_pdf(b"/EmbeddedFile"), Why.ACTIVE),
        (a_png_that_says(60_000, 60_000), Why.PIXELS),
        (a_png_that_says(MOST_PIXELS + 1, 1), Why.PIXELS),
    ],
    ids=lambda v: v if isinstance(v, Why) else f"{v[:12]!r}",
)
def test_anything_else_is_not_taken(content: bytes, why: Why) -> None:
    with pytest.raises(NotTaken) as refusal:
        look([content])

    assert refusal.value.why is why


@given(st.integers(1, 40))
def test_what_is_active_is_seen_also_across_a_cut(at: int) -> None:
    with pytest.raises(NotTaken):
        look(_cut(a_pdf(b"/JavaScript"), at))


def test_a_picture_of_a_telephone_is_not_too_large() -> None:
    assert look([a_png_that_says(12_000, 9_000)]) is FileType.PNG


def test_a_bomb_is_not_unpacked() -> None:
    bomb = a_text_bomb()
    tracemalloc.start()
    with pytest.raises(NotTaken):
        look([bomb])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 8 * 1024 * 1024


def test_a_header_without_end_is_not_read_to_its_end() -> None:
    """Sixty megabytes of segments before the picture: what is looked at has a limit."""
    segment = b"\xff\xe2\xff\xff" + bytes(65_533)
    parts = (segment for _ in range(1000))
    looking = (part for group in ([b"\xff\xd8"], parts) for part in group)
    tracemalloc.start()
    with pytest.raises(NotTaken):
        look(looking)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 16 * 1024 * 1024


@given(
    st.binary(max_size=600),
    st.sampled_from([b"", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]),
)
def test_no_bytes_make_it_fail_otherwise(rest: bytes, begins: bytes) -> None:
    try:
        look([begins + rest])
    except NotTaken:
        pass
