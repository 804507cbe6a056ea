"""Where things are: territories, sites, care places, the ground and the street map."""
