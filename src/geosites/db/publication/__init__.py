"""What leaves the store for others: bulletins, releases, changes, alarms and subscriptions."""
