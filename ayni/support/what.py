"""What can be asked for: data. Pure."""

from __future__ import annotations

from dataclasses import dataclass

KEY = r"[0-9a-f]{16}"  # of a need: random, made once for a form
LONGEST_TEXT = 280
LONGEST_CITY = 60
# ISO 639-1: Quechua, Aymara, Guaraní.
LANGUAGES = ("qu", "ay", "gn")


@dataclass(frozen=True, slots=True)
class What:
    """One kind of need: whether it says in which city, and in which language."""

    city: bool = False
    language: bool = False


WHAT: dict[str, What] = {
    "interpreter": What(city=True, language=True),
    "shelter": What(city=True),
    "return_funds": What(),
    "identity_document": What(),
    "expert": What(),
    "training": What(),
    "joint_operation": What(),
}
