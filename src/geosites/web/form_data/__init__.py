"""Form data: parsing, validation, correction, and preservation across a sign-in."""
