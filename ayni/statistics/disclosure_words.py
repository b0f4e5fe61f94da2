"""Words of disclosure control: reasons of findings and measures of files, translated."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ayni.statistics.disclosure.findings import Finding
from ayni.statistics.disclosure.reasons import REASONS
from ayni.statistics.disclosure.records import Audit


def reason(finding: Finding) -> str:
    """The finding's reason as a sentence; English is kept where a language has none."""
    return _(REASONS[finding.code]) % {"where": finding.where, **finding.figures}


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
