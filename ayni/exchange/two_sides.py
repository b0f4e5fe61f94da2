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

CONTRADICTS = "contradicts"
ONLY_ONE = "only_one"
# What a receipt says, and a file of what went down with an old machine: it was sent, and taken.
_RECEIPTED = frozenset({"applied", "set_aside", "waiting"})
_REFUSED, _UNKNOWN = "refused", "unknown"
_Place = tuple[str, int]  # node and number


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
        found.problems += _two_roots(one, other)
    if not _explain_each_other(one, other):
        found.absent = [
            Absent(node, number, why, file.node if why else "")
            for file in files
            for node, number, why in file.missing
        ]
        found.unanswered = [*one.unanswered, *other.unanswered]
        return found
    found.problems = [each for each in found.problems if not _is_explained(each, files)]
    _judge_numbers(files, found)
    found.unanswered = sorted({where for file in files for where in _unanswered(file, files)})
    return found


def _two_roots(one: Findings, other: Findings) -> list[Problem]:
    if one.founding == other.founding:
        return []
    return [
        Problem(
            "bundle", NotGenuine.code, "the files begin with two different founding directories"
        )
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


def _is_explained(problem: Problem, files: Sequence[Findings]) -> bool:
    """Whether only one file shows a message for a reason that is signed: its receiver refused it
    and kept nothing, or its sender says itself that it was taken and that its copy is gone."""
    if problem.code != ONLY_ONE:
        return False
    for file in files:
        here = [shown for shown in file.messages if _where(_place(shown)) == problem.where]
        if not here:
            continue
        if here[0].sender == file.node:
            return all(_was_refused(shown) for shown in here)
        words = {
            why
            for each in files
            for node, number, why in each.missing
            if (node, number) == _place(here[0])
        }
        return bool(words & _RECEIPTED) and any(shown.answer in _RECEIPTED for shown in here)
    return False


def _judge_numbers(files: Sequence[Findings], found: Together) -> None:
    shown: dict[_Place, list[Shown]] = {}
    for file in files:
        for each in file.messages:
            shown.setdefault(_place(each), []).append(each)
    words: dict[_Place, list[tuple[str, str]]] = {}
    for file in files:
        for node, number, why in file.missing:
            words.setdefault((node, number), [])
            if why:
                words[node, number].append((file.node, why))
    for place, said in sorted(words.items()):
        never = [(by, why) for by, why in said if why not in _RECEIPTED]
        if place in shown:
            denied = [why for _by, why in never if not _agrees(why, shown[place])]
            _note_contradiction(place, denied, "a file shows it with its signature", found)
            continue
        if len(never) < len(said):
            told = [why for _by, why in never if why != _UNKNOWN]
            _note_contradiction(place, told, "says elsewhere that it was receipted", found)
            never = []  # it was sent, says its sender, and nobody shows it
        by, why = never[0] if never else ("", "")
        found.absent.append(Absent(*place, why, by))


def _agrees(why: str, shown: Sequence[Shown]) -> bool:
    """Whether a message can be shown of which its sender says this. A node that was restored does
    not know what it sent after its backup."""
    return why == _UNKNOWN or (why == _REFUSED and all(_was_refused(each) for each in shown))


def _note_contradiction(place: _Place, whys: Sequence[str], but: str, found: Together) -> None:
    if not whys:
        return
    where = _where(place)
    said = f"{place[0]} says that it was not sent ({', '.join(sorted(set(whys)))}), and {but}"
    found.problems = [
        each for each in found.problems if (each.where, each.code) != (where, ONLY_ONE)
    ]
    found.problems.append(Problem(where, CONTRADICTS, said))


def _unanswered(file: Findings, files: Sequence[Findings]) -> list[str]:
    """Messages of a file to which no file shows an answer."""
    answered = {(_where(_place(m)), m.message) for each in files for m in each.messages if m.answer}
    ids = {_where(_place(shown)): shown.message for shown in file.messages}
    return [where for where in file.unanswered if (where, ids.get(where, "")) not in answered]
