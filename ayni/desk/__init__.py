"""The officers' pages that join rooms. No rules, no tables."""
