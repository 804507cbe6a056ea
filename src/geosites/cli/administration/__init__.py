"""Commands for accounts and the journal."""
