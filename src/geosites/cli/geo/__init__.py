"""The city: its territories, sites and street map."""
