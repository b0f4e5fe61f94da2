"""Template tags that know no word of the domain."""
