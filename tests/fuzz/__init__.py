"""Coverage-guided fuzzing of what reads the bytes of others; tests/fuzz/README.md."""
