"""Reports: sightings, notes, checks, duplicates, and visits as columns."""
