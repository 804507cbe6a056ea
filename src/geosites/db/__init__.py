"""The store: PostGIS behind SQLAlchemy Core. Only SQL lives here.

Functions take the connection first and never commit: whoever opened the transaction ends it.
"""
