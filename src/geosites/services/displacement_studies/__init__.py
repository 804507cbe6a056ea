"""What changed, and where, after an operation or a closure."""
