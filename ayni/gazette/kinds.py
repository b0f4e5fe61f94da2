"""Kinds of entries: declared by the rooms above; `gazette` knows their form, not their meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from jsonschema.exceptions import best_match

from ayni.exchange import api as exchange
from ayni.gazette.errors import (
    EndsBeforeItBegins,
    NotItsOwner,
    NotOfItsForm,
    UnknownEntryKind,
)
from ayni.gazette.rules import LARGEST_BODY, Owner, Said, owner_of
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.members.api import Permission


@dataclass(frozen=True, slots=True)
class EntryKind:
    """What a room registers of a kind of entry, by a line in `config/wiring.GAZETTE_KINDS`.

    Every entry is handled as public to all members, so `about_nobody` has to be said: a kind that
    could hold a value about a person is not registered. `schema` is the JSON Schema of the body
    and closed; `check` says what a schema cannot: it raises a `Refused` whose reason is shown
    beside the entry. It asks nothing that changes from day to day. `check_new` is asked only when
    an entry is published: a rule that came later takes away nothing that was published before it,
    and a node of an earlier version may not know it. `in_words` is what the entry says in one
    sentence, `about` the name of what its key names, both in the reader's language;
    they are called for entries in which no problem was found. `address` is the path of a page
    about it, empty if there is none.
    """

    name: str
    title: Text
    schema: Mapping[str, Any]
    permission: Permission
    owners: frozenset[Owner]
    about_nobody: bool
    in_words: Callable[[Said], str]
    about: Callable[[Said], str]
    check: Callable[[Said], None] | None = None
    check_new: Callable[[Said], None] | None = None
    address: Callable[[Said], str] | None = None
    largest: int = LARGEST_BODY
    _validator: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.about_nobody:
            raise ValueError(f"{self.name}: what all members read is about nobody")
        if self.schema.get("additionalProperties", True) is not False:
            raise ValueError(f"{self.name}: the schema of an entry is closed")
        object.__setattr__(self, "_validator", exchange.schema_validator(self.schema))

    def check_said(self, said: Said) -> None:
        """Raise `NotItsOwner`, `EndsBeforeItBegins`, `NotOfItsForm` or what the room's own check
        raises, unless an entry is as its kind demands. One that is taken back says nothing."""
        if owner_of(said.owner, secretariat=members.SECRETARIAT) not in self.owners:
            raise NotItsOwner(owner=said.owner)
        if said.valid_from and said.valid_until and said.valid_until < said.valid_from:
            raise EndsBeforeItBegins
        if said.withdrawn:
            if said.body:
                raise NotOfItsForm(place="body")
            return
        if len(exchange.canonical(dict(said.body))) > self.largest:
            raise NotOfItsForm(place="body")
        wrong = best_match(self._validator.iter_errors(dict(said.body)))
        if wrong is not None:
            raise NotOfItsForm(place="/".join(str(part) for part in wrong.absolute_path) or "body")
        if self.check is not None:
            self.check(said)

    def check_to_publish(self, said: Said) -> None:
        """The same of an entry that is to be published here, and what the room refuses from now
        on."""
        self.check_said(said)
        if self.check_new is not None and not said.withdrawn:
            self.check_new(said)


def registered(name: str) -> EntryKind:
    """A registered kind. Raises `UnknownEntryKind`."""
    try:
        path = settings.AYNI_GAZETTE_KINDS[name]
    except KeyError:
        raise UnknownEntryKind(kind=name) from None
    found: EntryKind = import_string(path)
    return found
