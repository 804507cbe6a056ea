"""Files of records: uploaded, what is chosen about them, brought in behind the scenes."""
