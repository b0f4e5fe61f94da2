"""Every reason of this package as a sentence in English, marked for translation where it is shown.

`%(where)s` is the place; the other names are the finding's figures.
"""

from __future__ import annotations

from collections.abc import Mapping

from ayni.lib.terminal import gettext_noop

REASONS: Mapping[str, str] = {
    # Parameters
    "threshold_too_low": gettext_noop(
        "The threshold is %(threshold)s; it may never be below %(least)s. Declare a higher one."
    ),
    "width_too_low": gettext_noop(
        "The declared interval is %(width)s wide; it must be at least %(least)s."
    ),
    "parameter_outside": gettext_noop(
        "%(where)s is %(value)s; it must be from %(least)s to %(most)s."
    ),
    "parameter_unknown": gettext_noop("%(where)s is %(value)s; it must be one of %(known)s."),
    "zeros_give_away": gettext_noop(
        "A cell that holds a whole group cannot be hidden while every zero beside it is shown. "
        "Let zeros be hidden where needed, or show such cells."
    ),
    # Records
    "k_too_low": gettext_noop(
        "k is %(k)s: a group of records that look alike has only %(k)s; at least %(least)s are "
        "declared."
    ),
    "l_too_low": gettext_noop(
        "l is %(l)s for %(where)s: somebody who knows the group knows the value; at least "
        "%(least)s different values are declared for each group."
    ),
    "t_too_high": gettext_noop(
        "t is %(t)s for %(where)s: a group differs from the whole by that much; at most %(most)s "
        "is declared."
    ),
    "homogeneous_classes": gettext_noop(
        "In %(homogeneous)s of %(classes)s groups everybody has the same value of %(where)s: "
        "%(records)s records give it away."
    ),
    # The file of records
    "file_missing": gettext_noop("There is no such file, or it is no plain file."),
    "file_too_large": gettext_noop(
        "The file is larger than %(most)s bytes once unpacked. Split it by year and check each "
        "part."
    ),
    "file_empty": gettext_noop("The file has no header. Save it again as CSV."),
    "file_without_records": gettext_noop("The file has a header and no record."),
    "file_not_gzip": gettext_noop(
        "The packed file (gzip) breaks off or is damaged after line %(line)s. Copy it again."
    ),
    "file_is_archive": gettext_noop(
        "This is a spreadsheet or archive (it begins with PK). Save it as CSV in UTF-8."
    ),
    "line_too_long": gettext_noop(
        "Line %(line)s is longer than %(most)s bytes: this is no table of records."
    ),
    "line_not_text": gettext_noop(
        "Line %(line)s, byte %(place)s of the line: %(value)s is not UTF-8. Save the file as CSV "
        "in UTF-8."
    ),
    "line_not_csv": gettext_noop("Line %(line)s cannot be read as CSV: %(value)s."),
    "row_of_other_length": gettext_noop(
        "Line %(line)s has %(found)s values; the header has %(expected)s columns. The last value "
        "is %(value)s. A value with a comma must stand in quotation marks."
    ),
    "column_unknown": gettext_noop(
        "Line 1: there is no column %(where)s. The columns are: %(known)s."
    ),
    "column_twice": gettext_noop("Line 1: the column %(where)s stands twice."),
    "column_in_both": gettext_noop(
        "%(where)s was named twice, or both as known to others and as sensitive."
    ),
    "columns_undeclared": gettext_noop(
        "Nobody said what these columns are: %(where)s. What was not measured is not released. "
        "Name each as known to others, as sensitive, or as left out."
    ),
    "columns_left_out": gettext_noop(
        "These columns were not measured: %(where)s. Take them out of the file before it is "
        "published."
    ),
    "too_many_columns": gettext_noop("Line 1 has %(found)s columns; at most %(most)s are read."),
    "too_many_records": gettext_noop("There are more than %(most)s records. Split the file."),
    "too_many_classes": gettext_noop(
        "There are more than %(most)s different groups: nearly every record stands alone. Name "
        "fewer columns, or coarser ones."
    ),
    "value_unreadable": gettext_noop(
        "Line %(line)s, column %(where)s: %(value)s holds signs that were read in a wrong "
        "encoding. Save the file again in UTF-8 from its source."
    ),
    "value_too_long": gettext_noop(
        "Line %(line)s, column %(where)s: %(value)s… is longer than %(most)s signs; a category "
        "was expected."
    ),
    "value_outside": gettext_noop(
        "Record %(line)s, column %(where)s: %(value)s is not in the declared list of values."
    ),
    # Tables
    "variable_unknown": gettext_noop("%(where)s: no variable %(value)s is declared."),
    "too_many_cells": gettext_noop(
        "%(where)s has %(found)s cells; at most %(most)s can be checked. Use fewer columns."
    ),
    "small_cell_shown": gettext_noop(
        "%(where)s is shown as %(count)s, below the threshold of %(threshold)s."
    ),
    "full_cell_shown": gettext_noop(
        "%(where)s is shown and holds its whole group: whoever is known to be in the group is "
        "known to be in the cell."
    ),
    "not_proposed": gettext_noop(
        "%(where)s has a value and stands in no proposed table: it was not checked. Leave it out, "
        "or propose its table."
    ),
    "group_worked_out": gettext_noop(
        "%(where)s can be worked out from tables or editions that are subtracted, and holds its "
        "whole group: whoever is known to be in the group is known to be in the cell."
    ),
    "joint_too_large": gettext_noop(
        "%(where)s: these tables share variables and must be attacked together, over %(found)s "
        "combinations; at most %(most)s can be. Use fewer or coarser columns, or fewer tables."
    ),
    "joint_partial": gettext_noop(
        "The tables were not attacked over all their variables at once, but only as far as the "
        "release declares. Who reasons over more of them together may come closer: %(where)s."
    ),
    "other_mode_beside": gettext_noop(
        "Of the same persons there is a release in the other mode: %(where)s. Neither mode "
        "promises anything about both together; say in the review why both are needed."
    ),
    "margin_wrong": gettext_noop(
        "%(where)s is shown as %(shown)s; what it is the sum of adds up to %(sum)s."
    ),
    "recoverable": gettext_noop(
        "%(where)s is not shown and can be worked out: from %(low)s to %(high)s. The declared "
        "interval is %(width)s wide."
    ),
    "narrowed": gettext_noop(
        "%(where)s: the changed numbers together leave fewer possible values than the declared "
        "interval of %(width)s."
    ),
    "withheld": gettext_noop(
        "%(withheld)s of %(all)s numbers are withheld, in whole lines with their totals: they "
        "would leave fewer possible values of a small count than the declared interval."
    ),
    "all_withheld": gettext_noop(
        "No number could be shown: rounded as they are, together they leave too few possible "
        "values of small counts. Use fewer or coarser columns, or hide small numbers."
    ),
    "cannot_protect": gettext_noop(
        "%(where)s cannot be hidden, whatever else is: what was published before gives it away. "
        "Leave its table out."
    ),
    "edition_small_change": gettext_noop(
        "%(where)s: the difference from the edition %(edition)s is %(change)s, below the "
        "threshold of %(threshold)s: it tells of those few."
    ),
    "edition_shows_hidden": gettext_noop(
        "%(where)s is hidden now and was shown in the edition %(edition)s as %(count)s."
    ),
    "edition_differs": gettext_noop(
        "%(where)s was shown in the edition %(edition)s as %(shown)s; counted again it gives "
        "another number. Declare the edition as revised."
    ),
    "earlier_forgotten": gettext_noop(
        "%(where)s, of the same persons, was sent to all nodes at least in part, and what it was "
        "counted from is kept no longer: nothing can be checked beside it. Ask for another "
        "declaration of this group of persons."
    ),
    "not_multiple": gettext_noop("%(where)s is shown as %(shown)s: no multiple of %(base)s."),
    "beyond_base": gettext_noop("%(where)s is shown further from its count than declared."),
    "margins_independent": gettext_noop(
        "Margins are treated on their own and need not be the sum of their cells. The table says "
        "so."
    ),
    "controlled_impossible": gettext_noop(
        "%(where)s: margins can be kept exact for one table of one or two variables only. Round "
        "each cell on its own and say so."
    ),
    "key_missing": gettext_noop("Record %(line)s has no key, or one outside 0 to 4294967295."),
    # Releases under differential privacy
    "over_budget": gettext_noop(
        "The release costs %(asked)s rho and %(left)s is left for the persons registered in "
        "%(where)s. Leave these years out, or declare a smaller epsilon."
    ),
    "over_person_budget": gettext_noop(
        "The release costs a person who is registered in %(where)s (%(times)s times) %(asked)s "
        "rho; of the %(most)s that may be spent on one person %(left)s is left. Leave some of "
        "these years out, or declare a smaller epsilon."
    ),
    "release_too_dear": gettext_noop(
        "The release costs %(asked)s rho; one release may cost %(left)s at most. Declare a smaller "
        "epsilon, or a larger bound on the number of records."
    ),
    "released_already": gettext_noop(
        "The records of %(where)s are in a release already. Name it as the one that is corrected, "
        "or choose other years."
    ),
    "charge_refused": gettext_noop("The ledger does not take this release: %(where)s"),
    "plan_refused": gettext_noop("No noise can be planned for this release: %(where)s"),
    "tables_disagree": gettext_noop(
        "%(where)s: the table is not what is counted in the open records."
    ),
    "interval_wrong": gettext_noop("%(where)s: a count lies outside of its own interval."),
    "states_worked_out": gettext_noop(
        "%(where)s: together with what the states have published themselves it can be worked out: "
        "from %(low)s to %(high)s. The declared interval is %(width)s wide. Leave its table out, "
        "or round the sum."
    ),
    "states_other_method": gettext_noop(
        "%(where)s was published by another method. What it tells together with the sum over "
        "states no check here can say: leave these years out, or use the method of that release."
    ),
    "states_not_here": gettext_noop(
        "%(where)s was published and has not come whole to this node, or cannot be read: it could "
        "not be compared. Propose again when it has come."
    ),
    "states_not_comparable": gettext_noop(
        "%(where)s contradicts the sum: it counts other cases, or was counted at another time. It "
        "was not put into one system with it."
    ),
    "states_read_as_part": gettext_noop(
        "%(where)s counts more cases than the sum has of that state: it was read as an upper bound."
    ),
    "content_too_large": gettext_noop(
        "What would be published has up to %(size)s million bytes in %(parts)s parts; at most "
        "%(most)s million in %(most_parts)s parts can travel. Declare "
        "fewer records (--bound), fewer years or fewer tables."
    ),
    "content_not_regular": gettext_noop(
        "Its tables or records have a column too many or too few, two of one name or a number that "
        "no file can hold: nobody could read them. Tell who runs the node."
    ),
    "check_broken": gettext_noop(
        "The check was broken off %(tries)s times: the machine may not have enough memory for this "
        "release. Propose fewer tables or years, and ask who runs the node to look at its log."
    ),
    "not_checked": gettext_noop("%(where)s was not checked; nothing is shown unchecked."),
    "extra_missing": gettext_noop(
        "%(library)s is not installed on this node. Statistical releases need the extra "
        "“observatory”. In the folder of the program: .venv/bin/python -m pip install "
        "--require-hashes -r requirements-observatory.txt"
    ),
}
