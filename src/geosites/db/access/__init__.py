"""Accounts and what signs in, and the roles and rights of the database itself."""
