"""Template tags of norms."""
