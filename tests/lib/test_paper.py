"""Documents as tagged PDFs: no sign that somebody typed makes one impossible."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ayni.lib import paper

AT = datetime(2031, 1, 1, tzinfo=UTC)
TEMPLATE = b"""#let told = json(bytes(sys.inputs.told))
#set document(title: "x")
#set text(lang: "es")
= x
#told.signs.map(c => [a#c *#c* #emph(c) #raw(c)]).join(parbreak())
#told.unshown"""


def made(*signs: str) -> bytes:
    return paper.tagged_pdf(TEMPLATE, name="told", content={"signs": signs}, at=AT)


def test_every_sign_that_is_let_through_can_be_shown() -> None:
    through = [c for c in map(chr, range(0x11_0000)) if paper.shown(c) == c]

    assert len(through) > 2_000
    assert made(*through).startswith(b"%PDF-")


@given(st.text(st.characters(exclude_categories=())))
@example("中文")
@example("🎉 x")
@example("a\u0007b")
@example("\ud800")
@example("e\u0301\u0301 g\u0303 \u202e")
@settings(max_examples=50, deadline=None)
def test_a_document_can_be_made_of_any_text(text: str) -> None:
    assert made(text).startswith(b"%PDF-")


def test_what_is_written_in_the_region_stays_as_it_is() -> None:
    text = "Ñandú, ¿qué? «ação» ñe'ẽ g̃ ỹ — “x” … 5 € ₲ № ½ → ✓\n\tåß Łódź Жук"

    assert paper.shown(text) == text
    assert paper.with_marks({"rows": [{"value": text}, "uno\r\ndos"]}) == {
        "rows": [{"value": text}, "uno\ndos"], "unshown": "",
    }  # fmt: skip


@pytest.mark.parametrize("sign", ["中", "🎉", "\u0007", "\u202e", "\u200b", "\ud800", "\0"])
def test_a_sign_that_cannot_be_shown_becomes_a_mark_and_it_is_said_once(sign: str) -> None:
    told = paper.with_marks({"title": f"a{sign}b", "rows": [[sign]], "n": 1, "none": None})

    assert (told["title"], told["rows"], told["n"], told["none"]) == ("a□b", [["□"]], 1, None)
    assert "□" in told["unshown"]


def test_a_document_that_cannot_be_made_is_refused_in_words() -> None:
    with pytest.raises(paper.PaperNotMade) as refused:
        paper.tagged_pdf(b"#panic()", name="told", content={}, at=AT)

    assert str(refused.value)


def test_a_moment_before_1970_makes_a_document_too() -> None:
    before = datetime(1960, 1, 1, tzinfo=UTC)

    assert paper.tagged_pdf(TEMPLATE, name="told", content={"signs": ["a"]}, at=before)
