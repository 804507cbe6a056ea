"""What crews reported: sightings, notes, checks, duplicates, and visits as columns."""
