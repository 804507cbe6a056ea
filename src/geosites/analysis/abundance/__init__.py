"""How many people were present, from counts of two crews who may both have missed some."""
