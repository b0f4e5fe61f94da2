"""`make bench-attachment`: a file of 100 MB from an officer of one node to an officer of another,
two nodes as processes of their own, over TLS. Prints JSON: how long each part takes, and how much
memory each node's processes hold above what they held before. Fails above 64 MB on either side.
A small file goes ahead: what a process loads with its first file stays, whatever comes after.

Memory is what the processes hold for themselves (Pss of smaps_rollup, without shared memory:
PostgreSQL's shared buffers are one cache of a fixed size, and are told apart).
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import re
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.measuring import say
from bench.secured import Secured

LIMIT = 64 * 1024 * 1024
_LOOK_EVERY = 0.05
_FIRST = 1024 * 1024


def _below(root: int) -> set[int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(") ")[2].split()[1])
    ours = {root}
    for _ in range(len(parents)):
        more = {child for child, parent in parents.items() if parent in ours} - ours
        if not more:
            break
        ours |= more
    return ours


def _held(root: int) -> tuple[int, int]:
    """(own, shared) bytes of a node's processes."""
    own = shared = 0
    for process in _below(root):
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        told = dict(re.findall(r"^(Pss\w*):\s+(\d+)", text, re.M))
        in_shared = int(told.get("Pss_Shmem", 0))
        own += int(told.get("Pss", 0)) - in_shared
        shared += in_shared
    return own * 1024, shared * 1024


class Watch:
    """The most that each node holds while something goes on, above what it held before."""

    def __init__(self, roots: dict[str, int]) -> None:
        self._roots = roots
        self.above: dict[str, float] = {}
        self.shared: dict[str, float] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Until the block ends."""
        idle = {code: _held(root) for code, root in self._roots.items()}
        most = {code: list(held) for code, held in idle.items()}
        over = threading.Event()

        def look() -> None:
            while not over.wait(_LOOK_EVERY):
                for code, root in self._roots.items():
                    for place, held in enumerate(_held(root)):
                        most[code][place] = max(most[code][place], held)

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        for code in self._roots:
            self.above[code] = _megabytes(most[code][0] - idle[code][0])
            self.shared[code] = _megabytes(most[code][1] - idle[code][1])


def _megabytes(count: int) -> float:
    return round(count / 1024 / 1024, 1)


def a_large_pdf(size: int) -> Iterator[bytes]:
    """A PDF of this size, in pieces; what fills it up cannot be compressed."""
    head = b"%PDF-1.7\n%"
    tail = b"\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    yield head
    left = size - len(head) - len(tail)
    block = secrets.token_bytes(65_536).replace(b"/", b".").replace(b"PK", b"..")
    while left > 0:
        yield block[:left]
        left -= len(block[:left])
    yield tail


class Browser:
    """An officer's browser, as little as is needed."""

    def __init__(self, platform: Secured, code: str, session: str) -> None:
        self._platform, self._code = platform, code
        self._url = platform.url(code)
        self._token = "a" * 32
        self._cookies = {"session": session, "token": self._token}

    def _open(self) -> http.client.HTTPSConnection:
        return self._platform.connection(self._code, seconds=600)

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {
            "Host": self._url.partition("//")[2], "Cookie": cookies, "Origin": self._url,
            "Accept-Language": "en",
        }  # fmt: skip

    def named(self, session: str, token: str) -> None:
        """The names of the cookies, as the node calls them."""
        values = list(self._cookies.values())
        self._cookies = dict(zip((session, token), values, strict=True))

    def upload(self, path: str, content: Iterator[bytes], size: int) -> tuple[int, str]:
        """Status and Location of the form with a file."""
        mark = "bench"
        fields = {"csrfmiddlewaretoken": self._token, "what": "other_document"}
        before = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        before += (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        )
        after = f"\r\n--{mark}--\r\n".encode()
        connection = self._open()
        connection.putrequest("POST", path, skip_host=True)
        for name, value in self._headers().items():
            connection.putheader(name, value)
        connection.putheader("Content-Type", f"multipart/form-data; boundary={mark}")
        connection.putheader("Content-Length", str(len(before) + size + len(after)))
        connection.endheaders()
        connection.send(before.encode())
        for part in content:
            connection.send(part)
        connection.send(after)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers.get("Location", "")

    def post(self, path: str, body: str) -> int:
        """Status of a small form."""
        connection = self._open()
        sent = f"csrfmiddlewaretoken={self._token}&{body}"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, sent, {**self._headers(), **form})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def saved(self, path: str) -> tuple[int, str]:
        """Status and SHA-256 of a file that is saved."""
        connection = self._open()
        connection.request("GET", path, headers=self._headers())
        answer = connection.getresponse()
        digest = hashlib.sha256()
        while part := answer.read(65_536):
            digest.update(part)
        connection.close()
        return answer.status, digest.hexdigest()


