"""Free text, and the names of persons that it may not hold."""
