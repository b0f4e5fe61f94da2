"""Where copies lie: a folder, or an S3-compatible store that is worked on through a private folder.

Of a store the small files (sheets, lists of erasures) are fetched at once and a copy only when it
is asked for. What was made is sent when all of it is there: copies first, then their sheets, so
that what is half sent has no sheet; then what went from the folder goes from the store.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from ayni.node.aging import CopyRefused
from ayni.node.words import gettext as _
from ayni.vault.errors import SecretMissing
from ayni.vault.master import read_private

_ADDRESS = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[\w./-]*))?"
)
_COPY, _SMALL = ".age", ".json"
_MOST_SMALL = 16 * 1024 * 1024  # bytes of one list of erasures
_WAIT = timedelta(seconds=30)


class Place:
    """A folder of copies. `folder` holds what was fetched; `address` says to people where it is."""

    def __init__(self, folder: Path, address: str = "", store: S3Store | None = None) -> None:
        self.folder = folder
        self.address = address or str(folder)
        self._store = store
        self._there: dict[str, int] = {}

    def bring(self, name: str) -> None:
        """Fetch one file, if this is a store that has it. Raises `CopyRefused`."""
        if self._store is None or (self.folder / name).exists() or name not in self._there:
            return
        half = self.folder / f"{name}.half"
        try:
            with half.open("xb") as file:
                for part in obstore.get(self._store, name).stream():
                    file.write(part)
        except (BaseError, OSError) as wrong:
            half.unlink(missing_ok=True)
            raise self._unreachable(wrong) from None
        half.replace(self.folder / name)

    def look(self) -> None:
        """What there is; sheets and lists are fetched. Raises `CopyRefused`."""
        if self._store is None:
            return
        try:
            for page in obstore.list(self._store):
                self._there.update((each["path"], each["size"]) for each in page)
        except (BaseError, OSError) as wrong:
            raise self._unreachable(wrong) from None
        for name, size in self._there.items():
            if name.endswith(_SMALL) and "/" not in name and size <= _MOST_SMALL:
                self.bring(name)

    def send(self) -> None:
        """Make the store what the folder is. Raises `CopyRefused`; a half of it has no sheet."""
        if self._store is None:
            return
        here = {path.name for path in self.folder.iterdir()}
        sheets = {name for name in here if name.endswith(_SMALL)}
        gone = [name for name in self._there if name.endswith(_SMALL) and name not in here]
        try:
            for name in sorted(here - sheets - set(self._there)):
                obstore.put(self._store, name, self.folder / name)
            for name in sorted(sheets):
                obstore.put(self._store, name, self.folder / name)
            for name in gone:
                obstore.delete(self._store, name)
            for name in self._there:
                sheet = str(Path(name).with_suffix(_SMALL))
                if name.endswith(_COPY) and sheet not in here:
                    obstore.delete(self._store, name)
        except (BaseError, OSError) as wrong:
            raise self._unreachable(wrong) from None

    def put(self, name: str) -> None:
        """Send one file; nothing else in a store is touched. Raises `CopyRefused`."""
        if self._store is None:
            return
        try:
            obstore.put(self._store, name, self.folder / name)
        except (BaseError, OSError) as wrong:
            raise self._unreachable(wrong) from None

    def _unreachable(self, wrong: Exception) -> CopyRefused:
        # The store's own words may hold an address with a key in it: its class is enough.
        return CopyRefused(
            _(
                "the store %(address)s cannot be used (%(why)s): see whether it can be reached, "
                "and whether its name, region, access key and secret are right"
            )
            % {"address": self.address, "why": type(wrong).__name__}
        )


@contextlib.contextmanager
def opened(text: str, *, settings: str) -> Iterator[Place]:
    """The place that `text` names: a path, or `s3://bucket/prefix` with the settings that begin
    with `settings`. A store is looked at; its private folder goes at the end. Raises
    `CopyRefused`."""
    if not text.startswith("s3://"):
        yield Place(Path(text).resolve())
        return
    store = _store(text, settings)
    folder = Path(tempfile.mkdtemp(prefix="ayni-copies-"))
    try:
        place = Place(folder, text, store)
        place.look()
        yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _store(text: str, settings: str) -> S3Store:
    named = _ADDRESS.fullmatch(text)
    if named is None:
        raise CopyRefused(_("%(text)s is no s3://bucket/prefix") % {"text": text})
    endpoint = _setting(settings, "ENDPOINT")
    secret = Path(_setting(settings, "SECRET_FILE", needed=True))
    try:
        key = read_private(secret).decode("ascii").strip()
    except (OSError, UnicodeDecodeError, SecretMissing):
        raise CopyRefused(
            _("the secret of the store cannot be read: %(path)s") % {"path": secret}
        ) from None
    told: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
    return S3Store(
        named["bucket"],
        prefix=named["prefix"] or None,
        region=_setting(settings, "REGION") or "us-east-1",
        access_key_id=_setting(settings, "ACCESS_KEY", needed=True),
        secret_access_key=key,
        # Only a store on this machine may be asked without TLS.
        client_options={"allow_http": endpoint.startswith("http://127.0.0.1:")},
        retry_config={"max_retries": 3, "retry_timeout": _WAIT},
        **told,
    )


def _setting(prefix: str, name: str, *, needed: bool = False) -> str:
    """A setting of this store, else of the first one."""
    found = ""
    for each in (prefix, "AYNI_BACKUP_S3_"):
        found = found or os.environ.get(f"{each}{name}", "").strip()
    if needed and not found:
        raise CopyRefused(_("%(name)s is not set") % {"name": f"{prefix}{name}"})
    return found
