"""The nodes of a demonstration behind TLS 1.3: each with a certificate of its own, whose key stands
in its key sheet, as between real nodes."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ayni.node.demo.platform import Platform
from bench.exchange import certificate


class Secured(Platform):
    """`make` founds the platform and then lets each node make a key sheet with its pin."""

    def __init__(self, folder: Path, codes: Sequence[str]) -> None:
        super().__init__(folder, codes, any_port=True, persons=False)
        self._pins = {}
        for code in codes:
            self._tls(code).mkdir(mode=0o700)
            self._pins[code] = certificate(self._tls(code), f"{code}.localhost")

    def _tls(self, code: str) -> Path:
        return self.folder / f"tls-{code}"

    def url(self, code: str) -> str:
        """The address of one node."""
        return super().url(code).replace("http:", "https:", 1)

    def settings(self, code: str) -> dict[str, str]:
        """The environment of one node's processes."""
        return {
            **super().settings(code),
            "AYNI_TLS_CERTIFICATE": str(self._tls(code) / "tls.crt"),
            "AYNI_TLS_KEY": str(self._tls(code) / "tls.key"),
        }

    def make(self) -> None:
        """Found the platform; raises what `Platform.make` raises."""
        super().make()
        sheets = self.folder / "sheets.json"
        made = [self.ask(code, "secure", self._pins[code]) for code in self.codes]
        sheets.write_text(json.dumps(made))
        for code in self.codes:
            self.ask(code, "learn", str(sheets))

    def ask(self, code: str, *words: str) -> dict[str, Any]:
        """What `bench.attachment_inside` answers as this node."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.attachment_inside", *words],
            env=self.settings(code),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def connection(self, code: str, *, seconds: float) -> http.client.HTTPSConnection:
        """A connection to one node's door, whoever it says it is."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(
            "127.0.0.1", self.plan["ports"][code], timeout=seconds, context=context
        )

    def _answers(self, code: str) -> bool:
        line = self.connection(code, seconds=5)
        try:
            line.request("GET", "/health", headers={"Host": f"{code}.localhost"})
            answer = line.getresponse()
            return answer.status == 200 and json.loads(answer.read())["node"] == code
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            line.close()
