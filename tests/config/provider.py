"""An OpenID provider at the edge of the tests, over real HTTP: it keeps the rules (PKCE, one use of
a code, the client's secret), and lies where a test tells it to. Everybody in it is invented."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from ayni.config.ministry import Ministry

CLIENT, SECRET = "ayni-ar", "an invented secret of this client, long enough"
_KEYS = {name: rsa.generate_private_key(65537, 2048) for name in ("first", "stranger")}


@dataclass
class Provider:
    """What it tells and how; a test sets what is other than the rules."""

    issuer: str = ""
    subject: str = "ministry-0417"
    told: dict[str, Any] = field(default_factory=dict)  # into the ID token
    without: tuple[str, ...] = ()  # left out of it
    described: dict[str, Any] = field(default_factory=dict)  # into the discovery document
    signs_with: str = "first"
    algorithm: str = "RS256"
    kid: str | None = "first"
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # path -> another answer
    slow: dict[str, float] = field(default_factory=dict)  # path -> seconds between two bytes
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def ministry(self) -> Ministry:
        """As the node's administrator would set it up."""
        return Ministry(self.issuer, CLIENT, "Ministerio de Ensayo", SECRET)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.described,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is led after a sign-in there (RFC 6749, 4.1.2)."""
        assert (query["client_id"], query["response_type"]) == (CLIENT, "code")
        assert query["scope"] == "openid", "nothing but the subject is asked for"
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        answer = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint (RFC 6749, 4.1.3; RFC 7636, 4.6)."""
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        begun = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            begun is None
            or begun["code_challenge"] != challenge
            or begun["redirect_uri"] != form.get("redirect_uri")
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "invented-access-token",
            "token_type": "Bearer",
            "refresh_token": "invented-refresh-token",
            "expires_in": 300,
            "id_token": self.id_token(begun["nonce"]),
        }

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.told,
        }
        said = {key: value for key, value in claims.items() if key not in self.without}
        headers = {"kid": self.kid} if self.kid else {}
        key: Any = _KEYS.get(self.signs_with, SECRET)
        if self.algorithm == "none":
            key = None
        return jwt.encode(said, key, algorithm=self.algorithm, headers=headers)

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(_KEYS["first"].public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "first", "use": "sig", "alg": "RS256"}]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: Provider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up before the end is no error of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *args: object) -> None:
        """Test output stays readable."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        provider, query = self.server.provider, _flat(parts.query)
        provider.asked.append((parts.path, query))
        if parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", provider.authorize(query))
            self.end_headers()
            return
        known = {"/.well-known/openid-configuration": provider.discovery, "/keys": provider.keys}
        self._say(parts.path, 200, known[parts.path]())

    def do_POST(self) -> None:
        form = _flat(self.rfile.read(int(self.headers["content-length"])).decode())
        provider = self.server.provider
        provider.asked.append((self.path, form))
        self._say(self.path, *provider.token(form, self.headers.get("authorization", "")))

    def _say(self, path: str, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        status, body = self.server.provider.answers.get(path, (status, body))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        pause = self.server.provider.slow.get(path, 0.0)
        if not pause:
            self.wfile.write(body)
            return
        for byte in body:
            time.sleep(pause)
            self.wfile.write(bytes([byte]))


def _flat(query: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """A provider at a port of its own, in a thread; with TLS if a context is given."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    server.provider = Provider(issuer=f"{scheme}://localhost:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
