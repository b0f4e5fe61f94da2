"""`ayni directory`: how the directory of nodes changes, as a ceremony that people can follow.

One node proposes, each state votes on its own node after people have compared the fingerprints of
the note verbale, and whoever has enough votes publishes: the other nodes fetch the new directory.
The documents are JSON, public and signed; they travel by whatever way.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ayni.lib import clock, terminal
from ayni.node import home
from ayni.node.home import say
from ayni.node.trusting import read_document, say_directory, say_whole, tell
from ayni.node.verbs import run_verb
from ayni.node.words import gettext as _

_ACTOR = "node.directory"
_LANGUAGES = ("es", "pt-br", "en")


def _parser(word: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"ayni directory {word}")


def _propose(arguments: Sequence[str]) -> None:
    parser = _parser("propose")
    shown = _("what `ayni trust show` of that node wrote")
    parser.add_argument("--add", type=Path, action="append", default=[], help=shown)
    parser.add_argument("--change", type=Path, action="append", default=[], help=shown)
    parser.add_argument("--remove", action="append", default=[], help=_("code of a member"))
    parser.add_argument("--quorum", type=int, help=_("states that a further change needs"))
    options = parser.parse_args(list(arguments))
    add = [read_document(path) for path in options.add]
    change = [read_document(path) for path in options.change]
    with home.ready(home.existing()), terminal.speaking():
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        document = exchange.propose_directory(
            by=audit.job(_ACTOR),
            now=clock.now().replace(microsecond=0),
            add=add,
            remove=options.remove,
            change=change,
            quorum=options.quorum,
        )
        _say_meaning(document)
    tell(document)


def _show(arguments: Sequence[str]) -> None:
    parser = _parser("show")
    parser.add_argument("file", type=Path, help=_("a proposal, or the founding directory"))
    options = parser.parse_args(list(arguments))
    document = read_document(options.file)
    with home.ready(home.existing()), terminal.speaking():
        from ayni.exchange import api as exchange

        body = exchange.checked_directory(document)
        if body["number"] == 1:  # it follows no other: there is no change to tell
            say_directory(body)
        else:
            _say_meaning(document)


def _vote(arguments: Sequence[str]) -> None:
    parser = _parser("vote")
    parser.add_argument("file", type=Path, help=_("a proposal; prints it with our signature"))
    options = parser.parse_args(list(arguments))
    document = read_document(options.file)
    with home.ready(home.existing()), terminal.speaking():
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        _say_meaning(document)
        voted = exchange.vote_on_directory(by=audit.job(_ACTOR), document=document)
    tell(voted)


def _publish(arguments: Sequence[str]) -> None:
    parser = _parser("publish")
    parser.add_argument("files", nargs="+", type=Path, help=_("the votes of the states"))
    options = parser.parse_args(list(arguments))
    votes = [read_document(path) for path in options.files]
    with home.ready(home.existing()), terminal.speaking():
        from ayni.audit import api as audit
        from ayni.exchange import api as exchange

        document = exchange.publish_directory(by=audit.job(_ACTOR), votes=votes, now=clock.now())
        say(
            _("directory number %(number)s is in force here; the other nodes fetch it")
            % {"number": document["body"]["number"]}
        )
    tell(document)


def _note(arguments: Sequence[str]) -> None:
    parser = _parser("note")
    parser.add_argument("file", type=Path, help=_("a proposal, or the founding directory"))
    parser.add_argument("--language", choices=_LANGUAGES, default="es")
    parser.add_argument("--to", type=Path, required=True, help=_("the new PDF"))
    options = parser.parse_args(list(arguments))
    document = read_document(options.file)
    with home.ready(home.existing()), terminal.speaking():
        from ayni.exchange import api as exchange

        pdf = exchange.note_verbale(document=document, language=options.language)
    with options.to.open("xb") as file:
        file.write(pdf)
    say(str(options.to))


def _say_meaning(document: dict[str, Any]) -> None:
    from ayni.exchange import api as exchange

    changes, votes = exchange.meaning_of_proposal(document)
    for change in changes:
        say(exchange.in_words(change))
    issued = clock.parse(document["body"]["issued"])
    say(_("dated %(moment)s UTC") % {"moment": f"{issued:%Y-%m-%d %H:%M}"})
    say(
        _("signed by %(states)s; %(needed)s states are needed")
        % {"states": ", ".join(votes.states) or "–", "needed": votes.needed}
    )
    say_whole(document["body"])


_WORDS: dict[str, Callable[[Sequence[str]], None]] = {
    "propose": _propose,
    "show": _show,
    "note": _note,
    "vote": _vote,
    "publish": _publish,
}


def main(arguments: Sequence[str]) -> int:
    """Exit code of one `ayni directory` command."""
    return run_verb("directory", _WORDS, arguments)
