"""The settings of a ministry's own sign-on: whole or not at all, with TLS, the secret in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.config import ministry
from ayni.lib.errors import Misconfigured

ISSUER = "https://login.ministry.example/realms/all"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the secret, and an environment that says all."""
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "oidc.secret"
    secret.touch(mode=0o600)
    secret.write_text("invented\n")
    monkeypatch.setenv("AYNI_OIDC_ISSUER", ISSUER)
    monkeypatch.setenv("AYNI_OIDC_CLIENT_ID", "ayni-ar")
    monkeypatch.setenv("AYNI_OIDC_NAME", "Ministerio de Ensayo")
    return tmp_path


def test_a_sign_on_is_read_whole_and_shows_its_secret_to_no_log(home: Path) -> None:
    found = ministry.read(home, host="ayni.example")
    assert found == ministry.Ministry(ISSUER, "ayni-ar", "Ministerio de Ensayo", "invented")
    assert "invented" not in repr(found)


def test_without_an_issuer_there_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AYNI_OIDC_ISSUER", "AYNI_OIDC_CLIENT_ID", "AYNI_OIDC_NAME"):
        monkeypatch.delenv(name)
    assert ministry.read(home, host="ayni.example") is None


@pytest.mark.parametrize("missing", ["ISSUER", "CLIENT_ID", "NAME"])
def test_half_a_sign_on_stops_the_node(
    home: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(f"AYNI_OIDC_{missing}")
    with pytest.raises(Misconfigured, match=f"AYNI_OIDC_{missing}"):
        ministry.read(home, host="ayni.example")


def test_a_missing_or_open_secret_stops_the_node(home: Path) -> None:
    secret = home / "secrets" / "oidc.secret"
    secret.chmod(0o640)
    with pytest.raises(Misconfigured, match="can be read by others"):
        ministry.read(home, host="ayni.example")
    secret.unlink()
    with pytest.raises(Misconfigured, match="no secret file"):
        ministry.read(home, host="ayni.example")


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.ministry.example",
        "http://localhost:9400",
        "login.ministry.example",
        "https://",
        "https://login.ministry.example/?realm=all",
        "https://login.ministry.example/#all",
        "https://user:secret@login.ministry.example",
        "https://login.ministry.example:port",
        "https://login ministry.example",
        "https://login.ministerio-sanción.example",
        "https://login.ministry.example/" + "x" * 200,
        "javascript:alert(1)",
    ],
)
def test_an_issuer_that_is_none_or_has_no_tls_stops_a_real_node(
    home: Path, monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    monkeypatch.setenv("AYNI_OIDC_ISSUER", issuer)
    with pytest.raises(Misconfigured, match="AYNI_OIDC_ISSUER must be the https:// address"):
        ministry.read(home, host="ayni.example")


def test_without_tls_only_on_the_readers_own_machine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AYNI_OIDC_ISSUER", "http://localhost:9400")
    assert ministry.read(home, host="ar.localhost") is not None
    monkeypatch.setenv("AYNI_OIDC_ISSUER", "http://login.ministry.example")
    with pytest.raises(Misconfigured):
        ministry.read(home, host="ar.localhost")


@pytest.mark.parametrize("name", ["x" * 61, "two\nlines"])
def test_a_name_that_fits_no_button_stops_the_node(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("AYNI_OIDC_NAME", name)
    with pytest.raises(Misconfigured, match="one line of 60 characters"):
        ministry.read(home, host="ayni.example")


@given(address=st.one_of(st.none(), st.integers(), st.text(), st.text().map("https://{}".format)))
def test_whatever_a_provider_names_as_its_address_is_looked_at(address: object) -> None:
    if ministry.is_address(address, host="ayni.example"):
        assert isinstance(address, str)
        assert address.lower().startswith("https://")
        assert not set(address) & set(' "<>\\\r\n\t')
