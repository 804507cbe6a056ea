"""Routes for signing in, accounts, and an account's own subscriptions."""
