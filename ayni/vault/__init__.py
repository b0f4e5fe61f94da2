"""Keys, and what is sealed at rest. The vault keeps keys and knows nobody."""
