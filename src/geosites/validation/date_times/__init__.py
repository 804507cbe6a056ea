"""Dates and times as files and forms write them."""
