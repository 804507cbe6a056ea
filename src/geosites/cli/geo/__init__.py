"""Commands for the city: its territories, sites and street map."""
