"""Pages for reports: the form and its receipt, checks, and possible duplicates."""
