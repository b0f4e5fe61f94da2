"""What separates a demonstration from a real node.

Everything of a demonstration (homes, directories, accounts) hangs on the *demo root*, a key whose
private half stands in this file and therefore proves nothing: it only marks. A node whose host
name is not `localhost` refuses what is marked; a demonstration refuses what is not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ayni.config.words import gettext as _
from ayni.exchange import documents
from ayni.lib.errors import AyniError, Misconfigured

MARK = "demonstration.json"
SIGNER = "demo-root"
_ROOT = hashlib.sha256(b"Ayni: root of every demonstration; published, marks and proves nothing")


def is_local(host: str) -> bool:
    """Whether a host name can only mean the reader's own machine."""
    return host == "localhost" or host.endswith(".localhost")


def mark_home(home: Path, node: str) -> None:
    """Mark a node's folder as one of a demonstration, for good."""
    mark = documents.signed("demo-home", {"node": node}, {SIGNER: _ROOT.digest()})
    (home / MARK).write_text(json.dumps(mark))


def is_demo_home(home: Path) -> bool:
    """Whether a folder is marked. Raises `Misconfigured` if the mark is damaged."""
    path = home / MARK
    if not path.exists():
        return False
    try:
        genuine = _hangs_on_root("demo-home", json.loads(path.read_text()))
    except (ValueError, AyniError):
        genuine = False
    if not genuine:
        raise Misconfigured(
            _("%(file)s in AYNI_HOME is damaged; this folder is not used") % {"file": MARK}
        )
    return True


def sign_directory(body: Mapping[str, Any]) -> dict[str, Any]:
    """The demo root's signature entry for a directory of a demonstration."""
    entry: dict[str, Any] = documents.signed("directory", body, {SIGNER: _ROOT.digest()})[
        "signatures"
    ][0]
    return entry


def _hangs_on_root(purpose: str, document: Any) -> bool:
    known = {SIGNER: documents.public_of(_ROOT.digest())}
    return SIGNER in documents.signers(purpose, document, known)


def check_home(*, home: Path, host: str, demo: bool) -> None:
    """Raise `Misconfigured` unless folder, host name and AYNI_DEMO agree."""
    marked = is_demo_home(home)
    if (marked or demo) and not is_local(host):
        raise Misconfigured(
            _(
                "this is a demonstration and %(host)s is not a localhost name; a real node needs "
                "its own AYNI_HOME and no AYNI_DEMO"
            )
            % {"host": host}
        )
    if marked and not demo:
        raise Misconfigured(
            _(
                "AYNI_HOME holds a demonstration; it is never run as a real node. To work on it, "
                "set AYNI_DEMO=true"
            )
        )
    if demo and not marked:
        raise Misconfigured(_("AYNI_DEMO is set, and AYNI_HOME does not hold a demonstration"))


def check_directory(document: Any, *, demo: bool) -> None:
    """Raise `Misconfigured` for a demonstration's directory on a real node, and the reverse."""
    marked = bool(document["body"]["demo"]) or _hangs_on_root("directory", document)
    if marked and not demo:
        raise Misconfigured(_("the directory is one of a demonstration; this node is real"))
    if demo and not (document["body"]["demo"] and _hangs_on_root("directory", document)):
        raise Misconfigured(
            _("the directory does not hang on the demo root; this is a demonstration")
        )


def check_data(*, demo: bool) -> None:
    """Raise `Misconfigured` if what the database holds does not belong to this kind of node."""
    from ayni.exchange import api as exchange
    from ayni.members import api as members

    document = exchange.directory_document()
    if document is not None:
        check_directory(document, demo=demo)
    if not demo and members.User.objects.filter(is_demo=True).exists():
        raise Misconfigured(_("there are accounts of a demonstration on this node; remove them"))
