"""Who may see what, in every channel."""
