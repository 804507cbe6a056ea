"""For who runs the service: health, the journal, the exercise, declarations."""
