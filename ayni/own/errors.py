"""Refusals of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused


class NotAgreed(Refused):
    """A code is given only to who wants it and can keep it safely."""

    code = "not_agreed"
    reason = _("Give a code only if she or he wants it and can keep the paper where nobody looks.")


class ChildAuthorityOnly(Refused):
    """Under 18, or of unknown age: the child protection authority keeps the code."""

    code = "child_authority_only"
    reason = _(
        "This person is or may be under 18: only the child protection authority gets a code, and"
        " what the child says about it is written down."
    )


class PersonOnly(Refused):
    """An adult's code is given to nobody else."""

    code = "person_only"
    reason = _("The code of an adult is given to herself or himself, to nobody else.")


class OrderMissing(Refused):
    """A delay that rests on nothing."""

    code = "order_missing"
    reason = _("Write which authority ordered it, on which day, and under which number.")


class NotADelay(Refused):
    """A delay that would end in the past, or too late."""

    code = "not_a_delay"
    reason = _("Choose a day that has not passed and that this ground allows.")


class UnknownNumber(Refused):
    """The number opens nothing; whether it ever did is not said."""

    code = "unknown_number"
    reason = _("This number does not open anything. Look at the paper and write it again.")


class TooManyTries(Refused):
    """Too many wrong numbers from one place."""

    code = "too_many_tries"
    reason = _("Too many tries. Wait a quarter of an hour and write the number again.")


class VisitOver(Refused):
    """The page was open too long, was left, or is shown a second time by going back."""

    code = "visit_over"
    reason = _("Write the number again.")
