"""The resolver needs no Django, no database and no clock."""

from __future__ import annotations

import subprocess
import sys


def test_the_resolver_is_pure() -> None:
    code = (
        "import sys, ayni.norms.resolver, ayni.norms.build;"
        "print(sorted({'django', 'psycopg', 'ayni.lib.clock'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert done.stdout.decode().strip() == "[]"
