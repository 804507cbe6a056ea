"""Reports: the form and its receipt, checks, and possible duplicates."""
