"""Maps on paper: drawn by matplotlib, with a legend, a scale bar and names."""
