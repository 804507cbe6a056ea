"""Routes for bulletins, changes, public tables, and committee pages."""
