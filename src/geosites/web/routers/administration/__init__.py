"""Routes for operators: health, the journal, the exercise, declarations."""
