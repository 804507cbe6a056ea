"""What is PostgreSQL's own: connections, COPY, whole columns, digests of tables."""
