"""What leaves the service: bulletins, public tables, pages of partners and the committee."""
