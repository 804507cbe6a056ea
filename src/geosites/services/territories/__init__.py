"""Territories through their weeks, and the counts published or to be published of them."""
