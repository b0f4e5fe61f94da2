"""Releases under differential privacy: tables and open microdata of one model, from one budget.

`domain.py` (what may be published: values of every column and the tables), `accounting.py` (what
noise costs) and `ledger.py` (who has been counted how often) need nothing but Python. `synthesis`
draws the noise, fits the model and draws the records; it needs the extra `observatory`. All of it
is pure: no database, no clock. Why it is done this way: docs/adr/0076."""
