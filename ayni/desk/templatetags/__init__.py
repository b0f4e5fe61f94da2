"""Filters of the officers' pages."""
