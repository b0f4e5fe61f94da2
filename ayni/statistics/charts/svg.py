"""The few pieces every drawing is made of: elements, text, hatching, the frame with its names.

No style attribute and no style element: the policy of the pages (CSP) refuses both. A drawing is
`WIDTH` units wide, near the pixels of a telephone, so that its text can be read there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from ayni.statistics.charts import palette
from ayni.statistics.charts.values import Hidden

WIDTH = 400.0
MARGIN = 8.0
FONT = 14.0
SMALL = 12.5
# Of the letters of a common sans-serif: no text is wider than this share of its size, on average.
_LETTER = 0.56
_FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
# What XML 1.0 (section 2.2) does not allow in a document at all.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IDENT = re.compile(r"[a-z][a-z0-9-]*\Z")


def clean(text: str) -> str:
    """Text as it may stand in XML: characters that no document can hold become U+FFFD."""
    return escape(_FORBIDDEN.sub("\ufffd", text), quote=True)


def units(number: float) -> str:
    """A length with at most one decimal, as short as it goes."""
    said = f"{number:.1f}"
    said = said.removesuffix(".0")
    return "0" if said == "-0" else said


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """`<name …>…</name>`; an underscore in the name of an attribute is a hyphen; `class_` is class.

    `inside` is markup already; values of attributes are escaped here.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="'
        f'{clean(value) if isinstance(value, str) else units(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{said}>{''.join(inside)}</{name}>" if inside else f"<{name}{said}/>"


def named(name: str, title: str, *inside: str, **attributes: str | float) -> str:
    """An element that says what it is: its first child is its title."""
    return element(name, element("title", clean(title) or " "), *inside, **attributes)


def text(
    said: str, x: float, y: float, *, size: float = FONT, anchor: str = "start",
    fill: str = palette.INK, halo: bool = False, weight: str = "400",
) -> str:  # fmt: skip
    """A line of text; with `halo` it can be read on any ground."""
    more: dict[str, str | float] = {}
    if halo:
        more = {
            "stroke": palette.PAPER, "stroke_width": 3.2, "stroke_linejoin": "round",
            "paint_order": "stroke",
        }  # fmt: skip
    if anchor != "start":
        more["text_anchor"] = anchor
    if weight != "400":
        more["font_weight"] = weight
    return element("text", clean(said) or " ", x=x, y=y, font_size=size, fill=fill, **more)


def width_of(said: str, size: float = FONT) -> float:
    """About how wide a text is; never less than it is in the common typefaces, on average."""
    return len(said) * size * _LETTER


def lines_of(said: str, room: float, size: float = FONT, most: int = 3) -> list[str]:
    """The text broken at spaces into lines of at most `room`; what is beyond `most` lines ends in
    an ellipsis (the table tells it whole)."""
    letters = max(int(room / (size * _LETTER)), 4)
    lines: list[str] = []
    current = ""
    for word in said.split():
        tried = f"{current} {word}".strip()
        if len(tried) <= letters or not current:
            current = tried
        else:
            lines.append(current)
            current = word
    lines.append(current)
    lines = [line if len(line) <= letters else line[: letters - 1] + "…" for line in lines]
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: letters - 1] + "…"]
    return lines


def hatch(ident: str, kind: Hidden) -> str:
    """The reference to the hatching of hidden values, which `hatchings` defines."""
    return f"url(#{ident}-{kind.value})"


# Direction of the strokes: the kinds are told apart by it, and named in the key.
_TURN = {Hidden.MASKED: 45, Hidden.SUPPRESSED: -45, Hidden.UNKNOWN: 0}


def hatchings(ident: str, kinds: Iterable[Hidden]) -> str:
    """Definitions of the hatchings that a drawing uses."""
    made = []
    for kind in kinds:
        ground = element("rect", width=6, height=6, fill=palette.EMPTY)
        stroke = element("path", d="M0 3H6", stroke=palette.QUIET, stroke_width=1.6)
        if kind is Hidden.UNKNOWN:
            stroke = element("circle", cx=3, cy=3, r=1.1, fill=palette.QUIET)
        made.append(
            element(
                "pattern", ground, stroke, id=f"{ident}-{kind.value}", width=6, height=6,
                patternUnits="userSpaceOnUse", patternTransform=f"rotate({_TURN[kind]})",
            )
        )  # fmt: skip
    return element("defs", *made) if made else ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a drawing is called. `ident`: what its ids on the page begin with. Raises ValueError
    for an `ident` that is none (lower case letters, digits, hyphens)."""

    ident: str
    title: str
    desc: str

    def __post_init__(self) -> None:
        if not _IDENT.match(self.ident):
            raise ValueError("ident")

    def around(self, height: float, *inside: str) -> str:
        """The whole drawing, `WIDTH` by `height` units."""
        return element(
            "svg",
            element("title", clean(self.title) or " ", id=f"{self.ident}-title"),
            element("desc", clean(self.desc) or " ", id=f"{self.ident}-desc"),
            *inside,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {units(WIDTH)} {units(height)}",
            role="img",
            aria_labelledby=f"{self.ident}-title",
            aria_describedby=f"{self.ident}-desc",
            font_family=_FAMILY,
            class_="ayni-chart",
        )


def key(entries: Iterable[tuple[str, str]], y: float) -> tuple[str, float]:
    """The key from `y` on: (fill, words) each with its square; and where it ends."""
    drawn = []
    for fill, words in entries:
        drawn.append(
            element("rect", x=MARGIN, y=y, width=16, height=14, fill=fill, stroke=palette.QUIET,
                    stroke_width=0.6)
        )  # fmt: skip
        for line in lines_of(words, WIDTH - 2 * MARGIN - 24, SMALL):
            drawn.append(text(line, MARGIN + 24, y + 11.5, size=SMALL))
            y += 17
        y += 3
    return "".join(drawn), y
