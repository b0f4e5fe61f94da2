"""What a request says of its own form, read before anything relies on it.

Django reads the content type while it makes a request, before any middleware of ours: a charset or
a parameter that is none ended there as a failure of the server, without a page and in the log as a
fault. Such a request goes on without its content type and with a mark, and is turned away in words
(`access.Understood`) as whatever else no browser sends.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.http import parse_header_parameters

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
# Python remembers every name of an encoding that it was ever asked for: nothing of a stranger's is.
_UTF_8 = ("utf-8", "utf8")
MARK = "ayni.unreadable"  # no header can bear this name


class Readable:
    """Stands before Django."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer."""
        if not _is_content_type(environ.get("CONTENT_TYPE", "")):
            environ = {**environ, "CONTENT_TYPE": "", MARK: True}
        return self._application(environ, start_response)


def _is_content_type(told: str) -> bool:
    try:
        named = parse_header_parameters(told)[1].get("charset", _UTF_8[0])
    except (LookupError, ValueError):
        return False
    return named.lower() in _UTF_8


def is_readable(request: HttpRequest) -> bool:
    """Whether what this request says of its form can be true: a charset that is UTF-8 or none, and
    for a form with files the boundary between its parts."""
    if request.META.get(MARK):
        return False
    named = (request.content_params or {}).get("charset", "utf-8")
    try:
        if named.lower() not in _UTF_8:
            return False
        if request.method == "POST" and request.content_type == "multipart/form-data":
            # Nothing of the body is read: it judges only what was said of it.
            MultiPartParser(request.META, io.BytesIO(), [], "utf-8")
    except (LookupError, ValueError, MultiPartParserError):
        return False
    return True
