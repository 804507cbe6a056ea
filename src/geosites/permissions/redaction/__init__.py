"""Documents for readers who may not see everything: an allow-list of fields for each."""
