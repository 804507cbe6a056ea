"""Reports: the form, corrections, checks, and possible duplicates."""
