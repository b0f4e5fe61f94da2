"""Definitions and versions of the assistance protocol, and the engine that runs them."""
