"""Why something does not hold, kept as a sentence and its parts: it is said in another language by
whoever shows it. Pure."""

from __future__ import annotations


class Said(str):
    """The reason in English, as errors and findings carry it; `template` (a message of the
    catalogue, with placeholders) and `parts` say it in another language."""

    __slots__ = ("parts", "template")
    template: str
    parts: dict[str, object]

    def __new__(cls, template: str, **parts: object) -> Said:
        """`template`, marked with `gettext_noop`, and what stands in its placeholders."""
        made = super().__new__(cls, template % parts if parts else template)
        made.template, made.parts = template, parts
        return made


def reason_of(wrong: Exception) -> str:
    """The reason that an error carries, with its parts where it has them."""
    first = wrong.args[0] if wrong.args else None
    return first if isinstance(first, Said) else str(wrong)
