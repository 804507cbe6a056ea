"""Files of records in and out, and how their columns are mapped."""
