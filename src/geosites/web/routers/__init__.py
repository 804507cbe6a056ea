"""Routes of three lines: parse, ask, answer."""
