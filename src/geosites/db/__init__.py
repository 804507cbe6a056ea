"""The store: PostgreSQL with PostGIS through SQLAlchemy Core. All SQL is in this package.

Functions take the connection as their first argument and never commit: whoever opened the
transaction ends it.
"""
