"""Kinds of messages: declared by rooms; `exchange` knows their schema, not their meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import FormatChecker
from jsonschema.exceptions import best_match

from ayni.exchange import documents
from ayni.exchange.errors import Malformed, TooLarge
from ayni.exchange.handling import NAME as HANDLING
from ayni.exchange.handling import Allowed
from ayni.exchange.schemas import Validator
from ayni.lib import clock

# `format: moment` in a schema: a time that exists, as `lib.clock` writes it.
FORMATS = FormatChecker(formats=())


@FORMATS.checks("moment", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(clock.parse(value))


@dataclass(frozen=True, slots=True)
class MessageKind:
    """What a room registers of a kind of message. Whatever it does not name is not allowed.

    `schema` is a JSON Schema of the payload without `handling`. With `personal`, all personal
    values stand under the payload's name `data`; `carries` says for each purpose that a grant may
    have which fields the payload may carry, and nothing outside leaves whatever the grant says.
    The fields of a payload are the names in `data`, or what `reveals` makes of `data`.
    `handling`: the handling codes that it may carry; None: none. `about_person`: unless it is
    False, the room is asked before every attempt (`STILL_ALLOWED`), and a kind for which there is
    nobody to ask is not sent. `largest` is in bytes of canonical JSON. `also` checks `data` further
    and `whole` the payload; each raises ValueError with the place only."""

    name: str
    personal: bool
    schema: Mapping[str, Any]
    largest: int = 262_144
    carries: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reveals: Callable[[Mapping[str, Any]], frozenset[str]] | None = None
    handling: Allowed | None = None
    about_person: bool = True
    also: Callable[[Mapping[str, Any]], None] | None = None
    whole: Callable[[Mapping[str, Any]], None] | None = None
    # Made once: checking the schema itself costs more than checking a payload.
    _validator: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # That the schema is one is tested for every registered kind, and not at every start of a
        # process: it was a fifth of it.
        validator = Validator(self.schema, format_checker=FORMATS)
        object.__setattr__(self, "_validator", validator)
        if self.personal and not self.purposes:
            raise ValueError(f"{self.name}: a kind with personal data names its purposes")
        if self.personal and not self.about_person:
            raise ValueError(f"{self.name}: personal data are about a person")

    @property
    def purposes(self) -> frozenset[str]:
        """The purposes that a grant for this kind may have."""
        return frozenset(self.carries)

    def check(self, payload: Mapping[str, Any], *, at_most: int | None = None) -> None:
        """Raise `TooLarge`, or `Malformed` unless the payload is of this kind's schema; names the
        place only. `at_most`: the bytes that its form is known not to exceed."""
        within = at_most is not None and at_most <= self.largest
        length = 0 if within else len(documents.canonical(dict(payload)))
        if length > self.largest:
            raise TooLarge(f"{self.name}: {length} bytes, {self.largest} at most")
        rest = self._without_handling(payload)
        wrong = best_match(self._validator.iter_errors(rest))
        if wrong is not None:
            place = "/".join(str(part) for part in wrong.absolute_path)
            raise Malformed(f"{self.name}: {place or 'payload'}: {wrong.validator}")
        if self.also is not None:
            try:
                self.also(payload.get("data", {}))
            except ValueError:
                raise Malformed(f"{self.name}: data") from None
        if self.whole is not None:
            try:
                self.whole(payload)
            except ValueError as wrong:
                raise Malformed(f"{self.name}: {wrong}") from None

    def _without_handling(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The payload as the schema knows it, its handling codes checked and taken away. A kind
        that may carry none leaves them for its schema to refuse."""
        rest = dict(payload)
        if self.handling is None or HANDLING not in rest:
            return rest
        try:
            self.handling.check(rest.pop(HANDLING))
        except ValueError as wrong:
            raise Malformed(f"{self.name}: {wrong}") from None
        return rest

    def fields(self, payload: Mapping[str, Any]) -> frozenset[str]:
        """The names of the personal fields in a payload."""
        data = payload.get("data", {}) if self.personal else {}
        return frozenset(data) if self.reveals is None else self.reveals(data)

    def outside(self, purpose: str, fields: Iterable[str]) -> frozenset[str]:
        """Which of these fields a payload must not carry under this purpose."""
        return frozenset(fields) - self.carries.get(purpose, frozenset())
