"""Named conditions over declared facts, with three values.

A condition is true, or false, if every way of filling in the unknown facts agrees; otherwise it
is unknown. Each expression (CEL) is worked out once for every combination of its facts when the
definition is read, so that asking it later is a look-up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from ayni.lib.terminal import gettext_noop as _

if TYPE_CHECKING:
    import cel

FactValue = bool | str

LARGEST_TABLE = 4096  # combinations of one condition; a jurist cannot read a larger one either
LONGEST_EXPRESSION = 500  # characters, as in the schema; the longest of the reference text has 105
MOST_PARTS, DEEPEST = 120, 20
# Combinations times parts, of all conditions of a text: about half a second; the reference text has
# 13,833. Whoever publishes a text lets every node work it out.
LARGEST_WORK = 200_000

# All that a condition is written with. What is not here (calls, arithmetic, escapes, picking from a
# value) never comes to the library, which dies of some of it and takes the process along.
_PART = re.compile(
    r"[ \t\r\n]*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<code>'[^'\\\r\n]*'|\"[^\"\\\r\n]*\")"
    r"|(?P<open>[(\[])|(?P<close>[)\]])|(?P<sign>==|!=|&&|\|\||[!,]))"
)
_WORDS = frozenset({"in", "true", "false"})
_THROUGH = (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)


class ConditionRefused(ValueError):
    """The expression cannot be a named condition; the text says why.

    `message`: the sentence in English, with places for `values`, for whoever shows it.
    """

    def __init__(self, message: str, **values: object) -> None:
        self.message, self.values = message, values
        super().__init__(message % values)


class FactRefused(ValueError):
    """A fact that the definition does not declare, or a value outside its domain."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known or not about a subject; `domain` lists every possible value."""

    name: str
    domain: tuple[FactValue, ...]

    @property
    def is_boolean(self) -> bool:
        return self.domain == (False, True)


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition: the facts it reads, in order, and its value for each combination."""

    name: str
    expression: str
    facts: tuple[str, ...]
    domains: tuple[tuple[FactValue, ...], ...]
    table: Mapping[tuple[FactValue, ...], bool]
    answers: dict[tuple[FactValue | None, ...], bool | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    def value(self, facts: Mapping[str, FactValue]) -> bool | None:
        """True, False, or None for unknown. `facts` holds only what is known."""
        known = tuple([facts.get(name) for name in self.facts])
        try:
            return self.answers[known]
        except KeyError:
            answer = self._complete(known)
            self.answers[known] = answer
            return answer

    def _complete(self, known: tuple[FactValue | None, ...]) -> bool | None:
        choices = [
            self.domains[place] if value is None else (value,) for place, value in enumerate(known)
        ]
        seen = {self.table[combination] for combination in product(*choices)}
        return seen.pop() if len(seen) == 1 else None

    def missing(self, facts: Mapping[str, FactValue]) -> tuple[str, ...]:
        """The unknown facts that this condition reads."""
        return tuple(name for name in self.facts if name not in facts)


def compile_condition(name: str, expression: str, facts: Mapping[str, Fact]) -> Condition:
    """Compile one CEL expression over declared facts.

    Raises ConditionRefused for what `work_of` refuses, a syntax error, an answer that is not true
    or false, and an expression that is always true or always false.
    """
    names = _read(name, expression, facts).names
    return _compiled(name, expression, tuple(facts[each] for each in names))


@lru_cache(maxsize=1024)
def _compiled(name: str, expression: str, facts: tuple[Fact, ...]) -> Condition:
    """Of facts that the expression reads, in order. A text is checked and then built, here and on
    each node: what it says is worked out once."""
    import cel  # it brings a command line of its own: an eighth of the start of every process

    try:
        program = cel.compile(expression)
    except _THROUGH:
        raise
    except BaseException as error:  # where the library panics, what it raises is no Exception
        raise ConditionRefused(
            _("condition %(name)s is not valid CEL: %(why)s"), name=repr(name), why=error
        ) from error
    names = tuple(each.name for each in facts)
    domains = tuple(each.domain for each in facts)
    table = _table(name, program, names, domains)
    if len(set(table.values())) < 2:
        always = (
            _("condition %(name)s is always true, whatever the facts")
            if next(iter(table.values()))
            else _("condition %(name)s is always false, whatever the facts")
        )
        raise ConditionRefused(always, name=repr(name))
    return Condition(name, expression, names, domains, table)


def work_of(name: str, expression: str, facts: Mapping[str, Fact]) -> int:
    """How much there is to work out: combinations of facts times parts of the expression. Nothing
    is compiled.

    Raises ConditionRefused for an expression that is too long, too deep or holds anything but
    facts, codes, comparisons, lists and brackets, for an undeclared fact, for a code that no fact
    of the expression can have, and for more than `LARGEST_TABLE` combinations.
    """
    found = _read(name, expression, facts)
    return found.combinations * found.parts


@dataclass(frozen=True, slots=True)
class _Written:
    names: tuple[str, ...]
    combinations: int
    parts: int


def _read(name: str, expression: str, facts: Mapping[str, Fact]) -> _Written:
    parts = _parts(name, expression)
    names = tuple(sorted({text for sort, text in parts if sort == "name"} - _WORDS))
    unknown = [each for each in names if each not in facts]
    if unknown:
        raise ConditionRefused(
            _("condition %(name)s reads undeclared fact %(fact)s"),
            name=repr(name),
            fact=repr(unknown[0]),
        )
    domains = [facts[each].domain for each in names]
    known = {value for domain in domains for value in domain if isinstance(value, str)}
    for code in (text[1:-1] for sort, text in parts if sort == "code"):
        if code not in known:
            raise ConditionRefused(
                _("condition %(name)s compares with %(code)s, which none of its facts can be"),
                name=repr(name),
                code=repr(code),
            )
    size = prod(len(domain) for domain in domains)
    if size > LARGEST_TABLE:
        raise ConditionRefused(
            _("condition %(name)s has %(size)s combinations of facts; at most %(most)s"),
            name=repr(name),
            size=size if size < 10**9 else "10⁹",
            most=LARGEST_TABLE,
        )
    return _Written(names, size, len(parts))


def _parts(name: str, expression: str) -> list[tuple[str, str]]:
    """What an expression is made of: sort (a group of `_PART`) and text of each part."""
    if len(expression) > LONGEST_EXPRESSION:
        raise ConditionRefused(
            _("condition %(name)s is longer than %(most)s characters"),
            name=repr(name),
            most=LONGEST_EXPRESSION,
        )
    found: list[tuple[str, str]] = []
    written, place, depth = expression.rstrip(" \t\r\n"), 0, 0
    while place < len(written):
        part = _PART.match(written, place)
        if part is None:
            raise ConditionRefused(
                _("condition %(name)s holds %(part)s, which a condition is not written with"),
                name=repr(name),
                part=repr(written[place : place + 20].strip()),
            )
        sort, place = str(part.lastgroup), part.end()
        text = part[sort]
        if found and _is_value(*found[-1]) and sort in ("name", "code", "open") and text != "in":
            raise ConditionRefused(
                _("condition %(name)s has %(part)s right after %(before)s: it can call nothing"),
                name=repr(name),
                part=repr(text),
                before=repr(found[-1][1]),
            )
        found.append((sort, text))
        depth += {"open": 1, "close": -1}.get(sort, 0)
        if depth > DEEPEST or len(found) > MOST_PARTS:
            raise ConditionRefused(
                _("condition %(name)s is too long: at most %(most)s parts, %(deep)s brackets deep"),
                name=repr(name),
                most=MOST_PARTS,
                deep=DEEPEST,
            )
    return found


def _is_value(sort: str, text: str) -> bool:
    """Whether something ends here that a call or a choice from it could follow."""
    return sort in ("code", "close") or (sort == "name" and text != "in")


def _table(
    name: str,
    program: cel.Program,
    names: tuple[str, ...],
    domains: tuple[tuple[FactValue, ...], ...],
) -> dict[tuple[FactValue, ...], bool]:
    table: dict[tuple[FactValue, ...], bool] = {}
    for combination in product(*domains):
        try:
            answer = program.execute(dict(zip(names, combination, strict=True)))
        except _THROUGH:
            raise
        except BaseException as error:  # as above
            raise ConditionRefused(
                _("condition %(name)s cannot be worked out: %(why)s"), name=repr(name), why=error
            ) from error
        if not isinstance(answer, bool):
            raise ConditionRefused(
                _("condition %(name)s gives %(answer)s, not true or false"),
                name=repr(name),
                answer=repr(answer),
            )
        table[combination] = answer
    return table


def check_facts(facts: Mapping[str, FactValue], declared: Mapping[str, Fact]) -> None:
    """Raise FactRefused for an undeclared fact or a value outside its domain."""
    for name, value in facts.items():
        fact = declared.get(name)
        if fact is None:
            raise FactRefused(f"the protocol declares no fact {name!r}")
        if isinstance(value, bool) != fact.is_boolean or value not in fact.domain:
            raise FactRefused(f"fact {name!r} cannot be that value")
