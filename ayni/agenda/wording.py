"""What the codes of this room are called, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.members import api as members

# The functions of a state's offices before the platform (SIMORE Plus: main, alternate, validating).
FUNCTIONS: dict[str, Promise] = {
    "main": _("Main focal point"),
    "alternate": _("Alternate focal point"),
    "authority": _("Authority that validates"),
}
SORTS: dict[str, Promise] = {"group": _("Working group"), "observer": _("Observer")}
SORTS_MANY: dict[str, Promise] = {"group": _("Working groups"), "observer": _("Observers")}
MARKS: dict[str, Promise] = {
    "V": _("read in the source"),
    "2": _("to check: seen only in a secondary source"),
    "M": _("to check: nobody has verified it"),
    "X": _("to check: not found in public sources"),
    "D": _("proposed by this software; the sources name it"),
}
ENDS: dict[str, Promise] = {
    "open": _("Until it hands over: no day is set yet"),
    "day": _("On a day that is known"),
    "unknown": _("It has ended or may have ended; the day is not known"),
}
CHOICES: dict[str, Promise] = {"consensus": _("By consensus"), "majority": _("By majority")}
CHECKLIST: dict[str, Promise] = {
    "functions_without_office": _("States that have not named an office for every function"),
    "mandates_ending": _("States in which a mandate ends within 90 days"),
    "rules_not_known": _("Rules of which no value is recorded"),
    "groups": _("Working groups at work"),
    "written_instead": _("Written by a presidency and not yet taken up by the secretariat"),
    "commitments_late": _("Commitments that are late"),
    "commitments_open": _("Commitments that are open and not late"),
    "meetings_called": _("Meetings that are called"),
    "minutes_draft": _("Meetings whose minutes are still a draft"),
    "proposals_waiting": _("Proposals of common actions that wait for a decision"),
    "support_open": _("Needs of support between countries that are open"),
    "documents": _("Documents and archive of the presidency"),
    "correspondence": _("Letters and requests that still wait for an answer"),
    "announced": _("Meetings and events that were announced"),
    "accounts": _("Accounts of the officers of the presidency: stopped, and given to the next"),
}
# Where what an item tells of can be seen: the name of a page.
ITEM_PAGES = {
    "commitments_late": "agenda:work",
    "commitments_open": "agenda:work",
    "meetings_called": "agenda:platform",
    "minutes_draft": "agenda:platform",
    "proposals_waiting": "agenda:actions",
    "support_open": "support:list",
}
HOW: dict[str, Promise] = {"handed": _("Handed to the next one"), "open": _("Stays open")}

WORDS: dict[str, Promise] = {
    "not_begun": _("Not begun"),
    "in_progress": _("In progress"),
    "done": _("Done"),
    "given_up": _("Given up"),
}
STATUSES: dict[str, Promise] = {
    "not_begun": _("Not begun"),
    "in_progress": _("In progress"),
    "late": _("Late"),
    "waiting": _("Done, waits for validation"),
    "validated": _("Done and validated"),
    "given_up": _("Given up"),
    "withdrawn": _("Withdrawn by the plenary"),
    "unclear": _("Not clear: what the state published contradicts itself"),
}
# The same as heads of columns.
STATUS_HEADS: dict[str, Promise] = {**STATUSES, "unclear": _("Not clear yet")}
COLOURS = {
    "not_begun": "grey", "in_progress": "blue", "late": "red", "waiting": "yellow",
    "validated": "green", "given_up": "grey", "withdrawn": "grey", "unclear": "orange",
}  # fmt: skip


# How far a meeting is (`meeting_changes.Phase`).
PHASES: dict[str, Promise] = {
    "called": _("Called"),
    "cancelled": _("Cancelled meeting"),
    "held": _("Held, minutes open"),
    "closed": _("Held, minutes final"),
}
PHASE_COLOURS = {"called": "blue", "cancelled": "red", "held": "yellow", "closed": "green"}


def day_text(day: date) -> str:
    """A day as the reader's language writes it."""
    return date_format(day, "DATE_FORMAT")


def size_text(size: int) -> str:
    """A size in bytes, in megabytes or kilobytes."""
    if size < 100_000:
        return gettext("%(kilobytes)s KB") % {"kilobytes": number_format(max(1, size // 1024))}
    megabytes = number_format(max(size / 1024 / 1024, 0.1), 1)
    return gettext("%(megabytes)s MB") % {"megabytes": megabytes}


def rule_text(value: str) -> str:
    """The value of a rule, in words."""
    return str(CHOICES.get(value, value)) if value else gettext("Not known")


def month_text(day: date) -> str:
    """A month as the reader's language writes it."""
    return date_format(day, "YEAR_MONTH_FORMAT")


def state_text(code: str) -> str:
    """The name of a state, or of the secretariat; a code that is neither stays as it is."""
    if code == members.SECRETARIAT:
        return gettext("Technical secretariat")
    return members.state_name(code) if code in members.states() else code


def codes_text(codes: Iterable[str]) -> str:
    """Codes of states in words, other texts as they are, one after the other."""
    return ", ".join(state_text(each) for each in codes)


# The two crimes, as the register of norms calls them.
MATTERS: dict[str, Promise] = {
    "trafficking": _("Trafficking in persons"),
    "smuggling": _("Smuggling of migrants"),
}
ACTION_STATUSES: dict[str, Promise] = {
    "proposed": _("Proposed to both blocs"),
    "on_agenda": _("On the agenda of a meeting"),
    "adopted": _("Adopted"),
    "not_adopted": _("Not adopted"),
    "withdrawn": _("Taken back"),
}
ACTION_COLOURS = {
    "proposed": "blue", "on_agenda": "purple", "adopted": "green", "not_adopted": "red",
    "withdrawn": "grey",
}  # fmt: skip
# How the platform names the text of which it says something (`acting_together.Named`).
NAMED: dict[str, Promise | str] = {
    "not": "",
    "text": _("The platform names exactly this text, by number and digest."),
    "number": _(
        "The platform names this text by its number alone, as it was done before. If two texts "
        "came under that number, the one that came here first is shown."
    ),
    "elsewhere": _(
        "The platform named another text that came under the same number and is not on this node "
        "yet. What it said is about that one. The nodes compare what they have once a day."
    ),
}
