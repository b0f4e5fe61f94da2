"""Refusals of releases under differential privacy. When one is raised nothing has been spent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from ayni.lib.errors import AyniError


class DomainRefused(AyniError):
    """A declared domain is not one: one sentence for each problem."""

    code = "domain_refused"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class RecordsRefused(AyniError):
    """The records are not a table with the columns of the declared domain."""

    code = "records_refused"


class PlanRefused(AyniError):
    """No noise can be planned for these numbers."""

    code = "plan_refused"


class MeasurementsRefused(AyniError):
    """What is to be rebuilt is not the noisy counts of this domain."""

    code = "measurements_refused"


class ChargeRefused(AyniError):
    """The ledger does not allow this release. Subclasses say why."""

    code = "charge_refused"


class OverBudget(ChargeRefused):
    """The release costs more than is left. `asked` and `left` in rho; `cohort` is the year of
    registration whose persons have no more left, or None where one release alone is too dear."""

    code = "over_budget"

    def __init__(self, *, asked: Decimal, left: Decimal, cohort: int | None) -> None:
        self.asked, self.left, self.cohort = asked, left, cohort
        said = {"asked": asked, "left": left, "year": cohort}
        super().__init__(
            _("This release costs %(asked)s rho; one release may cost %(left)s at most.") % said
            if cohort is None
            else _(
                "This release costs %(asked)s rho; for the persons registered in %(year)s only "
                "%(left)s is left. Leave this year out, or release with less."
            )
            % said
        )


class OverPersonBudget(ChargeRefused):
    """All releases together would cost one person more than is declared. `times`: registrations, in
    the `years`; `asked`: what this release and all before would cost that person, `left`: the most
    that may be spent on one, `spent`: what the releases before have cost."""

    code = "over_person_budget"

    def __init__(
        self,
        *,
        asked: Decimal,
        left: Decimal,
        times: int,
        spent: Decimal = Decimal(0),
        years: Sequence[int] = (),
    ) -> None:
        self.asked, self.left, self.times = asked, left, times
        self.spent, self.years = spent, tuple(years)
        super().__init__(
            _(
                "This release would cost a person who is registered %(times)s times %(asked)s rho; "
                "at most %(left)s may be spent on one person. Leave years out, or release with "
                "less."
            )
            % {"asked": asked, "left": left, "times": times}
        )


class AlreadyReleased(ChargeRefused):
    """A record enters its registration year's release once; a correction waits for a revision."""

    code = "already_released"

    def __init__(self, *, cohorts: Sequence[int], release: str) -> None:
        self.cohorts, self.release = tuple(cohorts), release
        super().__init__(
            _(
                "The records of %(years)s are in the release %(release)s already. Corrections wait "
                "for a declared revision."
            )
            % {"years": ", ".join(map(str, cohorts)), "release": release}
        )


class RevisionRefused(ChargeRefused):
    """A revision says why, and corrects years that have been released."""

    code = "revision_refused"
