"""Instruments, provisions and standing of states as data; which legal basis may be cited."""
