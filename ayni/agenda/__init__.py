"""The platform's own work: who presides, its organs and rules, who answers for each state."""
