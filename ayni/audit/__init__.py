"""What was done, by whom, when; a hash chain that cannot be rewritten unnoticed."""
