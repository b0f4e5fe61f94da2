"""Indicators: what is counted of what, as data; a pure engine; the answers."""
