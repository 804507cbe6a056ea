"""Published data: bulletins, releases, changes, alarms and subscriptions."""
