"""Sources: what is counted, where it comes from, and what was put right on the way."""
