"""How the node itself is: measured for its administrator and for monitoring."""
