"""Kinds of messages: declared by rooms; `exchange` knows their schema, not their meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema

from ayni.exchange import documents
from ayni.exchange.errors import Malformed, TooLarge
from ayni.lib import clock

# `format: moment` in a schema: a time that exists, as `lib.clock` writes it.
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("moment", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(clock.parse(value))


# Schema and what judges by it: a schema is looked through once, not with every message. The schema
# is kept with it, so that its id stays its own.
_judges: dict[int, tuple[Mapping[str, Any], Any]] = {}


def _judge(schema: Mapping[str, Any]) -> Any:
    found = _judges.get(id(schema))
    if found is None:
        form = jsonschema.validators.validator_for(schema)
        form.check_schema(schema)
        found = _judges[id(schema)] = (schema, form(schema, format_checker=FORMATS))
    return found[1]


@dataclass(frozen=True, slots=True)
class MessageKind:
    """`schema` is a JSON Schema of the whole payload. With `personal`, all personal values stand
    under the payload's name `data`, whose names are the fields that the grant must cover, and
    `purposes` are those that a grant may have. `largest` is in bytes of canonical JSON. `also`
    checks `data` further and `whole` the payload; each raises ValueError with the place only."""

    name: str
    personal: bool
    schema: Mapping[str, Any]
    largest: int = 262_144
    purposes: frozenset[str] = frozenset()
    also: Callable[[Mapping[str, Any]], None] | None = None
    whole: Callable[[Mapping[str, Any]], None] | None = None

    def __post_init__(self) -> None:
        if self.personal and not self.purposes:
            raise ValueError(f"{self.name}: a kind with personal data names its purposes")

    def check(self, payload: Mapping[str, Any]) -> None:
        """Raise `TooLarge`, or `Malformed` unless the payload is of this kind's schema; names the
        place only."""
        length = len(documents.canonical(dict(payload)))
        if length > self.largest:
            raise TooLarge(f"{self.name}: {length} bytes, {self.largest} at most")
        wrong = jsonschema.exceptions.best_match(_judge(self.schema).iter_errors(dict(payload)))
        if wrong is not None:
            place = "/".join(str(part) for part in wrong.absolute_path)
            raise Malformed(f"{self.name}: {place or 'payload'}: {wrong.validator}") from None
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

    def fields(self, payload: Mapping[str, Any]) -> frozenset[str]:
        """The names of the personal fields in a payload."""
        data = payload.get("data", {}) if self.personal else {}
        return frozenset(data)
