"""Answers that hold nothing to be guessed: they may travel compressed although a query asked for
them. Compression tells by its length whether what the request chose stands in the page as well
(BREACH, Gluck, Harris and Prado 2013); where all of it is published, that tells nothing."""

from __future__ import annotations

from django.http.response import HttpResponseBase

_MARK = "_ayni_holds_nothing_secret"


def mark(response: HttpResponseBase) -> None:
    """Say of an answer that everything in it is published, or the same for every reader."""
    setattr(response, _MARK, True)


def is_marked(response: HttpResponseBase) -> bool:
    """Whether that was said."""
    return bool(getattr(response, _MARK, False))
