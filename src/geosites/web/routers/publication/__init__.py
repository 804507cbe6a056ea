"""What leaves the service: bulletins, changes, public tables, pages of the committee."""
