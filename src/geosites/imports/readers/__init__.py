"""Files read in pieces: CSV, Excel workbooks, layers with geometries."""
