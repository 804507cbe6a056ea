"""Pages for closures and operations, their sites, and displacement."""
