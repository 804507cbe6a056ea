"""Commands for bulletins, letters, alarms, open data and sharing."""
