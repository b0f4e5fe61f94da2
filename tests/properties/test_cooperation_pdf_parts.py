"""A PDF is looked at in its compressed parts too, and never unpacked without an end."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cooperation import pdf_parts
from ayni.cooperation.contents import FileType, NotTaken, Why, look
from tests.cooperation.files import a_pdf, packed_in_a_pdf

HARMLESS = b"5 0 <</Type/Outlines/First 6 0 R>>"
ACTS = b"5 0 <</S/JavaScript/JS(app.alert(1))>>"


def why(content: bytes, at: int = 65_536) -> str:
    """What is said of it, however it is cut."""

    def cut() -> Iterator[bytes]:
        for start in range(0, len(content), at):
            yield content[start : start + at]

    try:
        return look(cut()).value
    except NotTaken as refused:
        return refused.why.value


def test_object_streams_are_read() -> None:
    assert why(packed_in_a_pdf(HARMLESS)) == FileType.PDF
    assert why(packed_in_a_pdf(ACTS)) == Why.ACTIVE


@pytest.mark.parametrize(
    "name",
    [b"/Launch", b"/EmbeddedFile", b"/EmbeddedFiles", b"/RichMedia", b"/Rendition",
     b"/Java#53cript", b"/#4aavaScript", b"/#4A#61vaScript", b"/SubmitForm", b"/ImportData"],
)  # fmt: skip
def test_every_way_to_act_is_seen_in_the_clear_and_packed(name: bytes) -> None:
    assert why(a_pdf(b"<<" + name + b">>")) == Why.ACTIVE
    assert why(packed_in_a_pdf(b"5 0 <<" + name + b">>")) == Why.ACTIVE


@pytest.mark.parametrize(
    "names",
    [
        b"/Type/ObjStm/N 1/First 4", b"/N 1/First 4", b"/N 1/F#69rst 4", b"", b"/Type/Obj#53tm",
    ],
)  # fmt: skip
def test_a_stream_need_not_say_that_it_holds_objects(names: bytes) -> None:
    assert why(packed_in_a_pdf(ACTS, names=names)) == Why.ACTIVE


@pytest.mark.parametrize(
    "names",
    [
        b"/Type/ObjStm/N 1/First 4/DecodeParms<</Predictor 12>>",
        b"/Type/ObjStm/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]",
        b"/Type/ObjStm/N 1/First 4/Filter[/FlateDecode/FlateDecode]",
        b"/N 1/First 4/Filter/LZWDecode",
        b"/N 1/First 4/F(elsewhere.bin)",
    ],
)
def test_objects_packed_so_that_nobody_can_look_are_not_taken(names: bytes) -> None:
    assert why(packed_in_a_pdf(HARMLESS, names=names)) == Why.PACKED


def test_objects_that_are_not_what_their_filter_says_are_not_taken() -> None:
    stream = b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter 9 0 R>>stream\n789c0001\nendstream endobj\n"
    assert why(a_pdf().replace(b"trailer", stream + b"trailer")) == Why.PACKED


def test_a_locked_pdf_is_not_taken() -> None:
    assert why(a_pdf().replace(b"trailer<<", b"trailer<</Encrypt 9 0 R")) == Why.LOCKED


def test_one_that_is_hidden_inside_another_stream_is_read() -> None:
    """The outer one holds the inner one unpacked, as `stored` parts of deflate let it."""
    inner = packed_in_a_pdf(ACTS)
    outer = zlib.compress(inner, 0)
    stream = b"6 0 obj<</Length %d/Filter/FlateDecode>>stream\r\n" % len(outer)
    whole = a_pdf().replace(b"trailer", stream + outer + b"endstream endobj\ntrailer")

    assert why(whole) == Why.ACTIVE


def test_words_about_javascript_in_a_packed_page_are_no_program() -> None:
    page = b"BT /F1 12 Tf (knows HTML /JavaScript) Tj ET"
    assert why(packed_in_a_pdf(page, names=b"")) == FileType.PDF


def test_damaged_objects_are_not_taken_and_a_damaged_picture_is() -> None:
    def damaged(content: bytes) -> bytes:
        whole = packed_in_a_pdf(content, names=b"")
        return whole.replace(zlib.compress(content)[-4:], b"\0\0\0\0")

    assert why(damaged(HARMLESS)) == Why.PACKED
    assert why(damaged(HARMLESS * 2000)) == Why.PACKED
    assert why(damaged(b"\xff" * 3000)) == FileType.PDF


@given(st.integers(1, 3000), st.sampled_from([HARMLESS, ACTS, HARMLESS * 300 + ACTS]))
def test_it_does_not_matter_how_it_comes(at: int, content: bytes) -> None:
    whole = packed_in_a_pdf(content)
    assert why(whole, at) == why(whole)


def test_many_small_streams_are_no_bomb() -> None:
    one = b"7 0 obj<</Length 9>>stream\n0 0 m f\nendstream endobj\n"
    packed = b"8 0 obj<<>>stream\n" + zlib.compress(b"0 0 m f") + b"\nendstream endobj\n"
    assert why(packed_in_a_pdf(HARMLESS, more=(one + packed) * 3000)) == FileType.PDF


def test_a_bomb_is_given_up_in_little_memory() -> None:
    bomb = packed_in_a_pdf(HARMLESS + bytes(pdf_parts.MOST_UNPACKED))
    tracemalloc.start()
    said = why(bomb)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert said == Why.PACKED
    assert most < 4 * 1024 * 1024


@pytest.mark.parametrize("one", [b"stream ", b"stream\nx\x9cabc/#"])
def test_nothing_but_beginnings_of_streams_is_given_up(one: bytes) -> None:
    assert why(a_pdf().replace(b"trailer", one * 60_000 + b"trailer")) == Why.PACKED


def test_streams_in_streams_without_end_are_given_up() -> None:
    """Each of them begins as zlib does and none ends."""
    begun = zlib.compress(b"", 0)[:2] + b"\0\xff\xff\0\0"
    nest = b"stream\n" + begun
    assert why(a_pdf().replace(b"trailer", nest * 200 + bytes(70_000) + b"trailer")) in (
        Why.PACKED, FileType.PDF,
    )  # fmt: skip


@given(st.binary(max_size=500))
def test_whatever_stands_in_a_stream_gives_an_answer(content: bytes) -> None:
    for begins in (b"", b"\x78\x9c", b"\x78\x01"):
        body = b"stream\n" + begins + content + b"\nendstream\n"
        assert why(a_pdf().replace(b"trailer", body + b"trailer"))
