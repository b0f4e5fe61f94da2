"""Benchmarks: each is a command that prints JSON; progress goes to standard error."""
