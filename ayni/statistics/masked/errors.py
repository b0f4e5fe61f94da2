"""Refusals of sums over states."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused


class SeedMissing(Refused):
    """The secret shared with one state of the round is not here; its code is a parameter."""

    code = "seed_missing"
    reason = _("The secret shared with another state of this sum is not here yet.")


class CountRefused(Refused):
    """What is to be added is no table of counts; the place of the cell is a parameter."""

    code = "count_refused"
    reason = _("These are no counts: each must be a whole number that is not negative.")


class ShareMalformed(Refused):
    """Bytes that are no share of this round."""

    code = "share_malformed"
    reason = _("This part does not have the form that the sum has declared.")


class ShareNotCommitted(Refused):
    """A share that is not the one its state has published a commitment to."""

    code = "share_not_committed"
    reason = _("This part is not the one that the state has announced.")


class SumImplausible(Refused):
    """Added up, the shares are no counts of this table; which state was wrong cannot be told."""

    code = "sum_implausible"
    reason = _(
        "Added up, the parts give no possible table: at least one of them was wrong. "
        "Which one cannot be told."
    )


class TooFewStates(Refused):
    """So few states that each could work out what the other counted."""

    code = "too_few_states"
    reason = _("A sum needs at least three states; with two each learns what the other has.")


class NotNamed(Refused):
    """This state is not one of the round."""

    code = "not_named"
    reason = _("Your state is not one of those that this sum is made of.")


class TooLate(Refused):
    """The day until which this could be done has passed."""

    code = "too_late"
    reason = _("The day until which this could be done has passed.")


class AlreadyAdded(Refused):
    """The same figures were or can be added already; the difference would tell of one state."""

    code = "already_added"
    reason = _(
        "These figures of this period have been added already. A second sum would tell, by the "
        "difference, what a single state has."
    )


class SomebodyLeftOut(Refused):
    """The states of two rounds about the same persons differ, and one may have given its share."""

    code = "somebody_left_out"
    reason = _(
        "The states of this sum are not those that gave their part to another sum of the same "
        "persons. The difference could tell what a single state has."
    )


class NotAgreed(Refused):
    """Not every state of the round takes part."""

    code = "not_agreed"
    reason = _("Not every state of this sum has said that it takes part.")


class PeriodReversed(Refused):
    """A period that ends before it begins."""

    code = "period_reversed"
    reason = _("The last day lies before the first.")


class YearRuns(Refused):
    """A period that is not over: its counts still change."""

    code = "year_runs"
    reason = _("The last year is not over yet. Choose an earlier one.")


class GivenBeforeAnswered(Refused):
    """A last day to give that lies before the last day to answer."""

    code = "given_before_answered"
    reason = _("The last day to give lies before the last day to answer. Choose a later one.")


class UnknownTable(Refused):
    """A table that no data file here declares."""

    code = "unknown_table"
    reason = _("This node does not know this table.")


class UnknownRound(Refused):
    """No round of this digest counts here."""

    code = "unknown_round"
    reason = _("This sum is not known here, or what was declared of it does not count.")


class NotTheGiver(Refused):
    """A secret from a state that is not to make the one of this pair."""

    code = "not_the_giver"
    reason = _("The other state of the pair makes this secret.")


class CountsChanged(Refused):
    """What is counted now is not what the officer had before her."""

    code = "counts_changed"
    reason = _("The counts have changed since you opened the page. Look at them once more.")


class NotWholeYears(Refused):
    """A period of which a node does not count its cases."""

    code = "not_whole_years"
    reason = _("Cases are counted by whole years: from 1 January to 31 December.")


class NotCountedHere(Refused):
    """This node counts no cases of its own."""

    code = "not_counted_here"
    reason = _("This node does not count its own cases yet.")


class ReasonNeeded(Refused):
    """Taking part has no reason, and declining has one of the list."""

    code = "reason_needed"
    reason = _("Choose why your state does not take part.")


class NoSumYet(Refused):
    """Of this round nothing was added here."""

    code = "no_sum_yet"
    reason = _("Of this sum nothing has been added here.")


class NotTheSecretariat(Refused):
    """Only the secretariat's node adds and declares."""

    code = "not_the_secretariat"
    reason = _("Only the technical secretariat declares sums over states and adds them.")


class StillRunning(Refused):
    """The last day of another round about the same persons, to which somebody has given, has not
    passed."""

    code = "still_running"
    reason = _(
        "Another sum of the same persons has begun, and its last day has not passed. Two at once "
        "could tell what a single state has."
    )


class AlreadyGiven(Refused):
    """This state has given its part of the round; it gives once."""

    code = "already_given"
    reason = _("Your state has given its part of this sum already. A part is given once.")


class TooFarOff(Refused):
    """A last day so far away that it would bar every other sum of the same persons for years."""

    code = "too_far_off"
    reason = _("The last day to give is more than 180 days away. Choose an earlier one.")


class TooManyKept(Refused):
    """So much of one state is kept for sums that were not made that nothing more is taken; whose
    it is and how much are parameters."""

    code = "too_many_kept"
    reason = _(
        "So much of this state is kept for sums that were not made that nothing more is taken "
        "until some of them have ended."
    )


class RoundEnded(Refused):
    """The round has ended without a sum."""

    code = "round_ended"
    reason = _("This sum has ended.")


class NotConfirmed(Refused):
    """Not every other state of the round is known to hold the announcement; those that are not
    stand in a parameter."""

    code = "not_confirmed"
    reason = _("Not every other state of this sum has confirmed that it knows of this part.")
