"""Accounts and credentials in the store, and the database's own roles and privileges."""
