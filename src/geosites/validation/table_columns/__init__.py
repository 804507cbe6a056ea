"""The columns of files: which there are, and which of a foreign file are likely ours."""
