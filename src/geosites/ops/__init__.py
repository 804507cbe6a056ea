"""Running the service: the private PostgreSQL, backups, worker processes."""
