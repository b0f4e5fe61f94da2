"""Ayni: sovereign nodes for the regional platform against trafficking and smuggling."""
