"""`ayni node upgrade`: the tables of a new version, all at once or not at all."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence

from ayni.lib import clock, terminal
from ayni.node import backup, home, tables
from ayni.node.home import Node, say
from ayni.node.tables import UpgradeRefused
from ayni.node.words import gettext as _


def main(arguments: Sequence[str]) -> int:
    """Exit code of `ayni node upgrade`."""
    parser = argparse.ArgumentParser(prog="ayni node upgrade")
    parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))
    parser.add_argument("--dry-run", action="store_true", help=_("say what would be changed"))
    parser.add_argument(
        "--without-backup",
        action="store_true",
        help=_("although no backup was made within a day"),
    )
    options = parser.parse_args(list(arguments))
    node = home.existing()
    begun = time.monotonic()
    with home.ready(node, upgrading=True):
        with terminal.speaking():
            made = tables.missing()
        if made and not options.dry_run:
            _check_backup(node, without=options.without_backup)
            with terminal.speaking():
                made = tables.bring_up_to_date()
            _record(made)
    answer = {
        "node": node.code,
        "dry_run": options.dry_run,
        "changes": made,
        "seconds": round(time.monotonic() - begun, 1),
    }
    if options.json:
        sys.stdout.write(json.dumps(answer) + "\n")
    elif not made:
        say(_("the tables are up to date"))
    elif options.dry_run:
        say(_("%(count)s changes would be made") % {"count": len(made)})
    else:
        say(_("%(count)s changes were made; now start the node's processes") % {"count": len(made)})
    return 0


def _check_backup(node: Node, *, without: bool) -> None:
    if without:
        return
    for sentence in backup.warnings(node, clock.now()):
        raise UpgradeRefused(
            _("%(backup)s. Nothing was changed; --without-backup goes on all the same")
            % {"backup": sentence}
        )


def _record(made: list[str]) -> None:
    from ayni.audit import api as audit

    if made:
        by = audit.job("node.upgrade")
        with audit.act(by=by, verb="node.upgrade", subject=made[-1], changes=len(made)):
            pass
