"""Alerts about missing persons: one institution tells many, for a time, and takes it back."""
