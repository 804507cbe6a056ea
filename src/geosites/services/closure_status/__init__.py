"""Closure status of a site: today, through time, and the rates it rests on."""
