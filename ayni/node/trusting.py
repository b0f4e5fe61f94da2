"""`ayni trust`: the directory that binds the nodes to each other, and this node's key sheet.

Founding: each node says who it is (`show`), one of them drafts the directory from these files, each
state signs it after people have compared the printed fingerprints, and all accept the signed one.
Then each node makes its key sheet, and the others accept it. A member that joins later is given all
of it (`write`). The documents are JSON, public and signed; they travel by whatever way, for example
with a note verbale.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.node import home
from ayni.node.home import say
from ayni.node.keys import say_thrown
from ayni.node.verbs import run_verb
from ayni.node.words import gettext as _

_LARGEST = 10_000_000  # bytes of a file
_ACTOR = "node.trust"
SECRETARIAT = "secretariat"


class NotADocument(AyniError):
    """A file that holds no document of the kind that is asked for; the text says which."""

    code = "not_a_document"


class NotWhole(AyniError):
    """Documents between are not here; the text says which."""

    code = "not_whole"


def read_document(path: Path) -> dict[str, Any]:
    """A JSON document from a file. Raises `NotADocument`."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, dict):
            raise TypeError
    except (OSError, ValueError, TypeError, RecursionError):
        raise NotADocument(_("%(path)s is no JSON document") % {"path": path}) from None
    return found


def tell(document: object) -> None:
    """A document on standard output, for a file."""
    sys.stdout.write(_text(document))


def _text(document: object) -> str:
    return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def _parser(word: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"ayni trust {word}")


def _show(arguments: Sequence[str]) -> None:
    parser = _parser("show")
    parser.add_argument("--url", required=True, help=_("the node's address for other nodes"))
    parser.add_argument(
        "--new-key",
        action="store_true",
        help=_("a new identity key; it is used once a directory names it"),
    )
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange
        from ayni.members import api as members

        by = audit.job(_ACTOR)
        make = exchange.next_identity if options.new_key else exchange.make_identity
        public = make(by=by)
        entry = {
            "endpoint": {"connect_to": "", "url": options.url},
            "identity_key": public,
            "node": members.this_node(),
        }
        say(_("fingerprint to compare: %(print)s") % {"print": exchange.fingerprint(public)})
    tell(entry)


def _draft(arguments: Sequence[str]) -> None:
    parser = _parser("draft")
    parser.add_argument("files", nargs="+", type=Path, help=_("what `ayni trust show` wrote"))
    parser.add_argument(
        "--quorum",
        type=int,
        help=_("states that a further change needs; else two thirds and one more, of three all"),
    )
    options = parser.parse_args(list(arguments))
    members = sorted(
        (read_document(path) for path in options.files), key=lambda entry: str(entry.get("node"))
    )
    states = [entry for entry in members if entry.get("node") != SECRETARIAT]
    with home.ready(home.existing()):
        from ayni.config.demonstration import is_demo_home
        from ayni.exchange import api as exchange

        body = {
            "demo": is_demo_home(home.existing().home),
            "format": 1,
            "issued": clock.isoformat(clock.now().replace(microsecond=0)),
            "members": members,
            "number": 1,
            "previous": "",
            "quorum": _usual_quorum(len(states)) if options.quorum is None else options.quorum,
        }
        say_directory(exchange.checked_directory({"body": body, "signatures": []}))
    tell({"body": body, "signatures": []})


