"""Words of disclosure control: reasons of findings and measures of files, translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from ayni.statistics.disclosure.findings import Finding
from ayni.statistics.disclosure.reasons import REASONS
from ayni.statistics.disclosure.records import Audit


def reason(finding: Finding) -> str:
    """The finding's reason as a sentence; English is kept where a language has none."""
    return _(REASONS[finding.code]) % {"where": finding.where, **finding.figures}


def told(measured: Mapping[str, Any]) -> str:
    """k, l and t of microdata (`records.measured`) as one text."""
    return (
        _(
            "How far the lines stand out. Smallest group of lines that look alike in what others "
            "may know (k): %(k)s. Fewest different values, in such a group, of what must not be "
            "learned (l): %(l)s. Largest difference of such a group from the whole (t): %(t)s."
        )
        % measured
    )


def measures(measured: Audit) -> list[str]:
    """The measures of a file, a sentence each."""
    said = [
        _("%(records)s records in %(classes)s groups that look alike; the smallest has %(k)s (k).")
        % {"records": measured.records, "classes": measured.classes, "k": measured.k}
    ]
    for each in measured.sensitive:
        figures = {
            "column": each.column,
            "l": each.l,
            "t": round(float(each.t), 2),
            "homogeneous": each.homogeneous,
        }
        said.append(
            _(
                "%(column)s: at least %(l)s different values in a group (l), distance %(t)s (t), "
                "%(homogeneous)s groups with one value only."
            )
            % figures
        )
    return said
