"""`ayni keys`: which keys this node has, a new sheet, and the identity key in shares.

The identity key signs key sheets and votes, and nothing else. A state keeps it away from the
machine, in shares that several persons keep; they meet when a sheet is made or a vote is given.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ayni.lib import clock, terminal
from ayni.lib.errors import AyniError
from ayni.node import home, wrapping
from ayni.node.home import say
from ayni.node.verbs import run_verb
from ayni.node.words import gettext as _

if TYPE_CHECKING:
    from ayni.exchange.api import OwnSheet, Share

_ACTOR = "node.keys"
_LARGEST = 100_000  # characters of a share's file
_MOST = 16


class NotThoseShares(AyniError):
    """Files that do not restore the key; the text says which, and what to do."""

    code = "not_those_shares"


def _parser(word: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"ayni keys {word}")


def _show(arguments: Sequence[str]) -> None:
    _parser("show").parse_args(list(arguments))
    with home.ready(home.existing()):
        from ayni.exchange import api as exchange

        try:
            public, here = exchange.present_identity(), True
        except exchange.IdentityElsewhere:
            public, here = exchange.identity_public(), False
        if public:
            told = _("fingerprint of the identity key: %(print)s")
            say(told % {"print": exchange.fingerprint(public)})
        say(
            _(
                "the identity key is on this machine; `ayni keys shares` and `take-offline` take "
                "it away"
            )
            if here
            else _("the identity key is not on this machine; `ayni keys restore` brings it back")
        )
        for sheet in exchange.own_sheets():
            say(_of_sheet(sheet))


def _of_sheet(sheet: OwnSheet) -> str:
    parts = [
        _("sheet %(number)s, %(begins)s to %(ends)s")
        % {"number": sheet.number, "begins": _day(sheet.begins), "ends": _day(sheet.ends)},
        _("private keys here: %(here)s of %(all)s")
        % {"here": sheet.here + sheet.signs, "all": sheet.institutions + 1},
    ]
    if sheet.goes is not None and sheet.here + sheet.signs:
        parts.append(_("removed from %(day)s on") % {"day": _day(sheet.goes)})
    if sheet.revoked:
        parts.append(_("revoked"))
    return "; ".join(parts)


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _rotate(arguments: Sequence[str]) -> None:
    parser = _parser("rotate")
    parser.add_argument(
        "--revoke", type=int, action="append", default=[],
        help=_("number of an earlier sheet whose keys were stolen"),
    )  # fmt: skip
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        document = exchange.publish_key_sheet(
            by=audit.job(_ACTOR), now=clock.now().replace(microsecond=0), revoked=options.revoke
        )
    told = _("key sheet number %(number)s is in force; the other nodes fetch it within an hour")
    say(told % {"number": document["body"]["number"]})


def _shares(arguments: Sequence[str]) -> None:
    parser = _parser("shares")
    parser.add_argument("--of", type=int, required=True, help=_("how many shares, 16 at most"))
    parser.add_argument("--need", type=int, required=True, help=_("how many restore the key"))
    parser.add_argument("--to", type=Path, required=True, help=_("a new folder"))
    options = parser.parse_args(list(arguments))
    if not 2 <= options.need <= options.of <= _MOST:
        raise NotThoseShares(
            _("at least 2 shares must be needed, and at most as many as there are; 16 at most")
        )
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange
        from ayni.members import api as members

        fingerprint = exchange.fingerprint(exchange.present_identity())
        options.to.mkdir(mode=0o700)
        made = exchange.share_identity(by=audit.job(_ACTOR), of=options.of, need=options.need)
        node = members.this_node()
        for share in made:
            path = options.to / f"{node}-{share.number}.txt"
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(_on_paper(share, node, fingerprint))
            say(str(path))
    say(
        _("print each and hand it to another person; prove them with `ayni keys take-offline`, "
          "then destroy these files")
    )  # fmt: skip


def _on_paper(share: Share, node: str, fingerprint: str) -> str:
    words = {
        "node": node, "number": share.number, "of": share.of, "need": share.need,
        "print": fingerprint, "day": _day(clock.now()),
    }  # fmt: skip
    return "\n\n".join(
        [
            _("Share %(number)s of %(of)s of the identity key of the node %(node)s, made on "
              "%(day)s") % words,
            _("Any %(need)s shares together restore the key. Fewer say nothing about it. Keep this "
              "one where nobody else gets at it.") % words,
            _("Fingerprint of the key: %(print)s") % words,
            "\n".join(share.lines()),
            _("To bring the key back, put each share into a file (the four numbered lines are "
              "enough) and give the files to `ayni keys restore`. A letter that is typed wrongly "
              "is found, and its line named.") % words,
        ]
    ) + "\n"  # fmt: skip


def _read(paths: Sequence[Path]) -> list[Share]:
    """The shares in files, all of one set. Raises `NotThoseShares`."""
    from ayni.exchange import api as exchange

    found: dict[Path, Share] = {}
    for path in paths:
        try:
            found[path] = exchange.read_share(path.read_text("utf-8")[:_LARGEST])
        except (OSError, UnicodeDecodeError):
            raise NotThoseShares(_("%(path)s cannot be read as a text") % {"path": path}) from None
        except exchange.BadShare as wrong:
            told = (
                _("%(path)s: line %(line)s of the share is wrong or missing; compare it with the "
                  "paper letter by letter")
                if wrong.line
                else _("%(path)s holds no share: its lines begin with their number, 1 to 4")
            )  # fmt: skip
            raise NotThoseShares(told % {"path": path, "line": wrong.line}) from None
    sets = Counter(share.group for share in found.values())
    most = sets.most_common(1)[0][0]
    others = [str(path) for path, share in found.items() if share.group != most]
    if others:
        raise NotThoseShares(
            _("not of the same set of shares as the others: %(paths)s. Leave them out, or give "
              "shares of one set only") % {"paths": ", ".join(others)}
        )  # fmt: skip
    return list(found.values())


def _with_shares(word: str, arguments: Sequence[str], told: str) -> None:
    """`take-offline` or `restore`."""
    parser = _parser(word)
    parser.add_argument("files", nargs="+", type=Path, help=_("files of shares"))
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()), terminal.speaking():
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        verb = exchange.restore_identity if word == "restore" else exchange.take_identity_offline
        try:
            verb(by=audit.job(_ACTOR), shares=_read(options.files))
        except exchange.TooFewShares as few:
            raise NotThoseShares(
                _("%(have)s different shares were given and %(need)s are needed: bring more")
                % {"have": few.have, "need": few.need}
            ) from None
        except exchange.BadShare:
            raise NotThoseShares(
                _("these shares contradict each other: one of them was forged. Try other ones, "
                  "and tell the data protection officer")
            ) from None  # fmt: skip
    say(told)


def _take_offline(arguments: Sequence[str]) -> None:
    _with_shares(
        "take-offline", arguments,
        _("the shares restore the identity key, and it is no longer on this machine. Backups made "
          "before still hold it: make one now and remove the older ones when you can"),
    )  # fmt: skip


def _restore(arguments: Sequence[str]) -> None:
    _with_shares(
        "restore", arguments,
        _("the identity key is on this machine again; afterwards: `ayni keys take-offline`"),
    )  # fmt: skip


_WORDS: dict[str, Callable[[Sequence[str]], None]] = {
    "show": _show,
    "rotate": _rotate,
    "shares": _shares,
    "take-offline": _take_offline,
    "restore": _restore,
    "wrap": wrapping.wrap,
    "change": wrapping.wrap,
    "unwrap": wrapping.unwrap,
}


def main(arguments: Sequence[str]) -> int:
    """Exit code of one `ayni keys` command."""
    return run_verb("keys", _WORDS, arguments)
