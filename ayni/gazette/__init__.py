"""What one state, or the secretariat, publishes for all, kept on every node."""
