"""Figures, and what is loaded from outside to be counted."""
