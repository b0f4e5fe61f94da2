"""HTCDS 2.0: cases go out and come in as the field's standard writes them (ADR 0077)."""
