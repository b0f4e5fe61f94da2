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
    from ayni.exchange.api import KeysAhead, OwnSheet, Share

_ACTOR = "node.keys"
_LARGEST = 100_000  # characters of a share's file
_MOST = 16
MOST_AHEAD = 13


class NotThoseShares(AyniError):
    """Files that do not restore the key; the text says which, and what to do."""

    code = "not_those_shares"


class NotSoManyWeeks(AyniError):
    """Weeks for which no key sheets are prepared."""

    code = "not_so_many_weeks"


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
        ahead = exchange.keys_ahead(now=clock.now())
        for told in [] if ahead is None else _of_weeks(ahead):
            say(told)


def _of_weeks(ahead: KeysAhead) -> list[str]:
    """How far the weekly keys are prepared, what stands in the way, and what to do."""
    told = []
    words = {"count": ahead.prepared, "until": _day(ahead.until), "ends": _day(ahead.ends)}
    if ahead.prepared:
        told.append(
            _("key sheets prepared, one for each week: %(count)s; the last week ends on %(until)s")
            % words
        )
    if ahead.thrown is not None:
        told.append(
            _("prepared key sheets thrown away on %(day)s: %(count)s; %(why)s")
            % {
                "count": ahead.thrown.count,
                "day": _day(ahead.thrown.at),
                "why": _why_thrown()[ahead.thrown.reason],
            }
        )
    if ahead.awaited:
        told.append(
            _("after the restore the next prepared one waits until these have told what they hold "
              "of ours: %(nodes)s") % {"nodes": ", ".join(ahead.awaited)}
        )  # fmt: skip
    if ahead.unnamed:
        told.append(
            _("not in the sheets yet, so nobody can write to them: %(codes)s. They get keys with "
              "the next `ayni keys rotate`") % {"codes": ", ".join(ahead.unnamed)}
        )  # fmt: skip
    if ahead.soon:
        told.append(_bring_together(words))
    return told


def _bring_together(words: dict[str, object]) -> str:
    """What the custodians have to do, and until when."""
    due = (
        _("keys are prepared until %(until)s. Bring the custodians together before then")
        if words["count"]
        else _("no key sheets are prepared: no fresh keys come by themselves, and after %(ends)s "
               "nobody can write to this node. Bring the custodians together")
    )  # fmt: skip
    what = "`ayni keys restore`, `ayni keys rotate --ahead 13`, `ayni keys take-offline`"
    return f"{due % words}: {what}"


def _why_thrown() -> dict[str, str]:
    return {
        "followed": _("another key sheet of this node took the place of the first of them"),
        "identity": _("the directory names another identity key than the one that signed them"),
        "foreign": _("a key sheet that this node did not make came before them"),
    }


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
    parser.add_argument(
        "--ahead", type=int, default=0, metavar="N",
        help=_("also make the sheets of the next N weeks, 13 at most; each is published in its "
               "week, without the identity key"),
    )  # fmt: skip
    options = parser.parse_args(list(arguments))
    if not 0 <= options.ahead <= MOST_AHEAD:
        raise NotSoManyWeeks(_("1 to 13 weeks can be prepared"))
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        by, now = audit.job(_ACTOR), clock.now().replace(microsecond=0)
        document = exchange.publish_key_sheet(by=by, now=now, revoked=options.revoke)
        told = _("key sheet number %(number)s is in force; the other nodes fetch it within an hour")
        say(told % {"number": document["body"]["number"]})
        say_thrown(exchange.settle_prepared(by=by, now=now))
        if options.ahead:
            exchange.prepare_key_sheets(by=by, now=now, weeks=options.ahead)
            _say_prepared(exchange.keys_ahead(now=now))


def say_thrown(count: int) -> None:
    """Say that sheets prepared before are of no use now."""
    if count:
        say(
            _("prepared key sheets thrown away, because they followed from the former one: "
              "%(count)s. While the identity key is here, `ayni keys rotate --ahead 13` makes new "
              "ones") % {"count": count}
        )  # fmt: skip


def _say_prepared(ahead: KeysAhead | None) -> None:
    if ahead is not None:
        told = _("prepared for the weeks after it: %(count)s. Bring the custodians together again "
                 "before %(until)s")  # fmt: skip
        say(told % {"count": ahead.prepared, "until": _day(ahead.until)})
        say(_("afterwards: `ayni keys take-offline`, and `ayni backup make`"))


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
