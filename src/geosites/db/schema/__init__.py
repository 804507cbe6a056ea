"""Table definitions in SQLAlchemy Core."""
