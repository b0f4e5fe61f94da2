"""What a camera writes into a picture goes; what shows the picture stays bit by bit."""

from __future__ import annotations

import io
import tracemalloc
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ayni.cooperation import camera
from ayni.cooperation.camera import Trace
from ayni.cooperation.cleaning import Broken, Cleaning, clean
from ayni.cooperation.contents import look
from tests.cooperation.files import (
    a_pdf,
    a_photo,
    a_picture,
    a_screenshot,
    written_by_a_camera,
)

SAID = (
    b"SECRET", b"ACME", b"OWNER", b"NOTES-OF", b"2026:11:24", b"GPS", b"Photoshop", b"MPF", b"xmp",
)  # fmt: skip
PHOTOS = {
    "telephone": a_photo(),
    "progressive": a_photo(progressive=True),
    "restarts": a_photo(restart_marker_blocks=2),
    "screenshot": a_screenshot(),
}
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def shown(content: bytes) -> tuple[bytes, tuple[int, int], int]:
    """Each pixel, the size, and how it is turned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the invented list of further pictures
        picture = Image.open(io.BytesIO(content))
    with picture:
        picture.load()
        return picture.convert("RGB").tobytes(), picture.size, picture.getexif().get(0x0112, 1)


@pytest.mark.parametrize("name", sorted(PHOTOS))
def test_nothing_that_was_written_into_it_stays_and_each_pixel_does(name: str) -> None:
    stays, gone = clean(PHOTOS[name])

    assert [word for word in SAID if word in PHOTOS[name]], "the picture told nothing to begin with"
    assert [word for word in SAID if word in stays] == []
    assert shown(stays) == shown(PHOTOS[name])
    assert {Trace.PLACE, Trace.TIME, Trace.CAMERA, Trace.TEXT} <= gone
    assert look([stays])


def test_what_went_is_named() -> None:
    assert clean(a_photo())[1] == set(Trace)
    assert clean(a_picture())[1] == set()
    assert clean(a_picture("PNG"))[1] == set()
    assert clean(a_picture() + bytes(40))[1] == set()


@pytest.mark.parametrize("turned", range(1, 9))
def test_how_a_picture_is_turned_stays_and_nothing_else_of_its_exif(turned: int) -> None:
    for content in (a_photo(turned=turned), a_screenshot(turned=turned)):
        stays, _gone = clean(content)
        with Image.open(io.BytesIO(stays)) as picture:
            told = dict(picture.getexif())
        assert told == ({} if turned == 1 else {0x0112: turned})


def test_a_colour_profile_stays_and_a_preview_of_jfif_goes() -> None:
    into = io.BytesIO()
    Image.new("RGB", (9, 9)).save(into, "JPEG", icc_profile=b"a colour profile")
    content = into.getvalue()
    at = content.index(b"JFIF\0") - 2
    small = b"JFIF\0\1\2\0\0\1\0\1\2\1" + b"SECRET"
    content = content[:at] + (len(small) + 2).to_bytes(2, "big") + small + content[at + 16 :]

    stays, gone = clean(content)

    with Image.open(io.BytesIO(stays)) as picture:
        assert picture.info["icc_profile"] == b"a colour profile"
    assert (b"SECRET" in stays, gone) == (False, {Trace.PREVIEW})


@given(st.sampled_from(sorted(PHOTOS)), st.integers(1, 3000))
def test_it_does_not_matter_how_it_comes_and_cleaned_twice_is_the_same(name: str, at: int) -> None:
    content = PHOTOS[name]
    once = clean(content)[0]
    cleaning = Cleaning()
    parts = [cleaning.feed(content[i : i + at]) for i in range(0, len(content), at)]

    assert b"".join([*parts, cleaning.finish()]) == once
    assert clean(once) == (once, frozenset())


@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n"]))
def test_whatever_comes_is_cleaned_or_broken_and_what_is_no_picture_passes(
    rest: bytes, begins: bytes
) -> None:
    try:
        stays, _gone = clean(begins + rest)
    except Broken:
        assert (begins + rest).startswith(PICTURES)
    else:
        assert clean(stays)[0] == stays
        assert (begins + rest).startswith(PICTURES) or stays == rest


def test_a_pdf_stays_as_it_is() -> None:
    assert clean(a_pdf()) == (a_pdf(), frozenset())


@pytest.mark.parametrize(
    "content", [a_photo()[:30], a_screenshot()[:60], b"\xff\xd8\xff\xe1\0\1", b"\xff\xd8\xffa"]
)
def test_a_picture_that_cannot_be_read_to_its_end_is_said_to_be_broken(content: bytes) -> None:
    with pytest.raises(Broken):
        clean(content)


def test_a_hundred_megabytes_of_notes_take_no_memory() -> None:
    segment = b"\xff\xe1\xff\xff" + bytes(65_533)
    cleaning, came = Cleaning(), 0
    cleaning.feed(b"\xff\xd8")
    tracemalloc.start()
    while came < 100_000_000:
        cleaning.feed(segment)
        came += len(segment)
    picture = cleaning.feed(a_picture()[2:]) + cleaning.finish()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert picture == a_picture()[2:]
    assert most < 1024 * 1024


@pytest.mark.parametrize(
    ("begins", "part"),
    [(b"\xff\xd8", b"\xff\xe1\0\2"), (b"\x89PNG\r\n\x1a\n", b"\0\0\0\0abcd\0\0\0\0")],
)
def test_a_picture_of_nothing_but_parts_is_given_up(begins: bytes, part: bytes) -> None:
    with pytest.raises(Broken):
        clean(begins + part * 250_000)


@given(st.binary(max_size=300))
def test_any_exif_tells_how_it_is_turned_or_that_it_is_upright(tiff: bytes) -> None:
    for begins in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        turned, _traces = camera.read(begins + tiff)
        assert 1 <= turned <= 8
        again = camera.read(camera.only_turned(turned))
        assert again in [(turned, frozenset()), (1, {Trace.CAMERA})]


def test_exif_that_leads_in_a_circle_is_read_once() -> None:
    whole = written_by_a_camera().removeprefix(b"Exif\0\0")
    assert camera.read(whole)[0] == 6
    circle = b"MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\x08"
    assert camera.read(circle) == (1, {Trace.CAMERA, Trace.PREVIEW})
