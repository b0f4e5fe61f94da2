"""States, institutions, users, roles, and on whose behalf the database is asked."""
