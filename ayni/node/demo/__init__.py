"""The demonstration: sovereign nodes on one machine, with invented persons only."""
