"""Commands for file import, export and column mappings."""
