"""Print docs/reference/alerts.yml: the alert rules of Prometheus."""

from __future__ import annotations

import sys

from permissions_table import begin

if __name__ == "__main__":
    begin()
    from ayni.watch.api import rules

    sys.stdout.write(rules())
