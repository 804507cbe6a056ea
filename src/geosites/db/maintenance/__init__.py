"""Maintenance: jobs, retention, store flags, metrics for operators, and the exercise."""
