"""Who may see and do what, in every channel."""
