"""Every column is classed before it is migrated: public, internal, personal or sealed."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from ayni.vault.fields import FieldClass

# Fields that a class of Django brings; what they hold: a hash, and the time of the last sign-in.
BROUGHT_BY_DJANGO = {"members.user.password", "members.user.last_login"}


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("ayni.")]


@pytest.mark.parametrize("model", _models(), ids=lambda model: model._meta.label_lower)
def test_every_field_of_every_model_is_classed(model: type[models.Model]) -> None:
    unclassed = [
        name
        for field in model._meta.concrete_fields
        if not isinstance(getattr(field, "classification", None), FieldClass)
        and (name := f"{model._meta.label_lower}.{field.name}") not in BROUGHT_BY_DJANGO
    ]

    assert not unclassed, (
        "say which class: vault.fields.public, internal, PersonalField, SealedField"
    )


@pytest.mark.parametrize("model", _models(), ids=lambda model: model._meta.label_lower)
def test_what_is_personal_or_sealed_is_stored_as_bytes(model: type[models.Model]) -> None:
    for field in model._meta.concrete_fields:
        if getattr(field, "classification", None) in (FieldClass.PERSONAL, FieldClass.SEALED):
            assert isinstance(field, models.BinaryField)
