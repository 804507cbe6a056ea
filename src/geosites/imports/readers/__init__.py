"""File readers in blocks: CSV, Excel workbooks, layers with geometries."""
