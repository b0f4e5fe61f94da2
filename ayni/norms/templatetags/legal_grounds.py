"""`{% load legal_grounds %}`: the legal ground between two states, on the page of another room."""

from __future__ import annotations

from typing import Any

from django import template

from ayni.norms.views import between

register = template.Library()


@register.inclusion_tag("norms/grounds.html")
def legal_grounds(requesting: str, requested: str, crime: str) -> dict[str, Any]:
    """`{% legal_grounds "ar" "bo" "trafficking" %}`: for a referral, and for the data.

    What is missing is left out here; the page of the framework shows it.
    """
    return between(requesting, requested, crime)
