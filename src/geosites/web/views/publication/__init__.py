"""Pages for bulletins, public tables, partners and the committee."""
