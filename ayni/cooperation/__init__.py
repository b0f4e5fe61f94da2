"""What states ask of each other: referrals, requests, letters, and the clocks of both."""
