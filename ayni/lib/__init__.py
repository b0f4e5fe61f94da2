"""What every room may use and none may fill with its own words: clock, identifiers, errors, folding."""
