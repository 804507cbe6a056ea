"""Geography: territories, sites, care places, map background and street map."""
