"""Tagged PDFs (PDF/UA-1), and the signs that they can show.

PDF/UA-1 refuses a sign for which no font has a form, and one such sign in a title would make the
whole document impossible. So each becomes `MARK`, and the document says once what the mark means.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import typst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.lib.errors import Refused

log = logging.getLogger("ayni.paper")
MARK = "□"
# What the fonts inside Typst 0.15 have of Latin, Greek and Cyrillic writing, punctuation, currency,
# letterlike signs, arrows, mathematics, numbers in circles, boxes and ticks. Every sign of these
# ranges was set with each font in regular, bold and fixed width; tests/lib/test_paper.py repeats
# it. Marks that turn the direction of writing or are not seen are left out.
_SHOWN = (
    r"\t\n\u0020-\u007e\u00a0-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482"
    r"\u048a-\u04ff\u1e00-\u1eff\u2010-\u2027\u202f-\u2040\u2044-\u2052\u2070\u2071\u2074-\u208e"
    r"\u20a0-\u20c0\u2100-\u211e\u2122\u2150\u2151\u2153-\u215e\u2190-\u22ff\u2460-\u2473"
    r"\u25a0-\u25ff\u2713\u2714\u2717\u2718"
)
_NOT_SHOWN = re.compile(f"[^{_SHOWN}]")
_LINE = re.compile(r"\r\n?")


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


class PaperNotMade(Refused):
    """A document of which no PDF could be made."""

    code = "paper_not_made"
    reason = gettext_lazy(
        "This document could not be made as a PDF. Nothing is lost. Read it on its page, and tell "
        "whoever looks after this node."
    )


def shown(text: str) -> str:
    """A text with `MARK` in place of every sign that a document cannot show."""
    return _NOT_SHOWN.sub(MARK, _LINE.sub("\n", text))


def _each(content: Any, change: Callable[[str], str]) -> Any:
    """The content with every text in it changed."""
    if isinstance(content, str):
        return change(content)
    if isinstance(content, dict):
        return {name: _each(value, change) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_each(value, change) for value in content]
    return content


def with_marks(content: dict[str, Any]) -> dict[str, Any]:
    """The content with `MARK` for each sign that cannot be shown, and under `unshown` what the mark
    means, in the language in force; empty where nothing was replaced."""
    marked: list[str] = []

    def change(text: str) -> str:
        if _NOT_SHOWN.search(_LINE.sub("\n", text)):
            marked.append(text)
        return shown(text)

    told: dict[str, Any] = _each(content, change)
    words = _("%(mark)s stands for a sign that this document cannot show.") % {"mark": MARK}
    return {**told, "unshown": words if marked else ""}


def tagged_pdf(template: bytes, *, name: str, content: dict[str, Any], at: datetime) -> bytes:
    """A template filled with `content`, which it reads as JSON from its input `name`, after
    `with_marks`; `at`: the moment that the file says it was made.

    The same content gives the same bytes everywhere: no fonts of the machine are used. Raises
    `PaperNotMade`."""
    told = with_marks(content)
    try:
        made = typst.compile(
            template,
            font_paths=_fonts(),
            format="pdf",
            pdf_standards=["ua-1"],
            sys_inputs={name: json.dumps(told)},
            timestamp=max(0, int(at.timestamp())),
        )
    except typst.TypstError:
        # Its text may hold words of the document, so it goes into no log.
        log.error("document not made", extra={"ids": {"template": name}})
        raise PaperNotMade from None
    return bytes(made)
