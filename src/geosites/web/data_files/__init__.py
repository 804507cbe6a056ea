"""File uploads and background imports."""