def _timed(watch: Watch, do: Any) -> tuple[Any, dict[str, Any]]:
    began = time.monotonic()
    with watch.watched():
        found = do()
    told = {
        "seconds": round(time.monotonic() - began, 2),
        "above_idle_mb": watch.above,
        "shared_mb": watch.shared,
    }
    return found, told


def measured(platform: Secured, size: int) -> dict[str, Any]:
    """A small file, then one of this size."""
    first = _sent(platform, _FIRST, number=1)
    return {**_sent(platform, size, number=2), "first": first}


def _sent(platform: Secured, size: int, *, number: int) -> dict[str, Any]:
    """Upload, way and opening, each with the memory of both nodes. `number`: how many files have
    come with this one."""
    roots = {code: child.process.pid for code, child in platform.nodes.items() if child.process}
    roots.pop("secretariat", None)
    begun = platform.ask("ar", "refer")
    browser = Browser(platform, "ar", begun["session"])
    browser.named("ayni_ar_session", "ayni_ar_csrf")
    digest = hashlib.sha256()

    def counted() -> Iterator[bytes]:
        for part in a_large_pdf(size):
            digest.update(part)
            yield part

    place = f"/cooperation/referrals/{begun['referral']}"
    (status, page), upload = _timed(
        Watch(roots), lambda: browser.upload(f"{place}/attach", counted(), size)
    )
    if status != 302:
        raise RuntimeError(f"not taken: {status}")
    say("sealed at the sender; on its way")

    def way() -> dict[str, Any]:
        if browser.post(page, "do=send") != 302:
            raise RuntimeError("not sent")
        return platform.ask("bo", "came", str(number))

    there, carried = _timed(Watch(roots), way)
    if there["standing"] != "ready":
        raise RuntimeError(f"not ready: {there['standing']}")
    reader = Browser(platform, "bo", there["session"])
    reader.named("ayni_bo_session", "ayni_bo_csrf")
    path = f"/cooperation/referrals/{there['about']}/attachments/{there['id']}/file"
    (status, sha256), opened = _timed(Watch(roots), lambda: reader.saved(path))
    same = (status, sha256) == (200, digest.hexdigest())
    parts = {"upload": upload, "way": carried, "opening": opened}
    most = max(mb for part in parts.values() for mb in part["above_idle_mb"].values())
    return {"megabytes": _megabytes(size), **parts, "same": same, "most_above_idle_mb": most}


def main() -> int:
    """Print the result as JSON; 0 if the file arrived as it was and both sides kept the limit."""
    parser = argparse.ArgumentParser(prog="bench.attachment")
    parser.add_argument("--megabytes", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ayni-bench-") as folder:
        platform = Secured(Path(folder), ("ar", "bo", "secretariat"))
        try:
            platform.make()
            platform.start()
            result = measured(platform, options.megabytes * 1024 * 1024)
        finally:
            platform.stop()
            platform.remove()
    result["ok"] = result["same"] and result["most_above_idle_mb"] * 1024 * 1024 <= LIMIT
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
