"""What every room may use: clock, identifiers, errors, folding. No word of the domain."""
