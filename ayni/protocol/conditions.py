"""Named conditions over declared facts, with three values.

A condition is true, or false, if every way of filling in the unknown facts agrees; otherwise it
is unknown. Each expression (CEL) is worked out once for every combination of its facts when the
definition is read, so that asking it later is a look-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from ayni.lib.terminal import gettext_noop as _

if TYPE_CHECKING:
    import cel

FactValue = bool | str

LARGEST_TABLE = 4096  # combinations of one condition; a jurist cannot read a larger one either

_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


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

    Raises ConditionRefused for a syntax error, an undeclared fact, a code that no fact of the
    expression can have, an answer that is not true or false, and an expression that is always
    true or always false.
    """
    import cel  # it brings a command line of its own: an eighth of the start of every process

    try:
        program = cel.compile(expression)
    except ValueError as error:
        raise ConditionRefused(
            _("condition %(name)s is not valid CEL: %(why)s"), name=repr(name), why=error
        ) from error
    names = tuple(sorted(program.variables()))
    unknown = [each for each in names if each not in facts]
    if unknown:
        raise ConditionRefused(
            _("condition %(name)s reads undeclared fact %(fact)s"),
            name=repr(name),
            fact=repr(unknown[0]),
        )
    _check_codes(name, expression, [facts[each] for each in names])
    domains = tuple(facts[each].domain for each in names)
    table = _table(name, program, names, domains)
    if len(set(table.values())) < 2:
        always = (
            _("condition %(name)s is always true, whatever the facts")
            if next(iter(table.values()))
            else _("condition %(name)s is always false, whatever the facts")
        )
        raise ConditionRefused(always, name=repr(name))
    return Condition(name, expression, names, domains, table)


def _check_codes(name: str, expression: str, facts: Iterable[Fact]) -> None:
    codes = {value for fact in facts for value in fact.domain if isinstance(value, str)}
    for single, double in _LITERAL.findall(expression):
        if (single or double) not in codes:
            raise ConditionRefused(
                _("condition %(name)s compares with %(code)s, which none of its facts can be"),
                name=repr(name),
                code=repr(single or double),
            )


def _table(
    name: str,
    program: cel.Program,
    names: tuple[str, ...],
    domains: tuple[tuple[FactValue, ...], ...],
) -> dict[tuple[FactValue, ...], bool]:
    size = 1
    for domain in domains:
        size *= len(domain)
    if size > LARGEST_TABLE:
        raise ConditionRefused(
            _("condition %(name)s has %(size)s combinations of facts; at most %(most)s"),
            name=repr(name),
            size=size,
            most=LARGEST_TABLE,
        )
    table: dict[tuple[FactValue, ...], bool] = {}
    for combination in product(*domains):
        try:
            answer = program.execute(dict(zip(names, combination, strict=True)))
        except (RuntimeError, TypeError, ValueError) as error:
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
