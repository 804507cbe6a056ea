"""What leaves the service: bulletins, letters, alarms, open data, states for other services."""
