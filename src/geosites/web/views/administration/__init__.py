"""For who runs the service: how it does, the journal, the exercise, declarations."""
