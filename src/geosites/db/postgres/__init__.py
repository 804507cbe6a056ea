"""PostgreSQL specifics: connections, COPY, columnar reads, table digests."""
