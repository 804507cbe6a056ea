"""Authorization: who may see what, in every channel."""
