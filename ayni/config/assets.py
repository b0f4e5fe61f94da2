"""What the browser is told with a page asset; whitenoise answers these before any page."""

from __future__ import annotations

from collections.abc import MutableMapping


def close_asset(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """An asset is loaded by our pages only, and opened by itself it loads and runs nothing."""
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = (
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
