"""Signing in, accounts, and an account's own subscriptions."""
