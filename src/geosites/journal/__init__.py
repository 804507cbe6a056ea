"""Whether the journal is whole: its chains, and its anchors outside the database."""
