"""Small SVG charts of results."""
