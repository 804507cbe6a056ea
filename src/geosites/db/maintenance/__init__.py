"""The store itself: jobs, retention, flags, figures for who runs it, and the exercise."""
