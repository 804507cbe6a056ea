"""Who comes in: signing in, accounts, and an account's own subscriptions."""
