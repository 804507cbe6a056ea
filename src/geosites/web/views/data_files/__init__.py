"""Pages for file import and export."""
