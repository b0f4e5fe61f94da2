"""The class of every model field, and the columns that hold sealed values.

public: may be published. internal: ids, states, times; for the node's own people. personal: about
a person, sealed under that person's key. sealed: narrative, health and the like, sealed as well
and opened only by purpose. A test fails on a field without a class.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

if TYPE_CHECKING:
    from ayni.vault.sealing import Json, Sealer

F = TypeVar("F")


class FieldClass(StrEnum):
    """How a field is protected (design, "At rest")."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SEALED = "sealed"


def public(field: F) -> F:
    """Mark a model field whose values may be published."""
    field.classification = FieldClass.PUBLIC  # type: ignore[attr-defined]
    return field


def internal(field: F) -> F:
    """Mark a model field that holds ids, states or times, never anything about a person."""
    field.classification = FieldClass.INTERNAL  # type: ignore[attr-defined]
    return field


class PersonalField(models.BinaryField):  # type: ignore[type-arg]
    """A sealed JSON value about a person; written and read only through a `Sealer`."""

    classification = FieldClass.PERSONAL

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("null", True)
        kwargs.setdefault("default", None)
        super().__init__(*args, **kwargs)


class SealedField(PersonalField):
    """A sealed JSON value that is opened only for a stated purpose (narrative, health)."""

    classification = FieldClass.SEALED


class SealedRow(models.Model):
    """A row with sealed columns. The primary key must be known before sealing (a random UUID)."""

    class Meta:
        abstract = True

    def _place(self, name: str) -> str:
        return f"{self._meta.label_lower}.{name}:{self.pk}"

    @classmethod
    def sealed_names(cls) -> list[str]:
        """Names of the columns of this model that hold sealed values."""
        return [f.name for f in cls._meta.concrete_fields if isinstance(f, PersonalField)]

    def seal(self, sealer: Sealer, **values: Json) -> None:
        """Put `values` into their columns under the sealer's key; None and "" empty the column.

        Raises TypeError for a name that is not a sealed column.
        """
        known = self.sealed_names()
        for name, value in values.items():
            if name not in known:
                raise TypeError(f"{self._meta.label}.{name} is not a sealed column")
            empty = value is None or value == "" or value == [] or value == {}
            setattr(self, name, None if empty else sealer.seal(self._place(name), value))

    def unseal(self, sealer: Sealer, names: Iterable[str] | None = None) -> dict[str, Json]:
        """The values of the named sealed columns (all by default); empty columns give None.

        Raises `Erased` or `Tampered`.
        """
        opened: dict[str, Json] = {}
        for name in self.sealed_names() if names is None else names:
            blob = getattr(self, name)
            opened[name] = None if blob is None else sealer.open(self._place(name), bytes(blob))
        return opened
