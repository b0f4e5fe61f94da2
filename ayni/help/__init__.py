"""Public pages: whom to call now, and how to ask for help. No session, no cookie, no tracking."""
