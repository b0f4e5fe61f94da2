"""The evidence of both sides of one conversation, judged together. Pure.

Each side alone leaves questions that only the other can answer: why a number of the other never
came, or what was answered. Here a word counts only if it is signed: what a node says of its own
numbers, in its own file or told to the other side; a message that either file shows; the answer of
its receiver. docs/reference/wire.md, "Evidence".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ayni.exchange import bundle
from ayni.exchange.errors import NotGenuine
from ayni.exchange.findings import Findings, Problem, Shown
from ayni.exchange.said import Said
from ayni.lib.terminal import gettext_noop as _

CONTRADICTS = "contradicts"
ONLY_ONE = "only_one"
# What a receipt says, and a file of what went down with an old machine: it was sent, and taken.
_RECEIPTED = frozenset({"applied", "set_aside", "waiting"})
_REFUSED, _UNKNOWN = "refused", "unknown"
_Place = tuple[str, int]  # node and number
_SHOWN = _("%(node)s says that it was not sent (%(why)s), and a file shows it with its signature")
_RECEIPTED_ELSEWHERE = _(
    "%(node)s says that it was not sent (%(why)s), and says elsewhere that it was receipted"
)


@dataclass(frozen=True, slots=True)
class Absent:
    """A number that neither file shows: `why`, and the node whose file says so, signed by the
    sender of that number; both are empty if nobody says it."""

    node: str
    number: int
    why: str
    by: str


@dataclass(slots=True)
class Together:
    """What two files show together. `problems`: where they do not agree; `absent`: numbers that
    neither shows; `unanswered`: messages to which neither shows an answer."""

    problems: list[Problem] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether what became of each number is proven, and nothing is without an answer."""
        return not self.unanswered and all(each.why for each in self.absent)


def judge(one: Findings, other: Findings) -> Together:
    """Both files of one conversation. Two files that are not those of its two sides, or of which
    one does not hold, explain nothing to each other."""
    files = (one, other)
    found = Together(problems=bundle.differences(one, other))
    if one.conversation == other.conversation:
        found.problems += _two_roots(one, other) + _two_answers(one, other)
    if not _explain_each_other(one, other):
        found.absent = [
            Absent(node, number, why, file.node if why else "")
            for file in files
            for node, number, why in file.missing
        ]
        found.unanswered = [*one.unanswered, *other.unanswered]
        return found
    shown, words = _shown(files), _words(files)
    denied = _judge_numbers(shown, words, found)
    found.problems = [
        each
        for each in found.problems
        if each.code != ONLY_ONE
        or not (each.where in denied or _is_explained(each.where, shown, words))
    ]
    found.problems += [denied[where] for where in sorted(denied)]
    found.unanswered = sorted({where for file in files for where in _unanswered(file, files)})
    return found


def _two_roots(one: Findings, other: Findings) -> list[Problem]:
    if one.founding == other.founding:
        return []
    return [
        Problem(
            "bundle",
            NotGenuine.code,
            Said(_("the files begin with two different founding directories")),
        )
    ]


def _two_answers(one: Findings, other: Findings) -> list[Problem]:
    """Envelopes that one file shows as receipted and the other as refused: its receiver has signed
    both."""
    theirs = {each.evidence: each for each in other.messages if each.answer}
    return [
        Problem(
            _where(_place(each)),
            CONTRADICTS,
            Said(_("the files show a receipt of it and a refusal")),
        )
        for each in one.messages
        if each.answer
        and each.evidence in theirs
        and (each.answer in _RECEIPTED) != (theirs[each.evidence].answer in _RECEIPTED)
    ]


def _explain_each_other(one: Findings, other: Findings) -> bool:
    sides = {one.node, other.node}
    return (
        one.holds
        and other.holds
        and (one.conversation, one.founding) == (other.conversation, other.founding)
        and len(sides) == 2
        and all({m.sender, m.recipient} == sides for m in (*one.messages, *other.messages))
    )


def _where(place: _Place) -> str:
    return f"message {place[0]} {place[1]}"


def _place(shown: Shown) -> _Place:
    return shown.sender, shown.sequence


def _was_refused(shown: Shown) -> bool:
    return shown.bound and shown.answer not in {"", *_RECEIPTED}


def _shown(files: Sequence[Findings]) -> dict[str, list[tuple[str, Shown]]]:
    """By its place, each message with the node whose file shows it."""
    found: dict[str, list[tuple[str, Shown]]] = {}
    for file in files:
        for each in file.messages:
            found.setdefault(_where(_place(each)), []).append((file.node, each))
    return found


def _words(files: Sequence[Findings]) -> dict[_Place, list[tuple[str, str]]]:
    """Which file says what of a number that it does not show: (its node, word). In both it is the
    sender of that number that speaks: in its own file, or in what it told the other side."""
    found: dict[_Place, list[tuple[str, str]]] = {}
    for file in files:
        for node, number, why in file.missing:
            found.setdefault((node, number), [])
            if why:
                found[node, number].append((file.node, why))
    return found


def _is_explained(
    where: str,
    shown: dict[str, list[tuple[str, Shown]]],
    words: dict[_Place, list[tuple[str, str]]],
) -> bool:
    """Whether only one file shows a message for a reason that is signed: its receiver refused it
    and kept nothing, or its sender says itself that it was taken and that its copy is gone."""
    here = shown.get(where, [])
    if all(file == each.sender and _was_refused(each) for file, each in here):
        return bool(here)
    said = {why for _by, why in words.get(_place(here[0][1]), [])}
    return bool(said & _RECEIPTED) and any(each.answer in _RECEIPTED for _file, each in here)


def _judge_numbers(
    shown: dict[str, list[tuple[str, Shown]]],
    words: dict[_Place, list[tuple[str, str]]],
    found: Together,
) -> dict[str, Problem]:
    """Note what neither file shows; the contradictions, by their place."""
    denied: dict[str, Problem] = {}
    for place, said in sorted(words.items()):
        where = _where(place)
        never = [(by, why) for by, why in said if why not in _RECEIPTED]
        if where in shown:
            against = [why for _by, why in never if not _agrees(why, shown[where])]
            if against:
                denied[where] = _denied(place, against, _SHOWN)
            continue
        if len(never) < len(said):  # it was sent, says its sender, and nobody shows it
            against = [why for _by, why in never if why != _UNKNOWN]
            if against:
                denied[where] = _denied(place, against, _RECEIPTED_ELSEWHERE)
            never = []
        by, why = never[0] if never else ("", "")
        found.absent.append(Absent(*place, why, by))
    return denied


def _agrees(why: str, shown: Sequence[tuple[str, Shown]]) -> bool:
    """Whether a message can be shown of which its sender says this. A node that was restored does
    not know what it sent after its backup."""
    return why == _UNKNOWN or (why == _REFUSED and all(_was_refused(each) for _by, each in shown))


def _denied(place: _Place, whys: Sequence[str], but: str) -> Problem:
    said = Said(but, node=place[0], why=", ".join(sorted(set(whys))))
    return Problem(_where(place), CONTRADICTS, said)


def _unanswered(file: Findings, files: Sequence[Findings]) -> list[str]:
    """Messages of a file to which no file shows an answer."""
    answered = {(_where(_place(m)), m.message) for each in files for m in each.messages if m.answer}
    ids = {_where(_place(shown)): shown.message for shown in file.messages}
    return [where for where in file.unanswered if (where, ids.get(where, "")) not in answered]