def _usual_quorum(states: int) -> int:
    """Two thirds and one more; of three states all."""
    return max(1, states if states < 4 else states * 2 // 3 + 1)


def say_directory(body: Mapping[str, Any]) -> None:
    """All of a directory that people compare before their state signs: keys, addresses, how many
    states a change needs, the date, and the fingerprint of the whole, which its note bears."""
    from ayni.exchange import api as exchange

    for entry in body["members"]:
        say(f"{entry['node']}: {exchange.fingerprint(entry['identity_key'])}")
        say(f"    {entry['endpoint']['url']} {entry['endpoint']['connect_to']}".rstrip())
    say(_("states that a further change needs: %(quorum)s") % {"quorum": body["quorum"]})
    issued = clock.parse(body["issued"])
    say(_("dated %(moment)s UTC") % {"moment": f"{issued:%Y-%m-%d %H:%M}"})
    say_whole(body)


def say_whole(body: Mapping[str, Any]) -> None:
    """The fingerprint of a whole directory."""
    from ayni.exchange import api as exchange

    say(
        _("fingerprint of the whole directory number %(number)s: %(print)s")
        % {"number": body["number"], "print": exchange.directory_print(body)}
    )


def _sign(arguments: Sequence[str]) -> None:
    parser = _parser("sign")
    parser.add_argument("file", type=Path, help=_("a directory; prints it with our signature"))
    options = parser.parse_args(list(arguments))
    document = read_document(options.file)
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        say_directory(exchange.checked_directory(document))
        own = exchange.sign_directory(by=audit.job(_ACTOR), body=document["body"])
    others = [one for one in document["signatures"] if one.get("signer") != own["signer"]]
    tell({"body": document["body"], "signatures": [*others, own]})


def _accept(arguments: Sequence[str]) -> None:
    parser = _parser("accept")
    parser.add_argument("files", nargs="+", type=Path, help=_("directories and key sheets"))
    options = parser.parse_args(list(arguments))
    documents = [_trusted(path) for path in options.files]
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        by, now = audit.job(_ACTOR), clock.now()
        for group in exchange.in_order(documents):
            exchange.accept_documents(by=by, documents=group, now=now)
            for document in group:
                _say_accepted(document["body"])


def _trusted(path: Path) -> dict[str, Any]:
    document = read_document(path)
    body = document.get("body")
    if not isinstance(body, dict) or not {"members", "institutions"} & set(body):
        raise NotADocument(_("%(path)s is neither a directory nor a key sheet") % {"path": path})
    return document


def _say_accepted(body: Mapping[str, Any]) -> None:
    if "members" in body:
        say(_("directory number %(number)s is accepted") % {"number": body["number"]})
        say_whole(body)
        return
    told = _("key sheet number %(number)s of %(node)s is accepted")
    say(told % {"number": body["number"], "node": body["node"]})


def _sheet(arguments: Sequence[str]) -> None:
    parser = _parser("sheet")
    parser.add_argument(
        "--certificate",
        type=Path,
        action="append",
        default=[],
        help=_("PEM file of a certificate with which this node will be reached"),
    )
    options = parser.parse_args(list(arguments))
    pins = [_pin(path) for path in options.certificate]
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange
        from ayni.members import api as members

        by, now = audit.job(_ACTOR), clock.now().replace(microsecond=0)
        exchange.directory_body()
        sheet = exchange.make_key_sheet(
            by=by,
            institutions=members.institutions(state=members.this_node()),
            now=now,
            tls_pins=pins,
        )
        exchange.accept_key_sheet(by=by, document=sheet, now=now)
        say_thrown(exchange.settle_prepared(by=by, now=now))
    tell(sheet)


def _pin(path: Path) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from ayni.exchange.connection import pin_of

    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError):
        raise NotADocument(_("%(path)s holds no certificate (PEM)") % {"path": path}) from None
    return pin_of(found.public_bytes(Encoding.DER))


def _write(arguments: Sequence[str]) -> None:
    parser = _parser("write")
    parser.add_argument("folder", type=Path, help=_("a new folder, for a member that joins"))
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()):
        from ayni.exchange import api as exchange

        given = exchange.to_hand_over()
        if given.missing:
            raise NotWhole(
                _("not here: %(names)s. Let another member write the files; nothing was written")
                % {"names": ", ".join(given.missing)}
            )
        _write_all(options.folder, given.files)
        told = _("%(count)s files are in %(folder)s. There, with that folder: %(command)s")
        command = f"ayni trust accept {options.folder.name}/*.json"
        say(told % {"count": len(given.files), "folder": options.folder, "command": command})
        say(_("directory number 1, to compare with the note of foundation:"))
        say_directory(given.files["directory-1.json"]["body"])


def _write_all(folder: Path, files: Mapping[str, object]) -> None:
    """All of them, or no folder. Raises `FileExistsError`: nothing is overwritten."""
    if folder.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, document in files.items():
            (beside / name).write_text(_text(document), "utf-8")
        beside.chmod(0o755)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


_WORDS: dict[str, Callable[[Sequence[str]], None]] = {
    "show": _show,
    "draft": _draft,
    "sign": _sign,
    "accept": _accept,
    "sheet": _sheet,
    "write": _write,
}


def main(arguments: Sequence[str]) -> int:
    """Exit code of one `ayni trust` command."""
    return run_verb("trust", _WORDS, arguments)
