"""Commands for queries and closures."""
