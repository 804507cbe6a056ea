"""What surrounds every request: security headers, timeouts, HTTP errors, CSRF."""
