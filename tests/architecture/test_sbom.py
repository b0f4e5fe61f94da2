"""The bill of materials holds what is locked, and only licences that Ayni may use."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.architecture.rooms import ROOT


@pytest.fixture(autouse=True)
def _tools_at_hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    yield
    for name in ("sbom", "licences"):
        sys.modules.pop(name, None)


def test_it_is_cyclonedx_and_holds_every_locked_package_with_its_hashes() -> None:
    import licences
    import sbom

    text = sbom.bill()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = {part["purl"]: part for part in json.loads(text)["components"]}
    for name, (version, hashes) in licences.locked("requirements.txt").items():
        part = told[f"pkg:pypi/{name}@{version}"]
        assert {one["content"] for one in part["hashes"]} == set(hashes)
        assert hashes
        assert part["scope"] == "required"
        assert part["licenses"]
    assert any(purl.startswith("pkg:npm/govuk-frontend@") for purl in told)
    assert "://" not in " ".join(told), "no address of an index"


def test_the_same_locks_give_the_same_bytes() -> None:
    import sbom

    assert sbom.bill() == sbom.bill()


def test_every_licence_is_known_and_allowed() -> None:
    import licences

    assert licences.findings() == []
    assert len(licences.locked("requirements-dev.txt")) > 100


@pytest.mark.parametrize(
    ("expression", "may"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("(Apache-2.0 OR GPL-2.0-only) AND BSD-3-Clause", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("Invented-1.0", False),
        ("", False),
        ("UNKNOWN", False),
    ],
)
def test_a_licence_that_is_not_on_the_list_is_found(expression: str, may: bool) -> None:
    import licences

    assert licences.may(expression, licences.ALLOWED) is may


def test_a_tool_that_may_only_be_run_is_no_part_of_a_node() -> None:
    import licences

    assert not set(licences.ALLOWED_AS_TOOLS) & set(licences.locked("requirements.txt"))
