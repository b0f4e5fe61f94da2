"""The bill of materials of a node in CycloneDX 1.6 JSON: `sbom.py FILE` writes it.

Made offline from what is locked (requirements.txt, package-lock.json) and, for licences, from what
is installed. The same locks give the same bytes: no moment and no random number stand in it.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import tomllib
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from licences import ROOT, locked, of_npm, of_python
from packageurl import PackageURL


def _component(
    kind: str, name: str, version: str, licence: str, hashes: list[HashType], *, shipped: bool
) -> Component:
    purl = PackageURL.from_string(f"pkg:{kind}/{name.replace('@', '%40')}@{version}")
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        bom_ref=str(purl),
        purl=purl,
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        hashes=hashes,
        scope=ComponentScope.REQUIRED if shipped else ComponentScope.EXCLUDED,
    )


def _python() -> list[Component]:
    return [
        _component(
            "pypi", name, version, of_python(name),
            [HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes], shipped=True,
        )
        for name, (version, hashes) in locked("requirements.txt").items()
    ]  # fmt: skip


def _npm() -> list[Component]:
    """What ends up in the pages; what only builds them is listed as excluded."""
    found = []
    for name, entry in of_npm().items():
        integrity = str(entry.get("integrity") or "")
        digest = base64.b64decode(integrity.removeprefix("sha512-")).hex()
        hashes = [HashType(alg=HashAlgorithm.SHA_512, content=digest)] if digest else []
        found.append(
            _component(
                "npm", name, str(entry["version"]), str(entry.get("license") or ""), hashes,
                shipped=not entry.get("dev"),
            )
        )  # fmt: skip
    return found


def bill() -> str:
    """The document as JSON text."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ayni = Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        bom_ref="ayni",
        description=project["description"],
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )
    parts = [*_python(), *_npm()]
    bom = Bom(components=parts, serial_number=_number(parts))
    bom.metadata.component = ayni
    bom.metadata.timestamp = None  # type: ignore[assignment]
    bom.register_dependency(ayni, parts)
    return str(JsonV1Dot6(bom).output_as_string(indent=2)) + "\n"


def _number(parts: list[Component]) -> UUID:
    """The serial number: the same for the same parts."""
    told = "\n".join(sorted(f"{part.purl}" for part in parts))
    return uuid5(NAMESPACE_URL, hashlib.sha256(told.encode()).hexdigest())


def main(arguments: list[str]) -> int:
    """Write the document."""
    target = Path(arguments[0]) if arguments else ROOT / "build" / "sbom.cdx.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill(), encoding="utf-8")
    sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
