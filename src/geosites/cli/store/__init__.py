"""The database and its contents as a whole: set up, backed up, archived, erased, recomputed."""
