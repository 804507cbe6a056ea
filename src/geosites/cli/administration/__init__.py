"""Accounts and the journal."""
