"""Notices, persons, cases, consent: what one institution knows and does for a person."""
