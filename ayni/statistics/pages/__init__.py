"""Dashboards: which answers a page asks for, how they are drawn, and the files they become."""
