"""Sums over states without a register: who adds learns the sum and nothing else (ADR 0079).

`masks.py` hides one state's counts so that the masks of all states cancel out; `rounds.py` says
who may take part in which round, when one is complete, and what a sum must fulfil. Both are pure.
"""
