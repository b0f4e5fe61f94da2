"""Who asks, and how, where a proxy stands in between: it alone is believed."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class Proxies:
    """Takes the asker's address from X-Forwarded-For and the scheme from X-Forwarded-Proto, if the
    request comes from an address in AYNI_PROXIES; else nothing that a request says of itself.

    Wrong passwords and numbers are slowed down by address: without this, one guesser behind the
    proxy would slow down everybody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with address and scheme put right."""
        if _is_proxy(request.META.get("REMOTE_ADDR", "")):
            said = request.META.get("HTTP_X_FORWARDED_FOR", "")
            if asker := _asker(said):
                request.META["REMOTE_ADDR"] = asker
            if request.META.get("HTTP_X_FORWARDED_PROTO", "").strip() == "https":
                request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)


def _is_proxy(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address  # as a socket of both kinds calls it
    return any(address in network for network in settings.AYNI_PROXIES)


def _asker(said: str) -> str:
    """The last address that is no proxy of ours: anybody may have written what stands before it."""
    for text in reversed(said.split(",")):
        bare = text.strip()
        try:
            ip_address(bare)
        except ValueError:
            return ""
        if not _is_proxy(bare):
            return bare
    return ""
