"""Routes for file import and export."""
