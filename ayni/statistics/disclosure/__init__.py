"""Disclosure control, the classical mode: what may be shown of counts and records, and why not.

Pure files: no Django, no clock, no database. Counts and records come in; what comes out is either
safe to show or a list of reasons. The other mode, differential privacy, is another package; one
release declares one mode and never mixes them (`findings.Mode`).

How a release goes through it
-----------------------------

1. *Proposed*: tables (`tables.Table` over a fixed, public `tables.Domain`) or a file of records,
   and the parameters of one method: `suppressing.Suppression`, `rounding.Rounding` or
   `cell_key.CellKey`. `description()` of each is a plain dictionary of texts, numbers and lists;
   it travels with the table and is all that a rebuild needs beside the inputs and the secrets.
2. *Checked by the machine*: `checking.check_tables` and `records.check_records` answer with a
   `findings.Verdict`. A verdict allows only if every check that its mode and subject require has
   run and no finding refuses: what nobody checked is refused (deny by default).
3. *Reviewed by a second person*, *signed*, *published*, *rebuilt*: the workflow of the room. It
   keeps the verdict beside the reviewer's reasons. A reviewer can refuse what the machine allows,
   and never allow what it refuses.

A `Finding` is for the people of the node: its figures may tell what a suppressed cell holds. Only
`Published` (values and marks) and `description()` leave the node. True counts, record keys and the
randomness of rounding never do.

Files: `findings` (reasons), `records_file` and `records` (k, l, t), `tables` (cells and counts),
`linked` (every equation between cells), `attack` (what a reader can work out, by linear programmes
over all that is published), `suppressing`, `rounding` with `withholding`, `cell_key` with `noise`,
`changed` (what a changed value tells of its count), `checking`.

numpy and scipy come with the extra `observatory`; `attack`, `suppressing` and `withholding` need
them and say so.
"""
