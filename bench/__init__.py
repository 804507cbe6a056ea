"""Measurements against peers. `python -m bench [NAME…] [--json]`, or `script/bench`."""
