"""Which column of a file holds which field. Pure.

Names are the standard's, ours, or those of the official files; a name that differs from a field's
only in its letters' case or in spaces is put right and told. Anything else is a problem.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from django.utils.translation import gettext as _

from ayni.statistics.htcds import fields
from ayni.statistics.htcds.records import Change, Problem, shown

# The five parts of the address, over which rows 1 and 2 of the official templates disagree.
ADDRESS = frozenset(
    {
        "prs_MailingStreet",
        "prs_MailingCity",
        "prs_MailingState",
        "prs_MailingPostalCode",
        "prs_MailingCountry",
    }
)

# What a submission holds beside its answers (ODK XForms: metadata).
META = frozenset({
    "start", "end", "today", "meta", "instanceID", "instanceName", "deprecatedID", "formhub",
    "uuid", "__version__", "deviceid", "username", "simserial", "subscriberid", "phonenumber",
    "orx:meta",
})  # fmt: skip
# What ODK Central and KoboToolbox put beside it where they export submissions as a table.
_BESIDE = META | {
    "KEY", "SubmissionDate", "SubmitterID", "SubmitterName", "AttachmentsPresent",
    "AttachmentsExpected", "Status", "ReviewState", "DeviceID", "Edits", "FormVersion",
    "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status",
    "_submitted_by", "_tags", "_index", "_attachments", "_geolocation", "_xform_id_string",
}  # fmt: skip
# One of these is in every such table, and in no other one.
_ONLY_THERE = frozenset({"KEY", "SubmissionDate", "_id", "_uuid", "__version__", "instanceID"})
_GROUPED = re.compile(r"(?:meta|formhub)[/-]")


def of_submissions(names: Iterable[str]) -> bool:
    """Whether a table with these columns is an export of submissions of a form, in which spaces
    separate several codes."""
    return any(name.strip() in _ONLY_THERE or _GROUPED.match(name.strip()) for name in names)


def field_of(name: str) -> str | None:
    """The field that a name of a column or element means; None for none."""
    spelled = name.strip()
    if spelled in fields.fields():
        return spelled
    return fields.official()["names"].get(spelled) or _folded_names().get(fields.folded(spelled))


@cache
def _folded_names() -> Mapping[str, str]:
    return {fields.folded(name): name for name in fields.fields()}


@cache
def _labels() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, one in fields.fields().items():
        found.setdefault(fields.folded(one.label), set()).add(name)
    return {label: frozenset(names) for label, names in found.items()}


def labelled(label: str) -> frozenset[str]:
    """The fields that have this label; of several those of the official templates, if any."""
    names = _labels().get(fields.folded(label), frozenset())
    official = names & frozenset(fields.official()["template"])
    return official if official and len(names) > 1 else names


def resolve(
    names: Sequence[tuple[str, str]], *, sheet: str, row: int, submissions: bool = False
) -> tuple[list[str | None], list[Problem], list[Change]]:
    """The field of each column; empty for one that is to be passed over. `names`: (how the column
    is called in messages, its name). `submissions`: of an export (`of_submissions`), whose columns
    beside the answers, and those that repeat one choice of an answer each, are passed over."""
    found: list[str | None] = []
    problems: list[Problem] = []
    changes: list[Change] = []
    here = {field_of(name) for _column, name in names} if submissions else set()
    for column, name in names:
        one = field_of(name)
        if one is None and submissions and (_is_beside(name) or _repeats(name, here)):
            one = ""
        elif one is None:
            problems.append(Problem(sheet, row, column, name, _unknown(name)))
        elif one in found:
            problems.append(
                Problem(sheet, row, column, name, _("each field once; it has a column already"))
            )
        elif one != name:
            changes.append(Change(sheet, row, column, name, one))
        found.append(one)
    return found, problems, changes


def _is_beside(name: str) -> bool:
    return name.strip() in _BESIDE or bool(_GROUPED.match(name.strip()))


def _repeats(name: str, here: Collection[str | None]) -> bool:
    """Whether a column is one choice ("field/code") of a field that has its own column."""
    said, _slash, choice = name.strip().partition("/")
    one = field_of(said)
    if not choice or one is None or one not in here:
        return False
    return fields.folded(choice) in fields.code_words(one)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, fields.fields(), n=1)
    if near:
        return _("a field of HTCDS 2.0 or of Ayni; is it %(near)s?") % {"near": near[0]}
    return _("a field of HTCDS 2.0, or one of Ayni that begins with %(prefix)s") % {
        "prefix": fields.PREFIX
    }


def template_field(name: str, label: str) -> tuple[str | None, str]:
    """The field of a column of an official template by its hidden name (row 1) and its visible
    label (row 2), and what is wrong with them (empty: nothing).

    Who fills a template in reads the labels: where the two disagree over the address the label
    counts (trap 1); a missing or misspelt name is known by its label (traps 2 and 3).
    """
    by_name = field_of(name) if name else None
    by_label = labelled(label) if label else frozenset()
    if by_name in by_label:
        return by_name, ""
    if by_name is None:
        if len(by_label) == 1:
            return next(iter(by_label)), ""
        return None, _unknown(name or label)
    if by_name in ADDRESS:
        if len(by_label) == 1 and by_label <= ADDRESS:
            return next(iter(by_label)), ""
        return None, _("one of the labels of the address: %(labels)s") % {
            "labels": ", ".join(fields.fields()[each].label for each in sorted(ADDRESS))
        }
    if by_label:
        return None, _("the label %(label)s below the name %(name)s") % {
            "label": shown(fields.fields()[by_name].label),
            "name": by_name,
        }
    return by_name, ""  # a label in another language
