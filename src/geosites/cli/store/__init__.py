"""Commands for the database: set up, back up, archive, erase, recompute."""
