"""Number of people present, estimated from two crews' counts, each of which may miss some."""
