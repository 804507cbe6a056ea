"""Routes for reports: the form, corrections, checks, and possible duplicates."""
