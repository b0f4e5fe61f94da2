"""Asking a ministry's sign-on: django-allauth's OpenID Connect, narrowed at every point.

The provider is believed in one thing: that whoever comes back is its subject number so-and-so. It
is asked for nothing else (scope `openid`), and an e-mail or name that it tells all the same is not
looked at. What it says must be signed by its keys, for this node, for this very attempt, now
(OpenID Connect Core 1.0, section 3.1.3.7). No token of it is kept.
"""

from __future__ import annotations

import hmac
import io
import json
import time
from typing import Any

import jwt
import requests
import urllib3
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ayni.config.ministry import Ministry, is_address
from ayni.lib.errors import Refused
from ayni.members import api as members

# Seconds: to reach it, without a word, and for a whole answer.
CONNECT, SILENT, LONGEST = 3.0, 4.0, 8.0
LARGEST = 262_144  # bytes of an answer
LEEWAY = 30  # seconds by which clocks may differ
# How long its description of itself is believed; how long nobody else waits for one that is down.
KNOWN, DOWN = 300, 10
LONGEST_SUBJECT = 191  # room that allauth has; the standard allows 255 (core, section 2)
# Signatures with a key pair only: with a shared secret this node could sign for the ministry.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
_DOCUMENT = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_NEEDED = ["iss", "sub", "aud", "exp", "iat", "nonce"]


class NotReached(Refused):
    """The ministry's sign-on does not answer, or not in time; `why` says how."""

    code = "sign_on_not_reached"
    reason = _("It does not answer now. This node works as always.")


class NotUnderstood(Refused):
    """The ministry's sign-on answers what it may not; `why` says what. Nobody is signed in."""

    code = "sign_on_not_understood"
    reason = _("Its answer could not be verified, so nobody was signed in.")


class NotLinked(Refused):
    """The subject belongs to no account of this node."""

    code = "sign_on_not_linked"
    reason = _("This sign-on is not linked to an account here.")


class Stopped(Refused):
    """The subject's account was stopped."""

    code = "sign_on_stopped"
    reason = _("This account was stopped.")


class Brief(requests.Session):
    """Asks and waits a few seconds; follows nowhere; takes one JSON object of limited size."""

    def request(  # type: ignore[override]
        self, method: str, url: str, **more: Any
    ) -> requests.Response:
        """The answer. Raises `NotReached`, `NotUnderstood`."""
        began = time.monotonic()
        more |= {"timeout": (CONNECT, SILENT), "stream": True, "allow_redirects": False}
        try:
            with super().request(method, url, **more) as answer:
                if answer.status_code >= 500 or answer.status_code == 429:
                    raise NotReached(why=answer.status_code)
                body = _body(answer, began)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise NotReached(why=type(error).__name__) from error
        if not isinstance(_json(body), dict):
            raise NotUnderstood(why="no_object")
        whole = requests.Response()
        whole.status_code, whole.raw = answer.status_code, io.BytesIO(body)
        whole.headers["content-type"] = "application/json"
        return whole


def _body(answer: requests.Response, began: float) -> bytes:
    body = bytearray()
    while piece := answer.raw.read1(65_536, decode_content=True):
        body += piece
        if len(body) > LARGEST:
            raise NotUnderstood(why="too_large")
        if time.monotonic() - began > LONGEST:
            raise NotReached(why="too_slow")
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotUnderstood(why="no_json") from None


def discover(ministry: Ministry) -> dict[str, Any]:
    """What the provider says of itself (OpenID Connect Discovery 1.0, section 4), checked.

    Kept for some minutes; for some seconds also that there was no answer. Raises `NotReached`,
    `NotUnderstood`.
    """
    key = f"ayni.ministry:{ministry.issuer}"
    known = cache.get(key)
    if isinstance(known, str):
        raise NotReached(why=known)
    if known is None:
        try:
            known = _asked(ministry)
        except NotReached as down:
            cache.set(key, str(down.params["why"]), DOWN)
            raise
        cache.set(key, known, KNOWN)
    return dict(known)


def _asked(ministry: Ministry) -> dict[str, Any]:
    with Brief() as session:
        answer = session.get(ministry.issuer.rstrip("/") + _DOCUMENT)
    if answer.status_code != 200:
        raise NotUnderstood(why=answer.status_code)
    told: dict[str, Any] = answer.json()
    if told.get("issuer") != ministry.issuer:
        raise NotUnderstood(why="issuer")
    for name in _ENDPOINTS:
        if not is_address(told.get(name), host=settings.AYNI_HOST):
            raise NotUnderstood(why=name)
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return {**{name: told[name] for name in _ENDPOINTS}, "post": "client_secret_post" in methods}


