"""Colours: told apart with every common colour blindness, and against the page by contrast.

Categories after Okabe and Ito, "Color Universal Design" (2008), darkened until each stands out
from the page by 3:1 or more (WCAG 2.2, 1.4.11); no drawing tells anything by colour alone. The
steps of a map are one hue from light to dark, so that they hold in grey as well.
"""

from __future__ import annotations

INK = "#0b0c0c"
QUIET = "#484f53"  # axes and their numbers
PAPER = "#ffffff"
SEA = "#f4f8fa"
NEUTRAL = "#c9cccd"  # whatever is not one of the states that are counted
BORDER = "#ffffff"
ARROW = "#9c3d00"
EMPTY = "#f3e9d8"  # a state without a number, under its hatching: neither a step nor neutral
CATEGORIES = ("#0b5a9c", "#b35300", "#00735c", "#7a3f8f", "#5b5b00", "#a3124a")
STEPS = ("#d3e4f1", "#a5c9e3", "#6ba6d0", "#3a7fb5", "#1c5a91", "#0b3563")


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2, "relative luminance")."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
