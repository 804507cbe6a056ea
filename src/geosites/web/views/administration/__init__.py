"""Pages for operators: service status, the journal, the exercise, declarations."""
