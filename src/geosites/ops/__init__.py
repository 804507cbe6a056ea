"""Operations: the private PostgreSQL server, backups, worker processes."""
