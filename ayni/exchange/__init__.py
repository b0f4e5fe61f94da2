"""Sealed, signed, receipted messages between sovereign nodes."""
