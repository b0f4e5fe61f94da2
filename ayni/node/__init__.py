"""The `ayni` command: a node's PostgreSQL, web process and worker."""
