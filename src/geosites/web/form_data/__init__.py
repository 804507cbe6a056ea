"""What is typed into forms: read, checked, corrected, kept over signing in."""
