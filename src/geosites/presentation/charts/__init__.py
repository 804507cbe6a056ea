"""Results as small pictures, drawn as SVG."""
