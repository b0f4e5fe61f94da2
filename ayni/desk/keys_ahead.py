"""How far ahead the node has keys, in words: what the custodians have to do, and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members


@dataclass(frozen=True, slots=True)
class KeysShown:
    """`warning`: what people have to do now, empty if nothing; `told`: the rest, sentence by
    sentence."""

    warning: str = ""
    told: list[str] = field(default_factory=list)


def keys_shown(node_name: Callable[[str], str]) -> KeysShown:
    """Of this node, now; nothing before it has a directory and a key sheet."""
    ahead = exchange.keys_ahead(now=clock.now())
    if ahead is None:
        return KeysShown()
    words = {
        "count": ahead.prepared,
        "until": date_format(localtime(ahead.until), "DATE_FORMAT"),
        "ends": date_format(localtime(ahead.ends), "DATE_FORMAT"),
    }
    told = [*_state(ahead, words), *_thrown(ahead), *_in_the_way(ahead, node_name)]
    return KeysShown(_warning(ahead) % words if ahead.soon else "", told)


def _warning(ahead: exchange.KeysAhead) -> str:
    if ahead.prepared:
        return _(
            "Keys are prepared until %(until)s. The custodians have to bring the identity key "
            "together before that day."
        )
    return _(
        "No key sheets are prepared. The keys of this node do not change by themselves, and after "
        "%(ends)s nobody can write to it. The custodians have to bring the identity key together."
    )


def _state(ahead: exchange.KeysAhead, words: dict[str, object]) -> list[str]:
    if ahead.at_hand:
        return [
            _(
                "The identity key lies on the machine of this node, so the node makes itself new "
                "keys every week. It is safer in shares that several persons keep."
            )
        ]
    if ahead.prepared and not ahead.soon:
        return [
            _("Key sheets are prepared, one for each week, until %(until)s: %(count)s.") % words
        ]
    return []


def _thrown(ahead: exchange.KeysAhead) -> list[str]:
    if ahead.thrown is None:
        return []
    why = {
        "followed": _(
            "Prepared key sheets were thrown away on %(day)s (%(count)s): another key sheet of "
            "this node took the place of the first of them."
        ),
        "identity": _(
            "Prepared key sheets were thrown away on %(day)s (%(count)s): this node has another "
            "identity key now than the one that signed them."
        ),
        "foreign": _(
            "Prepared key sheets were thrown away on %(day)s (%(count)s): before them came a key "
            "sheet that this node did not make."
        ),
    }
    day = date_format(localtime(ahead.thrown.at), "DATE_FORMAT")
    return [why[ahead.thrown.reason] % {"count": ahead.thrown.count, "day": day}]


def _in_the_way(ahead: exchange.KeysAhead, node_name: Callable[[str], str]) -> list[str]:
    told = []
    if ahead.awaited:
        names = ", ".join(node_name(node) for node in ahead.awaited)
        told.append(
            _(
                "This node was restored. The next prepared key sheet waits until these have told "
                "what they hold of ours: %(nodes)s."
            )
            % {"nodes": names}
        )
    if ahead.unnamed:
        names = ", ".join(str(members.institution_name(code)) for code in ahead.unnamed)
        told.append(
            _(
                "Not in the key sheets yet, so nobody can write to them: %(names)s. They get keys "
                "when the custodians come together."
            )
            % {"names": names}
        )
    return told