def subject_of(id_token: str, keys: Any, *, ministry: Ministry, nonce: str) -> str:
    """Who came back, by an ID token and the provider's keys as it gave them (JWK set, RFC 7517).

    Raises `NotUnderstood` unless it is signed by one of them, by the issuer for this node alone,
    for this attempt, and not over (OpenID Connect Core 1.0, section 3.1.3.7).
    """
    try:
        kid = jwt.get_unverified_header(id_token).get("kid")
        claims = jwt.decode(
            id_token,
            _key(keys, kid),
            algorithms=list(ALGORITHMS),
            audience=ministry.client_id,
            issuer=ministry.issuer,
            leeway=LEEWAY,
            options={"require": _NEEDED, "enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as error:
        raise NotUnderstood(why=type(error).__name__) from error
    for_whom = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("azp", None if len(for_whom) > 1 else ministry.client_id) != ministry.client_id:
        raise NotUnderstood(why="azp")
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise NotUnderstood(why="nonce")
    subject: str = claims["sub"]
    if not (0 < len(subject) <= LONGEST_SUBJECT and subject.isascii() and subject.isprintable()):
        raise NotUnderstood(why="sub")
    return subject


def _key(keys: Any, kid: object) -> jwt.PyJWK:
    """The key with this number; the only one, if the token names none."""
    told = keys.get("keys") if isinstance(keys, dict) else None
    found = [
        key
        for key in (told if isinstance(told, list) else [])
        if isinstance(key, dict) and key.get("use", "sig") == "sig"
        if kid is None or key.get("kid") == kid
    ]
    if len(found) != 1:
        raise NotUnderstood(why="kid")
    try:
        return jwt.PyJWK.from_dict(found[0])
    except (ValueError, TypeError):
        raise NotUnderstood(why="key") from None


class MinistryProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth has no types
    """One provider, from the node's settings; of whoever comes back only the subject is taken."""

    def get_oauth2_adapter(self, request: HttpRequest) -> MinistryAdapter:
        """Who asks it."""
        return MinistryAdapter(request, self.app.provider_id)

    def extract_uid(self, data: dict[str, str]) -> str:
        """The subject."""
        return data["sub"]

    def extract_extra_data(self, data: dict[str, str]) -> dict[str, str]:
        """Nothing besides it."""
        return {}

    def extract_common_fields(self, data: dict[str, str]) -> dict[str, str]:
        """No name."""
        return {}

    def extract_email_addresses(self, data: dict[str, str]) -> list[object]:
        """No e-mail: whatever a provider says of one matches nobody."""
        return []


class _Client(OAuth2Client):  # type: ignore[misc]  # allauth has no types
    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: Any) -> str:
        # The address may have a query of its own (RFC 6749, 3.1).
        address, _mark, query = authorization_url.partition("?")
        led: str = super().get_redirect_url(address, scope, extra_params)
        return f"{led}&{query}" if query else led


class MinistryAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """What is asked of the provider, and what of its answers counts."""

    client_class = _Client

    def get_provider(self) -> MinistryProvider:
        """The provider."""
        return provider(self.request)

    @property
    def openid_config(self) -> dict[str, Any]:
        """As `discover`."""
        return discover(of_this_node())

    @property
    def basic_auth(self) -> bool:
        """How this node proves who it is; in the header where nothing is said (Discovery, 3)."""
        return not self.openid_config["post"]

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Where whoever signed in there comes back."""
        return request.build_absolute_uri(reverse("account_ministry_return"))

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """None is kept."""
        return SocialToken()

    def who(self, request: HttpRequest, *, verifier: str, nonce: str) -> SocialLogin:
        """Who came back with this code. Raises `NotReached`, `NotUnderstood`."""
        ministry, found = of_this_node(), self.get_provider()
        client = self.get_client(request, found.app)
        try:
            told = self.get_access_token_data(request, found.app, client, verifier)
        except OAuth2Error:
            # Its text holds what the provider answered: not even the cause is kept.
            raise NotUnderstood(why="token") from None
        with Brief() as session:
            keys = session.get(self.openid_config["jwks_uri"]).json()
        id_token = told.get("id_token")
        if not isinstance(id_token, str) or not id_token.isascii():
            raise NotUnderstood(why="id_token")
        subject = subject_of(id_token, keys, ministry=ministry, nonce=nonce)
        return found.sociallogin_from_response(request, {"sub": subject})


class SignOns(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """django-allauth's hooks: one provider, from the settings; nobody signs up by it."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one of the settings; rows of the database make none."""
        ministry: Ministry | None = settings.AYNI_MINISTRY
        return [_app(ministry)] if ministry is not None else []

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> MinistryProvider:
        """The one of the settings."""
        return MinistryProvider(request, app=_app(of_this_node()))

    def get_requests_session(self) -> Brief:
        """How it is asked."""
        return Brief()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: an account is made by the node's administrator."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Raise `NotLinked` or `Stopped` unless the subject is linked to an account in use."""
        officer = sociallogin.user if sociallogin.is_existing else None
        if not isinstance(officer, members.User):
            raise NotLinked
        if not officer.is_active:
            raise Stopped(user=officer.pk)


def of_this_node() -> Ministry:
    """The ministry's sign-on of this node. Raises `Http404` where none is set up."""
    ministry: Ministry | None = settings.AYNI_MINISTRY
    if ministry is None:
        raise Http404
    return ministry


def provider(request: HttpRequest) -> MinistryProvider:
    """The provider of this node, for one request."""
    return MinistryProvider(request, app=_app(of_this_node()))


def _app(ministry: Ministry) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=ministry.issuer,
        name=ministry.name,
        client_id=ministry.client_id,
        secret=ministry.secret,
        settings={
            "server_url": ministry.issuer,
            "scope": ["openid"],
            "oauth_pkce_enabled": True,
        },
    )
